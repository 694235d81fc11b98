//! What a producer has been told to do, and what should be told of it.

use std::collections::BTreeMap;
use support::ProducerProcess;

/// xorshift64.
fn next(random: &mut u64, below: u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random % below
}

/// Pool, type and address, as the tool writes them.
pub(crate) type Key = (u64, &'static str, String);

/// One generation, as it should be told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) outcome: String,
    pub(crate) requested: Option<u64>,
    pub(crate) refs: Option<u64>,
    pub(crate) raised: u64,
    pub(crate) dropped: u64,
    pub(crate) double_frees: u64,
    pub(crate) mark: Option<String>,
    pub(crate) id: Option<u64>,
}

/// What a producer has been told to do.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) generations: BTreeMap<Key, Vec<Told>>,
    mark: Option<String>,
    ids: u64,
}

impl Model {
    fn open(&mut self, key: &Key) -> Option<&mut Told> {
        let last = self.generations.get_mut(key)?;
        last.iter_mut().find(|one| one.outcome == "live")
    }

    fn alloc(&mut self, key: &Key, requested: u64, id: u64) -> &'static str {
        let mut outcome = "Done";
        if let Some(open) = self.open(key) {
            if open.requested == Some(requested) {
                open.raised += 1;
                open.refs = open.refs.map(|refs| refs + 1);
                return "Referenced";
            }
            open.outcome = "replaced_without_free".into();
            open.refs = Some(0);
            outcome = "Replaced";
        }
        let told = Told {
            outcome: "live".into(),
            requested: Some(requested),
            refs: Some(1),
            raised: 0,
            dropped: 0,
            double_frees: 0,
            mark: self.mark.clone(),
            id: Some(id),
        };
        self.generations.entry(key.clone()).or_default().push(told);
        outcome
    }

    /// Whether a free of nothing is a double or an unknown one, the producer says: it forgets.
    fn free(&mut self, key: &Key, answer: &str) {
        if let Some(open) = self.open(key) {
            if open.refs == Some(1) {
                open.refs = Some(0);
                open.outcome = "freed".into();
                assert_eq!(answer, "Done");
            } else {
                open.refs = open.refs.map(|refs| refs - 1);
                open.dropped += 1;
                assert_eq!(answer, "Referenced");
            }
            return;
        }
        let told = self.generations.entry(key.clone()).or_default();
        if answer == "DoubleFree" {
            let ended = told.iter_mut().rfind(|one| one.requested.is_some());
            ended.expect("it was there before").double_frees += 1;
        } else {
            assert_eq!(answer, "UnknownFree");
            told.push(Told {
                outcome: "unknown_free".into(),
                requested: None,
                refs: None,
                raised: 0,
                dropped: 0,
                double_frees: 0,
                mark: None,
                id: None,
            });
        }
    }

    fn clear(&mut self, pool: u64) {
        let of_pool = self.generations.iter_mut().filter(|(key, _)| key.0 == pool);
        let open = of_pool
            .flat_map(|(_, told)| told)
            .filter(|one| one.outcome == "live");
        for one in open {
            one.outcome = "pool_cleared".into();
            one.refs = Some(0);
        }
    }

    /// As it is after the producer's death.
    pub(crate) fn after_death(&self) -> BTreeMap<Key, Vec<Told>> {
        let mut generations = self.generations.clone();
        for one in generations.values_mut().flatten() {
            if one.outcome == "live" {
                one.outcome = "held_at_death".into();
            }
        }
        generations
    }
}

/// Lets a producer do something, and the model too.
pub(crate) fn step(producer: &mut ProducerProcess, model: &mut Model, random: &mut u64) {
    let pool = next(random, 2);
    let buffer_type = ["DRAM", "L1"][next(random, 2) as usize];
    let address = format!("{:#x}", 0x1000 + next(random, 4) * 0x1000);
    let key = (pool, buffer_type, address.clone());
    match next(random, 100) {
        0..50 => {
            // Rarely another size than the last one.
            let requested = if next(random, 8) == 0 { 512 } else { 1024 };
            model.ids += 1;
            let id = model.ids;
            let answer = producer.ok(&format!(
                "alloc {pool} {buffer_type} {address} {requested} 1024 1 {id}"
            ));
            assert_eq!(answer, model.alloc(&key, requested, id));
        }
        50..97 => {
            let answer = producer.ok(&format!("free {pool} {buffer_type} {address}"));
            model.free(&key, &answer);
        }
        97 | 98 => {
            let name = format!("step {}", next(random, 1000));
            producer.ok(&format!("mark {name}"));
            model.mark = Some(name);
        }
        _ => {
            producer.ok(&format!("clear {pool}"));
            model.clear(pool);
        }
    }
}
