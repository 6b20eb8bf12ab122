//! Connections that fail, and SQLite values as text.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

use limbeck::connection::{ConnectError, Connection};
use limbeck::url::DatabaseUrl;

async fn fail(text: &str) -> ConnectError {
    let url = DatabaseUrl::parse(text, Path::new("/")).unwrap();
    let error = Connection::connect(&url).await.expect_err(text);
    let all = format!("{error} {error:?} {:?}", error.source());
    assert!(!all.contains("s3cret"), "{all}");
    assert!(error.to_string().contains(&url.to_string()), "{error}");
    error
}

#[tokio::test]
async fn a_port_nobody_listens_on_is_refused() {
    let error = fail("postgres://u:s3cret@127.0.0.1:1/db").await;
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    let error = fail("postgres://u:s3cret@/db?host=/no/such/folder").await;
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_host_without_address_is_not_found() {
    let error = fail("postgres://u:s3cret@no-such-host.invalid/db").await;
    assert!(
        matches!(error, ConnectError::HostNotFound { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_silent_server_times_out_and_one_without_tls_is_told() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let error = fail(&format!(
        "postgres://u:s3cret@127.0.0.1:{port}/db?connect_timeout=1"
    ))
    .await;
    assert!(
        matches!(error, ConnectError::Timeout { seconds: 1, .. }),
        "{error:?}"
    );

    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).await.unwrap();
        stream.write_all(b"N").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    });
    let error = fail(&format!(
        "postgres://u:s3cret@127.0.0.1:{port}/db?sslmode=require"
    ))
    .await;
    assert!(matches!(error, ConnectError::NoTls { .. }), "{error:?}");
    server.await.unwrap();
}

/// Under the default mode, a server elsewhere is asked for TLS first, and is spoken to without it on
/// a connection of its own, behind a warning.
#[tokio::test]
async fn a_server_without_tls_is_found_out_before_the_login() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in [b"N", b"E"] {
            let (mut stream, _) = plain.accept().await.unwrap();
            let mut request = [0; 8];
            stream.read_exact(&mut request).await.unwrap();
            stream.write_all(answer).await.unwrap();
            requests.push(request[4..].to_vec());
        }
        requests
    });
    // An address of this machine that does not look like one.
    let error = fail(&format!("postgres://u:s3cret@127.1:{port}/db")).await;
    let requests = server.await.unwrap();
    let ssl_request = 80_877_103_u32.to_be_bytes();
    let startup = 196_608_u32.to_be_bytes();
    assert_eq!(requests, [ssl_request, startup], "{error:?}");
}

/// A server on 127.0.0.1 that ends each connection after the handshake. Its certificate is for `localhost`,
/// signed by the authority in `tls/ca.pem`.
fn tls_server() -> u16 {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::io::{Read as _, Write as _};
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = std::sync::Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(b"S").unwrap();
            let mut session =
                rustls::ServerConnection::new(std::sync::Arc::clone(&config)).unwrap();
            // Who does not like the certificate says so.
            if session.complete_io(&mut stream).is_ok() {
                session.send_close_notify();
                let _ = session.complete_io(&mut stream);
            }
        }
    });
    port
}

/// How much of a certificate is verified, by what the URL asks for.
#[tokio::test]
async fn tls_verifies_what_is_promised_and_the_host_with_it() {
    #[derive(Debug, PartialEq)]
    enum Outcome {
        Taken,
        OtherAuthority,
        OtherHost,
    }
    use Outcome::{OtherAuthority, OtherHost, Taken};
    let port = tls_server();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls");
    for (host, query, expected) in [
        ("localhost", "sslmode=require", Taken),
        ("127.0.0.1", "sslmode=require", Taken),
        ("localhost", "sslmode=verify-ca", OtherAuthority),
        ("localhost", "sslmode=verify-full", OtherAuthority),
        ("localhost", "channel_binding=require", OtherAuthority),
        ("localhost", "sslmode=require&sslrootcert=DIR/ca.pem", Taken),
        (
            "localhost",
            "sslmode=verify-ca&sslrootcert=DIR/ca.pem",
            Taken,
        ),
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=DIR/ca.pem",
            Taken,
        ),
        (
            "localhost",
            "channel_binding=require&sslrootcert=DIR/ca.pem",
            Taken,
        ),
        (
            "localhost",
            "sslmode=require&sslrootcert=DIR/other.pem",
            OtherAuthority,
        ),
        (
            "localhost",
            "sslmode=verify-ca&sslrootcert=DIR/other.pem",
            OtherAuthority,
        ),
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=DIR/other.pem",
            OtherAuthority,
        ),
        (
            "127.0.0.1",
            "sslmode=require&sslrootcert=DIR/ca.pem",
            OtherHost,
        ),
        (
            "127.0.0.1",
            "sslmode=verify-ca&sslrootcert=DIR/ca.pem",
            OtherHost,
        ),
        (
            "127.0.0.1",
            "sslmode=verify-full&sslrootcert=DIR/ca.pem",
            OtherHost,
        ),
    ] {
        let query = query.replace("DIR", folder);
        let error = fail(&format!("postgres://u:s3cret@{host}:{port}/db?{query}")).await;
        let found = match error {
            ConnectError::Certificate { .. } => OtherAuthority,
            ConnectError::OtherHost { .. } => OtherHost,
            _ => Taken,
        };
        assert_eq!(found, expected, "{host} {query}: {error:?}");
    }
}

