//! demo: what a newcomer sees first.

use crate::support::{Place, signal};
use ::support::until;
use nix::sys::signal::Signal;

#[test]
fn the_demo_checks_itself_and_leaves_nothing() {
    let place = Place::new();
    let shown = place.shows(&["demo"]);
    assert!(
        shown
            .trim_end()
            .ends_with("that readers saw are what they had to be"),
        "{shown}"
    );
    assert!(shown.contains("exact: "), "{shown}");
    assert!(shown.contains("dead"), "{shown}");
    assert_eq!(place.files(), Vec::<String>::new());

    let mut long = place.spawn(&["demo", "--for", "10m"]);
    until("others see the demo", || {
        place.json(&["ps", "--json"])["processes"]
            .as_array()
            .unwrap()
            .len()
            == 3
    });
    until("the dead one is dead", || {
        let ps = place.json(&["ps", "--json"]);
        ps["processes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["state"] == "dead")
    });
    signal(&long, Signal::SIGINT);
    assert!(long.wait().unwrap().success());
    assert_eq!(place.files(), Vec::<String>::new());
}
