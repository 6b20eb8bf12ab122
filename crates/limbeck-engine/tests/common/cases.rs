//! Cases of other suites, which lie beside the checkout and not in it.

use std::io::Write as _;
use std::path::Path;

/// The text of a file of cases. That it is not there is said past the harness, which keeps what a test
/// prints to itself.
pub(crate) fn read(name: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases");
    let text = std::fs::read_to_string(folder.join(name)).ok();
    if text.is_none() {
        let line = format!("left out: the cases of {name}, which are not beside this checkout\n");
        let told = std::io::stderr().write_all(line.as_bytes());
        told.expect("is written");
    }
    text
}