/// A file that TLS needs and that is not there, or is something else, is told by its path, before anything is sent.
#[tokio::test]
async fn files_for_tls_are_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls");
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    std::fs::write(folder.path().join("locked.key"), encrypted).unwrap();
    std::fs::write(folder.path().join("empty"), "").unwrap();
    for (query, file, cause) in [
        (
            "sslmode=verify-full&sslrootcert=DIR/none",
            "none",
            "No such file or directory (os error 2)",
        ),
        (
            "sslmode=require&sslrootcert=DIR/none",
            "none",
            "No such file or directory (os error 2)",
        ),
        (
            "sslmode=verify-ca&sslrootcert=DIR/empty",
            "empty",
            "it holds no certificate in PEM form",
        ),
        // A device may never end.
        (
            "sslmode=require&sslrootcert=/dev/zero",
            "zero",
            "it is no file of certificates or keys",
        ),
        (
            "sslmode=require&sslcert=DIR/none&sslkey=DIR/locked.key",
            "none",
            "No such file or directory (os error 2)",
        ),
        (
            "sslcert=TESTS/ca.pem&sslkey=DIR/locked.key",
            "locked.key",
            "the key is encrypted",
        ),
        (
            "sslcert=TESTS/ca.pem&sslkey=TESTS/ca.pem",
            "ca.pem",
            "it holds no private key in PEM form",
        ),
    ] {
        let query = query.replace("DIR", &folder.path().display().to_string());
        let query = query.replace("TESTS", tests);
        match fail(&format!("postgres://u:s3cret@127.0.0.1:1/db?{query}")).await {
            ConnectError::TlsFile { path, source, .. } => {
                assert!(path.ends_with(file), "{query}: {path:?}");
                assert_eq!(source.to_string(), cause, "{query}");
            }
            error => panic!("{query}: {error:?}"),
        }
    }
    // What is not read is not missed.
    let error = fail("postgres://u:s3cret@127.0.0.1:1/db?sslmode=disable&sslrootcert=/none").await;
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_in_a_missing_folder_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path();
    let open = async |text: &str| {
        let url = DatabaseUrl::parse(text, base).unwrap();
        Connection::connect(&url).await
    };
    let error = open("sqlite:///missing/todo.db")
        .await
        .expect_err("no folder");
    assert!(
        matches!(error, ConnectError::CannotOpen { .. }),
        "{error:?}"
    );

    // Three slashes are an absolute path where only that can be meant.
    let three = format!("sqlite://{}", base.join("absolute.db").display());
    open(&three).await.expect("the folder is there");
    assert!(base.join("absolute.db").exists());

    let error = open("sqlite:///todo.db?mode=rw")
        .await
        .expect_err("no file");
    assert!(
        matches!(error, ConnectError::CannotOpen { .. }),
        "{error:?}"
    );

    std::fs::write(
        base.join("text.db"),
        "this is a text file, not a database\n".repeat(99),
    )
    .unwrap();
    let error = open("sqlite:///text.db").await.expect_err("a text file");
    assert!(matches!(error, ConnectError::NotSqlite { .. }), "{error:?}");

    let mut connection = open("sqlite:///todo.db").await.unwrap();
    connection.execute("CREATE TABLE t (a)").await.unwrap();
    connection.close().await.unwrap();
    assert!(base.join("todo.db").is_file());
}

#[tokio::test]
async fn sqlite_values_are_text() {
    let mut connection = Connection::memory().await.unwrap();
    connection
        .batch("CREATE TABLE t (a BOOLEAN, b DATETIME, c); INSERT INTO t VALUES (1, 'x', 2.0)")
        .await
        .unwrap();
    let rows = connection
        .query_text("SELECT a, b, c, NULL, x'00FF', '', 9223372036854775807, 'é' FROM t")
        .await
        .unwrap();
    let expected = [
        Some("1"),
        Some("x"),
        Some("2.0"),
        None,
        Some("X'00FF'"),
        Some(""),
        Some("9223372036854775807"),
        Some("é"),
    ];
    assert_eq!(
        rows,
        vec![expected.map(|text| text.map(ToOwned::to_owned)).to_vec()]
    );
    let sets = connection
        .query_sets("SELECT 1 UNION SELECT 2; SELECT 1 WHERE 0; SELECT 3")
        .await
        .unwrap();
    assert_eq!(sets.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0, 1]);
    assert_eq!(connection.execute("UPDATE t SET a = 2").await.unwrap(), 1);
    assert_eq!(connection.execute("CREATE TABLE u (a)").await.unwrap(), 0);
    let foreign_keys = connection.query_text("PRAGMA foreign_keys").await.unwrap();
    assert_eq!(foreign_keys, vec![vec![Some("1".to_owned())]]);
    let error = connection.execute("SELEC 1").await.expect_err("a typo");
    assert_eq!(error.to_string(), "near \"SELEC\": syntax error");
    assert!(error.has_code("1"));
}
