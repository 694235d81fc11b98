//! How events and what is missing of them read, on made-up ones.

use super::*;
use crate::view::sample;
use std::sync::Arc;
use ttmem_layout::{BufferType, ChipSet, Kind};
use ttmem_reader::Event;

fn origin() -> Arc<Origin> {
    Arc::new(Origin {
        pid: 1,
        segment: "ttmem.1".into(),
    })
}

fn event(kind: Kind) -> Logged {
    let event = Event {
        sequence: 1,
        ticks: 0,
        time_ns: sample::NOW,
        thread: 7,
        kind,
        buffer_type: Some(BufferType::Kernel),
        flags: 0,
        refs: u8::from(kind.is_alloc()),
        pool: 0,
        chips: ChipSet(1),
        address: 0x1000,
        requested: 64,
        per_bank: 64,
        banks: 1,
        id: 0,
        alloc_sequence: 0,
        text: None,
    };
    Logged {
        origin: origin(),
        event,
    }
}

#[test]
fn what_stands_behind_the_kind_of_an_event_stands_in_one_column() {
    let moves = Kind::ALL
        .iter()
        .filter(|kind| kind.is_alloc() || kind.is_free());
    let columns: Vec<_> = moves
        .map(|kind| {
            let (mut out, mut line) = (Vec::new(), String::new());
            write_line(&mut out, &event(*kind), false, &mut line).unwrap();
            line.find("KERNEL").unwrap()
        })
        .collect();
    assert_eq!(columns, [columns[0]; 6]);
}

#[test]
fn the_closing_line_hides_no_loss() {
    let said = |losses: &[(Loss, u64)]| {
        let mut tally = Tally::default();
        for (loss, records) in losses {
            tally.take(&Item::Lost(origin(), *loss, *records));
        }
        assert_eq!(
            tally.is_short(),
            losses.iter().any(|(loss, _)| *loss != Loss::Older)
        );
        tally.sentence()
    };
    assert_eq!(said(&[]), "0 events shown; nothing lost");
    // What was overwritten before we came is the ring's way.
    assert_eq!(said(&[(Loss::Older, 9)]), "0 events shown; nothing lost");
    assert_eq!(
        said(&[(Loss::Rejected, 1)]),
        "0 events shown; no record lost, but 1 event rejected"
    );
    assert_eq!(
        said(&[(Loss::Dropped, 1), (Loss::Overrun, 2)]),
        "0 events shown; LOST 3 records"
    );
    assert_eq!(
        said(&[(Loss::Dropped, 1), (Loss::Rejected, 2)]),
        "0 events shown; LOST 1 record; 2 events rejected"
    );
}
