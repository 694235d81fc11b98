//! Whatever the size and whatever is pressed.

use super::a_minute_later;
use super::hosts::{eight, galaxy, one};
use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell};
use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use ratatui::layout::Rect;

fn any_key() -> impl Strategy<Value = (KeyCode, KeyModifiers)> {
    let keys = "q?hD1234zjkgG/, .rmdwetfca-+!09x=<>&|L";
    let plain = proptest::sample::select(keys.chars().collect::<Vec<_>>()).prop_map(KeyCode::Char);
    let other = proptest::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::F(6),
    ]);
    let key = prop_oneof![3 => plain, 2 => other];
    (
        key,
        prop_oneof![9 => Just(KeyModifiers::NONE), 1 => Just(KeyModifiers::CONTROL)],
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_size_and_no_key_is_too_much(
        host in 0..4_usize,
        turns in prop::collection::vec(
            (prop::collection::vec(any_key(), 0..8), 1..300_u16, 1..100_u16, any::<bool>()),
            1..10,
        ),
    ) {
        let seen = vec![Vec::new(), one(), eight(), galaxy()].swap_remove(host);
        let mut shown = a_minute_later(seen);
        for (keys, width, height, goes) in turns {
            for (code, modifiers) in keys {
                shown.key(code, modifiers);
            }
            if goes {
                shown.seen.pop();
                shown.look(1);
            }
            // The whole is a part of something larger, of which nothing else may change.
            let all = Rect::new(0, 0, width + 2, height + 2);
            let mut cells = Buffer::filled(all, Cell::new("~"));
            let area = Rect::new(1, 1, width, height);
            for (x, y) in area.positions().map(|at| (at.x, at.y)) {
                cells[(x, y)].reset();
            }
            shown.scene.draw(area, &mut cells);
            for at in all.positions().filter(|at| !area.contains(*at)) {
                prop_assert_eq!(&cells[at], &Cell::new("~"));
            }
        }
    }
}
