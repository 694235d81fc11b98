//! `pytest --ttmem` over a suite of ttnn tests: one leaks, one is over its limit, the others are clean.
//! Exactly the first two fail, each saying what and how much, by the figures of the runtime's own allocator.

use crate::rig::{Cluster, N150, Rig, T3000, rig, scripts};
use crate::script::said_by_ttmem;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use support::python::Venv;
use support::{PrivateDir, skip};

/// The files of the suite: with a device for each test, and with one for all of its tests.
const FILES: [&str; 2] = ["test_function_device.py", "test_module_device.py"];
const PACKAGES: [&str; 2] = ["pytest==9.2.0", "pytest-xdist==3.8.0"];

/// A Python with the runtime, pytest and the wheel, or none where this machine cannot have it.
fn python(rig: &Rig) -> Option<&'static Venv> {
    static VENV: OnceLock<Result<Venv, String>> = OnceLock::new();
    let made = VENV.get_or_init(|| Venv::beside("pytest", &rig.interpreter(), &PACKAGES));
    made.as_ref().inspect_err(|reason| skip(reason)).ok()
}

/// A run of the suite.
struct Run {
    status: Option<i32>,
    out: String,
    err: String,
    cases: Vec<Value>,
    /// What the allocator held, by test.
    figures: HashMap<String, Value>,
}

struct Suite<'a> {
    rig: &'a Rig,
    venv: &'a Venv,
    cluster: Cluster,
    dir: PrivateDir,
}

impl<'a> Suite<'a> {
    fn new(rig: &'a Rig, venv: &'a Venv, cluster: Cluster) -> Self {
        let dir = PrivateDir::new();
        Self {
            rig,
            venv,
            cluster,
            dir,
        }
    }

    /// A file beside the segments.
    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, options: &[&str]) -> Run {
        self.run_told(options, "0")
    }

    /// Some of its clean tests take more than usual.
    fn run_with_more(&self, options: &[&str]) -> Run {
        self.run_told(options, "8")
    }

    fn run_told(&self, options: &[&str], more: &str) -> Run {
        let (xml, figures) = (self.file("junit.xml"), self.file("figures"));
        let _ = std::fs::remove_file(&figures);
        let mut command = Command::new(self.venv.bin("pytest"));
        self.rig.tell(&mut command, self.cluster);
        command
            .current_dir(scripts().join("suite"))
            .args(["-p", "no:cacheprovider", "-o", "junit_family=xunit1"])
            .arg(format!("--junitxml={}", xml.display()))
            .args(options)
            .env("TTMEM_DIR", self.dir.path())
            .env("TTMEM_TEST_FIGURES", &figures)
            .env("TTMEM_TEST_MORE", more)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("COLUMNS", "200")
            .env_remove("LD_PRELOAD")
            .env_remove("PYTEST_ADDOPTS");
        let output = command.output().expect("pytest can be started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let run = Run {
            status: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
            cases: self.cases(&xml),
            figures: read(&figures),
        };
        assert_eq!(said_by_ttmem(&run.err), Vec::<&str>::new());
        assert_eq!(self.dir.segments().len(), 0, "a good end leaves no segment");
        run
    }

    /// What JUnit's XML says of each test.
    fn cases(&self, xml: &Path) -> Vec<Value> {
        let mut command = self.venv.python();
        let said = command.arg(scripts().join("junit.py")).arg(xml).output();
        let said = said.expect("the XML can be read").stdout;
        serde_json::from_slice(&said).expect("it is told in JSON")
    }
}

/// What the tests wrote down.
fn read(figures: &Path) -> HashMap<String, Value> {
    let text = std::fs::read_to_string(figures).unwrap_or_default();
    text.lines()
        .map(|line| {
            let figures: Value = serde_json::from_str(line).expect("the tests write JSON");
            (
                figures["test"].as_str().unwrap_or_default().to_owned(),
                figures,
            )
        })
        .collect()
}

impl Run {
    fn case(&self, test: &str) -> &Value {
        let mut cases = self.cases.iter().filter(|case| case["test"] == test);
        let case = cases
            .next()
            .unwrap_or_else(|| panic!("{test} is in the XML: {}", self.out));
        assert!(cases.next().is_none(), "{test} is counted once");
        case
    }

