//! Behind a real PgBouncer: a session is what the pooler gives out, from one transaction to the next.

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use limbeck::connection::Connection;
use limbeck::run::{self, RunErrorKind};
use limbeck::url::{DatabaseUrl, Location};
use limbeck_core::revision::Graph;
use limbeck_engine::scratch::{Scratch, ScratchError, ScratchOptions, ServerOptions, Trust};

use super::place::{Place, Postgres, applied, column, down, graph, id, ids, options, tables, up};

/// A pooler in front of a server, which ends with the test.
struct Pooler {
    process: Child,
    port: u16,
    user: String,
}

impl Pooler {
    /// Starts one with these settings; `database` is where every name leads, when it is given.
    async fn start(postgres: &Postgres, database: Option<&str>, settings: &str) -> Self {
        let Location::Socket {
            folder, port, user, ..
        } = postgres.scratch.url().location()
        else {
            panic!("a cluster has a socket");
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        drop(listener);
        let database = database.map_or(String::new(), |name| format!(" dbname={name}"));
        let text = format!(
            "[databases]\n* = host={} port={port} user={user}{database}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {own}\nauth_type = any\nunix_socket_dir =\n{settings}\n",
            folder.display()
        );
        let file = postgres.folder.path().join(format!("{own}.ini"));
        std::fs::write(&file, text).unwrap();
        let binary = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"];
        let binary = binary.into_iter().find(|path| Path::new(path).is_file());
        let mut command = Command::new(binary.unwrap_or("pgbouncer"));
        command
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // It refuses to run as root, and the socket is that of the server's account.
        let socket = std::fs::metadata(folder.join(format!(".s.PGSQL.{port}"))).unwrap();
        if socket.uid() != std::fs::metadata(&file).unwrap().uid() {
            command.uid(socket.uid()).gid(socket.gid());
        }
        let process = command.spawn().expect("pgbouncer is installed");
        let pooler = Self {
            process,
            port: own,
            user: user.clone(),
        };
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(("127.0.0.1", own))
                .await
                .is_ok()
            {
                return pooler;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("pgbouncer does not start");
    }

    fn url(&self, database: &str) -> DatabaseUrl {
        let Self { user, port, .. } = self;
        let text = format!("postgres://{user}@127.0.0.1:{port}/{database}");
        DatabaseUrl::parse(&text, Path::new("/")).unwrap()
    }

    async fn connect(&self, place: &Place) -> Connection {
        let url = self.url(place.url.database().unwrap());
        Connection::connect(&url).await.unwrap()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn transaction_mode(size: u32) -> String {
    format!("pool_mode = transaction\ndefault_pool_size = {size}")
}

/// A way of revisions, each of which adds to a number and takes that back.
fn counting(count: usize) -> Graph {
    let mut files = vec![(
        "r0".to_owned(),
        "none".to_owned(),
        "-- upgrade\nCREATE TABLE t (n bigint);\nINSERT INTO t VALUES (0);\n-- downgrade\nDROP TABLE t;\n"
            .to_owned(),
    )];
    for number in 1..count {
        let step = |sign: &str| {
            format!("UPDATE t SET n = n {sign} 10^{number}::int;\nSELECT pg_sleep(0.01);\n")
        };
        files.push((
            format!("r{number}"),
            format!("r{}", number - 1),
            format!("-- upgrade\n{}-- downgrade\n{}", step("+"), step("-")),
        ));
    }
    let files: Vec<(&str, &str, &str)> = files
        .iter()
        .map(|(id, parent, body)| (id.as_str(), parent.as_str(), body.as_str()))
        .collect();
    graph(&files)
}

async fn locks(place: &Place) -> Vec<String> {
    let mut direct = place.connect().await;
    let sql = "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory'";
    column(&mut direct, sql).await
}

#[tokio::test]
async fn on_postgres_behind_a_pooler() {
    let mut postgres = Postgres::start().await;
    two_downgrades(&mut postgres).await;
    many_upgrades(&mut postgres).await;
    crossing(&mut postgres).await;
    without_transaction(&mut postgres).await;
    session_mode(&mut postgres).await;
    elsewhere(&mut postgres).await;
    postgres.scratch.close().await.unwrap();
}

async fn two_downgrades(postgres: &mut Postgres) {
    let pooler = Pooler::start(postgres, None, &transaction_mode(1)).await;
    for _ in 0..3 {
        let place = postgres.place().await;
        let graph = counting(10);
        let (mut one, mut other) = (pooler.connect(&place).await, pooler.connect(&place).await);
        up(&mut one, &graph, &["r9"]).await.unwrap();
        let (first, second) = tokio::join!(down(&mut one, &graph, &["r0"]), async {
            tokio::time::sleep(Duration::from_millis(15)).await;
            down(&mut other, &graph, &["r0"]).await
        });
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(first.len() + second.len(), 9, "{first:?} {second:?}");
        assert_eq!(column(&mut one, "SELECT n::text FROM t").await, ["0"]);
        assert_eq!(applied(&mut one).await.ids(), ids(&["r0"]));
        assert_eq!(locks(&place).await, ["0"]);
        postgres.leave(place).await;
    }
}

async fn many_upgrades(postgres: &mut Postgres) {
    for size in [1, 3, 20] {
        let pooler = Pooler::start(postgres, None, &transaction_mode(size)).await;
        let rounds = if size == 3 { 20 } else { 2 };
        for round in 0..rounds {
            let place = postgres.place().await;
            let mut runs = Vec::new();
            for _ in 0..8 {
                let mut connection = pooler.connect(&place).await;
                runs.push(tokio::spawn(async move {
                    up(&mut connection, &counting(4), &["r3"]).await
                }));
            }
            let mut done = Vec::new();
            for run in runs {
                let outcome = run.await.unwrap();
                done.extend(outcome.unwrap_or_else(|error| panic!("{size} {round}: {error:?}")));
            }
            done.sort();
            let all: Vec<String> = (0..4).map(|number| format!("r{number}")).collect();
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            assert_eq!(done, ids(&all), "each once, in round {round} of {size}");
            let mut direct = place.connect().await;
            let n = column(&mut direct, "SELECT n::text FROM t").await;
            assert_eq!(n, ["1110"]);
            assert_eq!(locks(&place).await, ["0"]);
            direct.close().await.unwrap();
            postgres.leave(place).await;
        }
    }
}

/// Up and down at once: one of them stops, or both come to their end, and each step was one step.
async fn crossing(postgres: &mut Postgres) {
    let pooler = Pooler::start(postgres, None, &transaction_mode(2)).await;
    for _ in 0..5 {
        let place = postgres.place().await;
        let graph = counting(10);
        let (mut one, mut other) = (pooler.connect(&place).await, pooler.connect(&place).await);
        up(&mut one, &graph, &["r4"]).await.unwrap();
        let (rising, falling) = tokio::join!(
            up(&mut one, &graph, &["r9"]),
            down(&mut other, &graph, &["r0"])
        );
        for outcome in [&rising, &falling] {
            if let Err(error) = outcome {
                assert!(
                    matches!(error.kind(), RunErrorKind::Crossed { .. }),
                    "{error:?}"
                );
            }
        }
        let run = applied(&mut one).await.ids();
        let sum: u64 = run
            .iter()
            .skip(1)
            .zip(1..)
            .map(|(_, at)| 10u64.pow(at))
            .sum();
        let n = column(&mut one, "SELECT n::text FROM t").await;
        assert_eq!(n, [sum.to_string()], "{run:?}");
        postgres.leave(place).await;
    }
}

const CONCURRENTLY: &str = "-- upgrade\n-- step\nCREATE TABLE x (a integer);\n-- step: no transaction\nCREATE INDEX CONCURRENTLY ix ON x (a);\n-- downgrade\nDROP TABLE x;\n";

async fn without_transaction(postgres: &mut Postgres) {
    let settings = [
        transaction_mode(1),
        transaction_mode(3),
        transaction_mode(20),
        transaction_mode(2) + "\nserver_round_robin = 1",
        transaction_mode(3) + "\nserver_round_robin = 1",
        // With sessions that are open before.
        transaction_mode(3) + "\nmin_pool_size = 3",
    ];
    for settings in settings {
        let pooler = Pooler::start(postgres, None, &settings).await;
        let place = postgres.place().await;
        let graph = graph(&[
            (
                "a",
                "none",
                "-- upgrade\nSELECT 1;\n-- downgrade\n-- nothing\n",
            ),
            ("b", "a", CONCURRENTLY),
        ]);
        let mut runs = Vec::new();
        for _ in 0..4 {
            let (graph, mut connection) = (graph.clone(), pooler.connect(&place).await);
            runs.push(tokio::spawn(async move {
                up(&mut connection, &graph, &["b"]).await
            }));
        }
        for run in runs {
            let error = run.await.unwrap().expect_err("behind a pooler");
            assert_eq!(
                error.to_string(),
                "b.sql:10: the step runs outside of a transaction, and the connection goes through a transaction pooler",
                "{settings}: {error:?}"
            );
        }
        let mut direct = place.connect().await;
        assert_eq!(
            tables(&mut direct).await,
            Vec::<String>::new(),
            "{settings}"
        );
        assert_eq!(locks(&place).await, ["0"]);
        // The direct way is open at once.
        assert_eq!(
            up(&mut direct, &graph, &["b"]).await.unwrap(),
            ids(&["a", "b"])
        );
        direct.close().await.unwrap();
        postgres.leave(place).await;
    }
}

/// A pooler that leaves a session to its client until that goes is none for a run.
async fn session_mode(postgres: &mut Postgres) {
    for size in [1, 5] {
        let settings = format!("pool_mode = session\ndefault_pool_size = {size}");
        let pooler = Pooler::start(postgres, None, &settings).await;
        let place = postgres.place().await;
        let graph = graph(&[("b", "none", CONCURRENTLY)]);
        let mut connection = pooler.connect(&place).await;
        let done = up(&mut connection, &graph, &["b"]).await.unwrap();
        assert_eq!(done, ids(&["b"]), "{settings}");
        assert_eq!(applied(&mut connection).await.ids(), [id("b")]);
        connection.close().await.unwrap();
        assert_eq!(locks(&place).await, ["0"]);
        postgres.leave(place).await;
    }
}

/// A scratch database that is somewhere else is none: nothing is made, nothing dropped there.
async fn elsewhere(postgres: &mut Postgres) {
    let place = postgres.place().await;
    let production = place.url.database().unwrap().to_owned();
    let mut direct = place.connect().await;
    direct.batch("CREATE TABLE kept (a integer)").await.unwrap();
    let settings = "pool_mode = session\ndefault_pool_size = 10";
    let pooler = Pooler::start(postgres, Some(&production), settings).await;
    for name in ["postgres", &production] {
        let options = ScratchOptions {
            scratch_url: Some(pooler.url(name)),
            url: None,
            same_server: false,
            server: ServerOptions {
                trust: Trust::Everything,
                ..ServerOptions::new(postgres.folder.path().join("none"))
            },
        };
        let error = match Scratch::open(&options).await {
            Err(error) => error,
            Ok(mut scratch) => {
                let database = scratch.create_database("elsewhere", None).await.unwrap();
                let error = database.connect().await.expect_err("elsewhere");
                scratch.close().await.unwrap();
                error
            }
        };
        let ScratchError::Elsewhere { found, .. } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(*found, production);
    }
    assert_eq!(tables(&mut direct).await, ["kept"]);
    let left = "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'limbeck%elsewhere%'";
    assert_eq!(column(&mut direct, left).await, ["0"]);
}

/// What a run says to the history is said once, or not at all.
#[tokio::test]
async fn the_history_takes_its_row_on_postgres() {
    let mut postgres = Postgres::start().await;
    let place = postgres.place().await;
    let mut connection = place.connect().await;
    let forgetting = "-- upgrade\nSELECT 1;\n-- downgrade\nDELETE FROM limbeck_history;\n";
    let graph = graph(&[("a", "none", forgetting)]);
    up(&mut connection, &graph, &["a"]).await.unwrap();
    let error = run::downgrade(
        &mut connection,
        &graph,
        &limbeck_core::revision::DowngradeTarget::base(),
        &options(),
        &mut |_| {},
    )
    .await
    .expect_err("the row is gone already");
    assert_eq!(
        error.to_string(),
        format!(
            "the history table `{}.limbeck_history` does not take the row of revision `a`",
            place.schema
        )
    );
    assert_eq!(applied(&mut connection).await.ids(), ids(&["a"]));
    postgres.scratch.close().await.unwrap();
}
