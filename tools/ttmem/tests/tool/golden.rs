//! What the tool says, word for word. `TRYCMD=overwrite` rewrites it: read the difference then.

#[test]
fn the_tool_says_what_it_said_before() {
    let dir = tempfile::tempdir().unwrap();
    let cases = trycmd::TestCases::new();
    cases
        .case("tests/cli/*.trycmd")
        .env("TTMEM_DIR", dir.path().to_str().unwrap())
        // Help texts are as wide as this says where there is no terminal to ask.
        .env("COLUMNS", "100")
        .insert_var("[DIR]", dir.path().display().to_string())
        .unwrap();
    cases.run();
}
