//! Has Cargo build the binary again when a revision is added.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
