//! doctor: each reason why somebody sees too little, brought about for real.

mod containers;
mod place;
mod programs;
mod segments;
mod selftest;

use crate::support::Place;
use serde_json::Value;

/// What the doctor said, by check.
struct Diagnosis {
    said: Value,
    code: i32,
}

impl Diagnosis {
    fn of(place: &Place, arguments: &[&str]) -> Self {
        let mut command = place.ttmem(&["doctor", "--json"]);
        let output = command.args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        Self {
            said: serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{complaint}")),
            code: output.status.code().unwrap(),
        }
    }

    fn check(&self, name: &str) -> &Value {
        let checks = self.said["checks"].as_array().unwrap();
        let found = checks.iter().find(|check| check["name"] == name);
        found.unwrap_or_else(|| panic!("no check {name} in {}", self.said))
    }

    fn verdict(&self, name: &str) -> &str {
        self.check(name)["verdict"].as_str().unwrap()
    }

    /// Everything that is said in a check.
    fn words(&self, name: &str) -> String {
        self.check(name).to_string()
    }

    #[track_caller]
    fn expect(&self, name: &str, verdict: &str, words: &[&str]) {
        assert_eq!(self.verdict(name), verdict, "{}", self.words(name));
        for word in words {
            assert!(
                self.words(name).contains(word),
                "{word}: {}",
                self.words(name)
            );
        }
    }

    /// Names of the checks that are not as they should be.
    fn complaints(&self) -> Vec<&str> {
        let checks = self.said["checks"].as_array().unwrap().iter();
        let bad =
            checks.filter(|check| check["verdict"] == "warning" || check["verdict"] == "error");
        bad.map(|check| check["name"].as_str().unwrap()).collect()
    }
}
