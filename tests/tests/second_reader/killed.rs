//! (c) SIGKILL at full speed, at moments nobody chose.

use crate::agree;
use crate::scripts::LEAST;
use crate::shared::Copied;
use second_reader::Source;
use std::time::{Duration, Instant};
use support::{PrivateDir, Starter};

const KILLS: u64 = 20;

#[test]
fn they_agree_wherever_a_kill_stopped_the_threads() {
    let mut in_flight = 0;
    for round in 0..KILLS {
        let dir = PrivateDir::new();
        // Every other one with a ring so small that it is overwritten all the time.
        let least = if round % 2 == 0 { &LEAST[..1] } else { &[] };
        let starter = Starter::new(dir.path());
        let start = least
            .iter()
            .fold(starter, |start, (name, value)| start.env(name, value));
        let mut producer = start.start();
        producer.all_ok(&["attach", "pool mesh 0-3", "pool submesh 1-2 0"]);
        producer.ok(&format!("run {} 4", round % 2));

        let path = dir.segments().remove(0);
        let source = Source::file(&path).expect("a segment is a file");
        support::until("the threads are well under way", || {
            let said = second_reader::read(&source).expect("a running producer can be read");
            let said = said.into_json();
            assert_eq!(said["damage"], serde_json::json!([]));
            said["totals"][1]["types"]["DRAM"]["allocs"].as_u64() > Some(1000)
        });
        // Some microseconds more or less, so that no two kills hit the same instruction.
        let moment = Instant::now() + Duration::from_micros(round * 37);
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        producer.kill();

        let said = agree::both(&source, &path);
        assert_eq!(said["state"], "dead");
        in_flight += u64::from(said["quiet"] == false);
        let copied = Copied::of(&path);
        let by_name = second_reader::read(&copied.source()).expect("the copy can be read");
        assert_eq!(
            by_name.to_json(),
            &said,
            "by name on the left, as a file on the right"
        );
    }
    eprintln!("{in_flight} of {KILLS} kills stopped a thread inside an event");
}