    /// The tests that failed, each with its message.
    fn failed(&self) -> Vec<(&str, &str)> {
        let failed = self.cases.iter().filter_map(|case| {
            assert_eq!(case["errors"], serde_json::json!([]), "{}", self.out);
            Some((case["test"].as_str()?, case["failures"][0].as_str()?))
        });
        let mut failed: Vec<_> = failed.collect();
        failed.sort_unstable();
        failed
    }

    /// A figure of a test on a chip, in bytes.
    fn property(&self, test: &str, name: &str, chip: usize) -> Option<u64> {
        let property = &self.case(test)["properties"][format!("ttmem_{name}_device_{chip}")];
        property.as_str().and_then(|bytes| bytes.parse().ok())
    }

    /// What the allocator held when the test looked, in bytes.
    fn allocator(&self, test: &str) -> u64 {
        let held = self
            .figures
            .get(test)
            .and_then(|figures| figures["L1"].as_u64());
        held.unwrap_or_else(|| panic!("{test} has asked the allocator"))
    }
}

#[test]
fn exactly_the_leaking_and_the_greedy_fail_on_one_chip() {
    check(N150, &["--ttmem"]);
}

#[test]
fn exactly_the_leaking_and_the_greedy_fail_on_eight_chips() {
    check(T3000, &["--ttmem"]);
}

#[test]
fn they_fail_in_two_workers_as_well() {
    check(N150, &["--ttmem", "-n", "2"]);
    check(T3000, &["--ttmem", "-n", "2", "--dist", "loadscope"]);
}

#[test]
fn they_fail_without_capturing_and_with_every_test_judged() {
    let run = check(
        N150,
        &["--ttmem-fail-on-leak", "--ttmem-clear-program-cache", "-s"],
    );
    // Nothing that a test says is lost: three in each file.
    assert_eq!(run.matches("said by test_").count(), 6, "{run}");
}

/// Runs the suite and checks all there is to say about it. Returns what it wrote.
fn check(cluster: Cluster, options: &[&str]) -> String {
    let Some(rig) = rig() else {
        return String::new();
    };
    let Some(venv) = python(rig) else {
        return String::new();
    };
    let run = Suite::new(rig, venv, cluster).run(options);
    assert_eq!(run.status, Some(1), "{}{}", run.out, run.err);
    assert!(run.out.contains("4 failed, 6 passed"), "{}", run.out);
    assert!(run.out.contains("ttmem: device memory is tracked\n") || options.contains(&"-q"));

    let place = match cluster.chips {
        1 => "on device 0".to_owned(),
        chips => format!("on each of devices 0-{}", chips - 1),
    };
    let failed = run.failed();
    let expected = FILES.map(|file| {
        [
            format!("{file}::test_is_over_its_limit"),
            format!("{file}::test_leaks"),
        ]
    });
    let names: Vec<_> = failed.iter().map(|(test, _)| *test).collect();
    assert_eq!(names, expected.as_flattened());
    for (test, message) in failed {
        let what = if test.ends_with("test_leaks") {
            ["2 allocations, ", " MiB of L1 ", " remain; nothing may:"]
        } else {
            ["L1 peak ", " MiB ", " is over the limit of 4.0 MiB by "]
        };
        for part in what.iter().copied().chain([place.as_str()]) {
            assert!(message.contains(part), "{test}: {message}");
        }
        assert!(run.out.contains(message), "{}", run.out);
        let said = format!("said by {}", test.rsplit("::").next().unwrap_or_default());
        assert!(run.out.contains(&said), "{}", run.out);
    }
    for file in FILES {
        assert_figures(&run, cluster, file);
    }
    run.out
}

/// Peaks and what remains are the allocator's own figures, on every chip.
fn assert_figures(run: &Run, cluster: Cluster, file: &str) {
    for chip in 0..cluster.chips {
        for name in ["test_leaks", "test_is_over_its_limit", "test_is_clean"] {
            let test = format!("{file}::{name}");
            let peak = run.property(&test, "peak_L1", chip);
            assert_eq!(peak, Some(run.allocator(&test)), "{test} on device {chip}");
        }
        // Two of the three tensors it had.
        let test = format!("{file}::test_leaks");
        let left = run.property(&test, "left_L1", chip);
        assert_eq!(left, Some(run.allocator(&test) / 3 * 2), "device {chip}");
        let clean = format!("{file}::test_is_clean");
        assert_eq!(run.property(&clean, "left_L1", chip), None);
    }
}

