//! The password and the secret that `./test` plants in the environment of a whole run: no output and no
//! file of a command may hold them.

use std::env;
use std::fs;
use std::path::Path;

/// The variables that hold them.
const VARIABLES: [&str; 2] = ["PGPASSWORD", "AWS_SECRET_ACCESS_KEY"];

/// How their values begin: those of a developer's own are none of a test's business.
const BEGINNING: &str = "planted-";

/// What is planted; nothing where the tests are run by themselves.
pub(crate) fn planted() -> Vec<String> {
    VARIABLES
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .filter(|value| value.starts_with(BEGINNING))
        .collect()
}

/// Which of some texts of ASCII letters the bytes hold, by its place in the list: a message must not
/// repeat it.
pub(crate) fn held<S: AsRef<str>>(bytes: &[u8], secrets: &[S]) -> Option<usize> {
    let text = String::from_utf8_lossy(bytes);
    secrets
        .iter()
        .position(|secret| text.contains(secret.as_ref()))
}

/// The files below a folder that hold one of some texts, but those that the test has put there.
pub(crate) fn files_that_hold<S: AsRef<str>>(
    folder: &Path,
    secrets: &[S],
    is_of_test: fn(&Path) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            // Links lead elsewhere, and a socket or a pipe would be waited for.
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() && !is_of_test(&path) {
                // A server may take its file away meanwhile.
                let bytes = fs::read(&path).unwrap_or_default();
                if let Some(place) = held(&bytes, secrets) {
                    found.push(format!("{} holds secret {place}", path.display()));
                }
            }
        }
    }
    found
}

/// Fails when what a command has told holds what is planted.
pub(crate) fn assert_untold(command: &str, output: &[u8]) {
    assert_eq!(
        held(output, &planted()),
        None,
        "the output of `{command}` holds what is planted"
    );
}
