//! Files in the repository that a test writes and holds.

use std::path::Path;

/// Fails unless the file holds the text. With `LIMBECK_UPDATE=1` in the environment it is written.
pub(crate) fn assert_file(path: &Path, text: &str) {
    if std::env::var_os("LIMBECK_UPDATE").is_some() {
        std::fs::write(path, text).expect("is written");
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        expected == text,
        "{} is not what was found (LIMBECK_UPDATE=1 writes it):\n{text}",
        path.display()
    );
}
