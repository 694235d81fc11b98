//! What `ttmem leaks --since` says was live at a mark is what was live when the mark was set, whatever
//! several threads have done since: exchanged, replaced, freed twice.

use serde_json::Value;
use std::collections::BTreeMap;
use std::thread;
use support::storm::{POOLS, Storm};
use support::{PrivateDir, cli};
use ttmem_producer::{Options, Outcome, Pool, attach, mark, register_pool};

/// Buffers and bytes over all chips, by devices and type.
type Amounts = BTreeMap<(String, String), (u64, u64)>;

fn key(one: &Value) -> (String, String) {
    (one["devices"].to_string(), one["type"].to_string())
}

fn number(one: &Value, field: &str) -> u64 {
    one[field].as_u64().expect("a number")
}

/// What is live now, from the list of every buffer.
fn live(dir: &PrivateDir) -> Amounts {
    let dump = cli::json(dir.path(), &["dump"]);
    let mut amounts = Amounts::new();
    for buffer in dump["buffers"].as_array().expect("buffers are listed") {
        let chips = buffer["devices"].as_array().map_or(0, Vec::len) as u64;
        let (buffers, bytes) = amounts.entry(key(buffer)).or_default();
        *buffers += 1;
        *bytes += number(buffer, "size") * chips;
    }
    amounts
}

/// Lets each storm go on in a thread of its own.
fn go_on(storms: &mut [Storm], events: usize) {
    thread::scope(|scope| {
        for storm in storms {
            scope.spawn(move || {
                for _ in 0..events {
                    let step = storm.step(|_| {});
                    assert!(step.report(), "{step:?}");
                }
            });
        }
    });
}

#[test]
fn what_was_live_at_a_mark_is_known_afterwards() {
    let dir = PrivateDir::new();
    let options = Options {
        dir: dir.path().to_owned(),
        ring_records: 1 << 17,
        ..Options::default()
    };
    attach(&options).expect("this process can attach");
    let pool = |(kind, chips): &_| register_pool(*kind, *chips, 0, None).expect("a pool");
    let pools: Vec<Pool> = POOLS.iter().map(pool).collect();
    let mut storms: Vec<_> = (0..4).map(|index| Storm::new(&pools, index, 11)).collect();
    for round in 0..4 {
        go_on(&mut storms, 3_000);
        let then = live(&dir);
        assert_eq!(mark("warm"), Outcome::Done);
        go_on(&mut storms, 3_000);

        let args = ["--since", "warm", "--by", "devices", "--all", "--json"];
        let said = cli::run(dir.path(), &[&["leaks"], &args[..]].concat());
        let leaks: Value = serde_json::from_str(&said.out).expect("leaks writes JSON");
        assert!(matches!(said.code, Some(0 | 3)), "{}", said.err);
        let now = live(&dir);
        let mut compared = 0;
        for group in leaks["groups"].as_array().expect("groups are listed") {
            assert_eq!(number(group, "buffers"), now[&key(group)].0);
            // Few circular buffers and kernels are harmless whatever there was before.
            if group["buffers_before"].is_null() {
                let reason = group["harmless"].as_str().unwrap_or_default();
                assert!(
                    ["few circular buffers", "few kernels"].contains(&reason),
                    "{group}"
                );
                continue;
            }
            let before = (
                number(group, "buffers_before"),
                number(group, "bytes_before"),
            );
            let told = then.get(&key(group)).copied().unwrap_or_default();
            assert_eq!(before, told, "round {round}: {group}");
            compared += 1;
        }
        assert!(compared > 5, "{leaks}");
    }
}
