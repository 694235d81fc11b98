//! Comparing what `ttmem dump` shows with what the runtime says.

use crate::script::Quiet;
use serde_json::Value;
use std::path::Path;
use support::cli;

/// The dump agrees with the runtime, per chip and buffer type, to the byte; and those that must have
/// no segment have none.
pub(crate) fn assert_agree(dir: &Path, quiet: &Quiet) {
    let label = quiet.label();
    for figures in quiet.processes() {
        let pid = pid_of(figures);
        let dump = cli::json(dir, &["dump", "-p", &pid.to_string()]);
        assert_eq!(dump["exact"], true, "{label}: {dump}");
        let process = cli::process(&dump, pid).expect("the process is in the dump");
        assert_eq!(process["state"], "running", "{label}");
        for (anomaly, count) in process["anomalies"]
            .as_object()
            .expect("anomalies are listed")
        {
            assert_eq!(count, 0, "{label}: {anomaly}");
        }
        for chip in chips_of(figures) {
            let device = cli::device(&dump, chip).expect("the chip is in the dump");
            assert_chip(label, chip, device, &figures["types"]);
        }
    }
    let dump = cli::json(dir, &["dump"]);
    for pid in quiet.absent() {
        let process = cli::process(&dump, pid);
        assert!(
            process.is_none(),
            "{label}: process {pid} has a segment: {process:?}"
        );
    }
}

fn assert_chip(label: &str, chip: u32, device: &Value, types: &Value) {
    for (name, held) in types.as_object().expect("types are listed") {
        let shown = &device["types"][name];
        // A type that was never used may be left out.
        let shown_of = |field: &str| shown[field].as_u64().unwrap_or(0);
        assert_eq!(
            shown_of("bytes"),
            held["bytes"],
            "{label}: bytes of {name} on chip {chip}"
        );
        // Null where the script could not look at every moment.
        if !held["peak_bytes"].is_null() {
            assert_eq!(
                shown_of("peak_bytes"),
                held["peak_bytes"],
                "{label}: peak of {name} on chip {chip}"
            );
        }
    }
}

/// The process that figures are of.
pub(crate) fn pid_of(figures: &Value) -> u32 {
    figures["pid"]
        .as_u64()
        .and_then(|pid| u32::try_from(pid).ok())
        .expect("figures have a pid")
}

/// The chips that figures are of.
pub(crate) fn chips_of(figures: &Value) -> Vec<u32> {
    let chips = figures["devices"].as_array().expect("figures have devices");
    chips
        .iter()
        .filter_map(|chip| u32::try_from(chip.as_u64()?).ok())
        .collect()
}
