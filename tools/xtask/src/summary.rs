//! What came of it all, in a few lines at the end.

use crate::check::Verdict;
use anyhow::Result;
use std::collections::BTreeMap;

/// Tests as `cargo test` counted them.
#[derive(Debug, Default)]
pub(crate) struct Tests {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// Test and reason.
    reasons: BTreeMap<String, String>,
    /// Names of the tests that failed.
    failures: Vec<String>,
    /// Whether cargo itself ended well.
    pub(crate) clean_exit: bool,
}

impl Tests {
    /// Takes in one line of `cargo test`.
    pub(crate) fn count(&mut self, line: &str) {
        let failure = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... FAILED"));
        self.failures.extend(failure.map(str::to_owned));
        // test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; …
        let Some(figures) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for part in figures.1.split("; ") {
            let Some((number, word)) = part.split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<usize>() else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }

    /// Tests that said they cannot run here: cargo took them for passed.
    pub(crate) fn skipped_with_reason(&mut self, reasons: BTreeMap<String, String>) {
        self.skipped += reasons.len();
        self.passed = self.passed.saturating_sub(reasons.len());
        self.reasons = reasons;
    }
}

/// Prints the summary; whether everything that had to pass did. `none_may_skip` is the rule of CI.
pub(crate) fn print(
    checks: &[(&str, Result<Verdict>)],
    tests: &Result<Tests>,
    none_may_skip: bool,
) -> bool {
    println!("\n== summary ==");
    let mut good = true;
    for (name, verdict) in checks {
        match verdict {
            Ok(Verdict::Passed) => println!("check {name}: passed"),
            Ok(Verdict::Skipped(reason)) => {
                good &= !none_may_skip;
                println!("check {name}: skipped: {reason}");
            }
            Err(error) => {
                good = false;
                println!("check {name}: FAILED: {error:#}");
            }
        }
    }
    let passed = checks
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Ok(Verdict::Passed)))
        .count();
    println!("checks: {passed} of {} passed", checks.len());
    let tests = match tests {
        Ok(tests) => tests,
        Err(error) => {
            println!("tests: could not be run: {error:#}");
            println!("0 passed, 1 failed, 0 skipped");
            return false;
        }
    };
    for (test, reason) in &tests.reasons {
        println!("skipped {test}: {reason}");
    }
    for failure in &tests.failures {
        println!("FAILED {failure}");
    }
    // A test binary that died took its tests with it: cargo knows, its figures do not.
    let failed = if tests.clean_exit {
        tests.failed
    } else {
        tests.failed.max(1)
    };
    if failed > tests.failed {
        println!("FAILED: a test binary broke off or did not build; see above");
    }
    println!(
        "{} passed, {failed} failed, {} skipped",
        tests.passed, tests.skipped
    );
    good && failed == 0 && !(none_may_skip && tests.skipped > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_all_test_binaries_add_up() {
        let mut tests = Tests::default();
        tests.count("test liveness::a ... ok");
        tests.count("test liveness::b ... FAILED");
        tests.count("test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s");
        tests.count("test result: ok. 5 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.1s");
        tests.skipped_with_reason(BTreeMap::from([("x".to_owned(), "no gcc".to_owned())]));
        assert_eq!((tests.passed, tests.failed, tests.skipped), (7, 1, 3));
        assert_eq!(tests.failures, ["liveness::b"]);
    }

    #[test]
    fn in_ci_a_skip_is_a_failure() {
        let checks = [("deny", Ok(Verdict::Skipped("no cargo-deny".to_owned())))];
        let tests = Ok(Tests {
            clean_exit: true,
            ..Tests::default()
        });
        assert!(print(&checks, &tests, false));
        assert!(!print(&checks, &tests, true));
    }

    #[test]
    fn a_test_binary_that_broke_off_is_a_failure() {
        assert!(!print(&[], &Ok(Tests::default()), false));
    }
}