#[test]
fn a_test_that_runs_out_of_l1_tells_what_was_live() {
    runs_out(N150, &["--ttmem"]);
    runs_out(T3000, &["--ttmem-fail-on-leak", "-n", "2"]);
}

fn runs_out(cluster: Cluster, options: &[&str]) {
    let Some(rig) = rig() else { return };
    let Some(venv) = python(rig) else {
        return;
    };
    let run = Suite::new(rig, venv, cluster).run(&[options, &["runs_out.py"]].concat());
    assert_eq!(run.status, Some(1), "{}{}", run.out, run.err);
    assert!(run.out.contains("2 failed"), "{}", run.out);

    // In the report of that test and in no other.
    let title = "- Failed allocations (ttmem) -";
    assert_eq!(run.out.matches(title).count(), 1, "{}", run.out);
    let (_, section) = run.out.split_once(title).expect("there is one");
    let section: Vec<_> = section.lines().skip(1).take(5).collect();
    let figures = &run.figures["runs_out.py::test_runs_out"];
    let figure = |name: &str| figures[name].as_u64().expect("a number");
    let place = match cluster.chips {
        1 => "on device 0".to_owned(),
        chips => format!("on each of devices 0-{}", chips - 1),
    };
    let asked = format!("1 allocation FAILED, the last of 512.0 KiB of L1 {place} at ");
    assert!(section[0].starts_with(&asked), "{section:#?}");
    let banks = figure("banks");
    let each = 512 * 1024 / 64 * banks;
    let buffers = figure("L1") / each;
    assert!(
        section[2].starts_with(&format!("  live at that moment: {buffers} buffers: L1 ")),
        "{section:#?}"
    );
    assert_eq!(
        section[3],
        format!("    {buffers} x {} of L1 {place}", size(each))
    );
    let free = size(figure("largest_free"));
    assert_eq!(
        section[4],
        format!("  largest free: {free} in each of {banks} banks")
    );
}

/// A size below one MiB, as the tool writes it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        _ => format!("{:.1} KiB", bytes as f64 / 1024.0),
    }
}

#[test]
fn a_baseline_is_met_until_a_test_takes_more() {
    let Some(rig) = rig() else { return };
    let Some(venv) = python(rig) else {
        return;
    };
    let suite = Suite::new(rig, venv, T3000);
    let baseline = suite.file("baseline.json").display().to_string();
    let clean = ["-k", "clean"];
    let (write, compare) = (
        format!("--ttmem-write-baseline={baseline}"),
        format!("--ttmem-baseline={baseline}"),
    );

    let run = suite.run(&[&clean[..], &[&write]].concat());
    assert_eq!(run.status, Some(0), "{}", run.out);
    assert!(
        run.out.contains(" has the figures of 6 tests\n"),
        "{}",
        run.out
    );
    let run = suite.run(&[&clean[..], &[&compare]].concat());
    assert_eq!(run.status, Some(0), "{}", run.out);

    let options = [&clean[..], &[&compare]].concat();
    let run = suite.run_with_more(&options);
    assert_eq!(run.status, Some(1), "{}", run.out);
    let failed = run.failed();
    assert_eq!(failed.len(), 4, "{}", run.out);
    for (test, message) in failed {
        assert!(test.contains("test_is_clean_for_sizes"), "{test}");
        assert!(
            message.contains(" on each of devices 0-7 is over the baseline of "),
            "{message}"
        );
    }
    let forgiving = [&options[..], &["--ttmem-tolerance", "1 MB"]].concat();
    let run = suite.run_with_more(&forgiving);
    assert_eq!(run.status, Some(0), "{}", run.out);
}

#[test]
fn without_the_option_the_suite_passes_and_nothing_is_tracked() {
    let Some(rig) = rig() else { return };
    let Some(venv) = python(rig) else {
        return;
    };
    let run = Suite::new(rig, venv, N150).run(&[]);
    assert_eq!(run.status, Some(0), "{}", run.out);
    assert!(run.out.contains("10 passed"), "{}", run.out);
    assert!(!run.out.contains("ttmem:"), "{}", run.out);
}
