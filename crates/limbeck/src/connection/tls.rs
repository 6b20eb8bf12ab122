//! The files that TLS needs, looked at before the driver does: it names none of them in its errors.

use std::io;

use super::ConnectError;
use crate::url::DatabaseUrl;
use crate::url::tls::TlsFile;

/// Tells which file of the URL or the environment is missing, or holds something else.
pub(super) fn look_at_files(url: &DatabaseUrl) -> Result<(), ConnectError> {
    url.tls_files().iter().try_for_each(|file| {
        look_at(file).map_err(|source| ConnectError::TlsFile {
            url: url.clone(),
            named: file.named,
            path: file.path.clone(),
            source,
        })
    })
}

/// Certificates of all public authorities are a fifth of this, in bytes.
const LARGEST: u64 = 1 << 20;

fn look_at(file: &TlsFile) -> io::Result<()> {
    // A URL may come from a checkout, and name what never ends.
    let found = std::fs::metadata(&file.path)?;
    if !found.is_file() || found.len() > LARGEST {
        let kind = io::ErrorKind::InvalidData;
        return Err(io::Error::new(
            kind,
            "it is no file of certificates or keys",
        ));
    }
    let bytes = std::fs::read(&file.path)?;
    let text = String::from_utf8_lossy(&bytes);
    if file.parameter != "sslkey" {
        return if text.contains("-----BEGIN CERTIFICATE-----") {
            Ok(())
        } else {
            let kind = io::ErrorKind::InvalidData;
            Err(io::Error::new(kind, "it holds no certificate in PEM form"))
        };
    }
    // The second is the older form, with the cipher in a header of its own.
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("DEK-Info:") {
        let kind = io::ErrorKind::Unsupported;
        return Err(io::Error::new(kind, "the key is encrypted"));
    }
    if text.contains("PRIVATE KEY-----") {
        return Ok(());
    }
    let kind = io::ErrorKind::InvalidData;
    Err(io::Error::new(kind, "it holds no private key in PEM form"))
}
