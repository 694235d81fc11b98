//! Each view, and what keys make of it.

use super::hosts::{containers, eight, galaxy, one, process};
use super::{MIB, Shown, a_minute_later, colored, text};
use crate::screen::theme::Theme;
use ratatui::buffer::Cell;
use ratatui::style::Color;
use ttmem_layout::BufferType;
use ttmem_reader::State;

const SIZES: [(u16, u16); 5] = [(40, 24), (80, 24), (200, 24), (80, 8), (40, 8)];

#[test]
fn devices() {
    for (name, seen) in [("one", one()), ("eight", eight()), ("galaxy", galaxy())] {
        let mut shown = a_minute_later(seen);
        for (width, height) in SIZES {
            shown.is(&format!("devices-{name}"), width, height);
        }
    }
}

#[test]
fn processes() {
    for (name, seen) in [("one", one()), ("eight", eight()), ("galaxy", galaxy())] {
        let mut shown = a_minute_later(seen);
        shown.press("2");
        for (width, height) in SIZES {
            shown.is(&format!("processes-{name}"), width, height);
        }
    }
}

#[test]
fn buffers() {
    for (name, seen) in [("one", one()), ("eight", eight()), ("galaxy", galaxy())] {
        let mut shown = a_minute_later(seen);
        shown.press("3");
        for (width, height) in SIZES {
            shown.is(&format!("buffers-{name}"), width, height);
        }
    }
}

#[test]
fn maps() {
    for (name, seen) in [("one", one()), ("eight", eight()), ("galaxy", galaxy())] {
        let mut shown = a_minute_later(seen);
        shown.press("4");
        for (width, height) in SIZES {
            shown.is(&format!("map-{name}"), width, height);
        }
        shown.press("t");
        shown.is(&format!("map-dram-{name}"), 80, 24);
    }
}

#[test]
fn the_keys() {
    let mut shown = a_minute_later(one());
    shown.press("?");
    shown.is("help", 80, 60);
    shown.is("help", 40, 24);
}

#[test]
fn who_holds_l1_of_device_2_in_two_keys() {
    let mut shown = a_minute_later(eight());
    shown.press("D2");
    for (width, height) in SIZES {
        shown.is("device", width, height);
    }
}

#[test]
fn a_galaxy_has_devices_with_two_digits() {
    let mut shown = a_minute_later(galaxy());
    let first_line = |shown: &mut Shown| shown.text(80, 24).lines().nth(2).unwrap().to_owned();
    assert!(first_line(shown.press("D1")).starts_with("  device 1  "));
    assert!(first_line(shown.press("1")).starts_with("  device 11  "));
    assert!(first_line(shown.press("D3")).starts_with("  device 3  "));
    // No device begins with 38: it is device 3 and then the key 8, which does nothing.
    assert!(first_line(shown.press("\x1bD")).starts_with("  DRAM "));
}

#[test]
fn one_number_may_stand_for_two_chips() {
    let mut shown = Shown::new(colored(), containers());
    shown.is("containers", 120, 24);
    shown.press("j\n");
    shown.is("containers-device", 120, 24);
    shown.press("\x1b4");
    shown.is("containers-map", 120, 24);
}

#[test]
fn a_process_of_its_own() {
    let mut shown = a_minute_later(eight());
    shown.press("2\n");
    shown.is("process", 80, 24);
    shown.press("\x1bj\n");
    shown.is("process-lossy", 80, 24);
}

#[test]
fn a_buffer_of_its_own() {
    let mut shown = a_minute_later(eight());
    shown.press("3j\n");
    shown.is("buffer", 80, 24);
}

#[test]
fn who_dies_stays_with_what_it_held() {
    let mut shown = a_minute_later(eight());
    shown.press("2");
    shown.seen[1].snapshot.state = State::Dead;
    shown.look(1);
    shown.is("died", 80, 24);
    // The segment goes as well.
    shown.seen.remove(1);
    shown.look(1);
    shown.is("gone", 80, 24);
}

#[test]
fn expanded_processes_show_each_device() {
    let mut shown = a_minute_later(galaxy());
    shown.press("2e");
    shown.is("expanded", 80, 24);
}

#[test]
fn a_long_mark_is_cut() {
    let mut seen = one();
    let long = "decode: layer 31 of 80, batch 32, sequence 4096";
    seen[0].snapshot.current_mark = Some(long.into());
    let mut shown = a_minute_later(seen);
    shown.press("2");
    shown.is("long-mark", 200, 24);
}

#[test]
fn paused() {
    let mut shown = a_minute_later(one());
    shown.press(" ");
    shown.is("paused", 80, 24);
}

#[test]
fn since_a_mark() {
    let mut shown = a_minute_later(eight());
    shown.press("m");
    shown.is("marked", 80, 24);
    for device in &mut shown.seen[0].snapshot.devices {
        device.types[BufferType::L1 as usize].bytes += 5 * MIB;
        device.types[BufferType::Dram as usize].bytes -= MIB;
    }
    shown.seen.push(process(5150, 7..8, 10 * MIB, MIB));
    shown.look(9);
    shown.press("d");
    shown.is("since-devices", 80, 24);
    shown.press("2");
    shown.is("since-processes", 80, 24);
    shown.is("since-processes", 200, 24);
}

#[test]
fn only_what_was_asked_for() {
    let mut shown = a_minute_later(eight());
    shown.press("2/small");
    shown.is("typing", 80, 24);
    shown.press("\n");
    shown.is("words", 80, 24);
    shown.press("3/size > 100M && type == DRAM\n");
    shown.is("query", 80, 24);
    shown.press("/size >\n");
    shown.is("query-wrong", 80, 24);
}

#[test]
fn without_unicode() {
    let mut shown = Shown::new(Theme::new(true, true), eight());
    for (keys, name) in [("", "ascii-devices"), ("2", "ascii-processes")] {
        shown.press(keys);
        let text = shown.text(120, 24);
        assert!(text.is_ascii(), "{text}");
        shown.is(name, 120, 24);
    }
}

#[test]
fn nobody_there() {
    Shown::new(colored(), Vec::new()).is("nobody", 80, 24);
}

#[test]
fn a_line_where_there_is_room_for_no_more() {
    let mut shown = a_minute_later(eight());
    shown.is("line", 40, 4);
    shown.is("line", 80, 1);
}

#[test]
fn colour_only_repeats_what_is_there() {
    for keys in ["", "2", "3", "4", "D2", "2\n", "?", "c", "f"] {
        let [mut plain, mut colored] = [false, true].map(|colored| {
            let mut shown = Shown::new(Theme::new(colored, false), eight());
            shown.press(keys);
            shown
        });
        let (plain, colored) = (plain.cells(120, 40), colored.cells(120, 40));
        assert_eq!(text(&plain), text(&colored));
        let has_color = |cell: &Cell| (cell.fg, cell.bg) != (Color::Reset, Color::Reset);
        assert!(!plain.content.iter().any(has_color));
        assert!(keys == "?" || keys == "2\n" || colored.content.iter().any(has_color));
    }
}
