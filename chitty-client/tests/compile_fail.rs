//! That nobody outside the crate can make an id, an issued answer or a verified receipt is a fact of
//! compilation. Each case that must not compile has a twin that does, so that it fails for the
//! reason it names and not for a typo.

#[test]
fn nothing_can_be_made_by_hand() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/refused_*.rs");
    cases.pass("tests/compile_fail/twin_*.rs");
}
