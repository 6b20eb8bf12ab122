//! What the derives accept, and where the compiler points when they do not.

#[test]
fn derives_at_length() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
