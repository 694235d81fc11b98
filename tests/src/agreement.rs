//! Whether what the tool shows is what a producer's own books say.

use serde_json::Value;
use std::collections::BTreeSet;

/// Asserts that one process of a `ps` or `dump` holds exactly what its ledger says, on every device
/// and of every type, peaks included where the ledger knows them.
///
/// # Panics
/// On the first figure that differs.
pub fn assert_totals(process: &Value, ledger: &Value) {
    assert_eq!(process["exact"], true, "{process}");
    let shown = process["by_device"]
        .as_array()
        .expect("a process has devices");
    let expected = ledger["devices"].as_object().expect("a ledger has devices");
    for (number, types) in expected {
        let device = shown
            .iter()
            .find(|device| device["device"].as_u64() == number.parse().ok());
        let device = device.unwrap_or_else(|| panic!("device {number} is missing in {process}"));
        for (name, figures) in types.as_object().expect("types have names") {
            for (figure, value) in figures.as_object().expect("figures have names") {
                // Nobody knows the peak of threads that reported side by side.
                if !value.is_null() {
                    let said = &device["types"][name][figure];
                    assert_eq!(said, value, "device {number} {name} {figure}");
                }
            }
        }
    }
    for device in shown {
        let known = expected.get(&device["device"].to_string());
        for (name, figures) in device["types"].as_object().expect("types have names") {
            let told = known.is_some_and(|types| types.get(name).is_some());
            assert!(
                told || figures["allocs"] == 0,
                "nobody allocated {name} on {device}"
            );
        }
    }
}

/// Asserts that the buffers a `dump` lists for a process are those of its ledger.
///
/// # Panics
/// If one is missing, different or too many.
pub fn assert_buffers(dump: &Value, segment: &Value, ledger: &Value) {
    let listed = dump["buffers"].as_array().expect("a dump has buffers");
    let listed = listed
        .iter()
        .filter(|buffer| buffer["segment"] == *segment)
        .map(|buffer| {
            let address = buffer["address"].as_str().expect("an address is text");
            let address =
                u64::from_str_radix(&address[2..], 16).expect("an address is hexadecimal");
            format!(
                "{address} {} {} {}",
                buffer["type"], buffer["requested_bytes"], buffer["refs"]
            )
        });
    let held = ledger["buffers"].as_array().expect("a ledger has buffers");
    let held = held
        .iter()
        .map(|one| format!("{} {} {} {}", one[0], one[1], one[2], one[3]));
    let (listed, held): (BTreeSet<_>, BTreeSet<_>) = (listed.collect(), held.collect());
    assert_eq!(listed, held);
}
