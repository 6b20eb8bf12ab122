//! Has Cargo build the binary again when a revision is added.
#![expect(clippy::print_stdout, reason = "this is how Cargo is told")]

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
