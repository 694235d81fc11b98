//! doctor --selftest: a known set of everything, seen exactly, alive and after SIGKILL.

use super::Diagnosis;
use crate::support::Place;

#[test]
fn every_figure_is_right_and_nothing_is_left() {
    let place = Place::in_tmpfs();
    let diagnosis = Diagnosis::of(&place, &["--selftest"]);
    diagnosis.expect(
        "selftest",
        "ok",
        &["figures compared, alive and after SIGKILL"],
    );
    assert_eq!(diagnosis.code, 0);
    assert_eq!(place.files(), Vec::<String>::new());

    // Also where segments are as small as they can be, and meant to stay.
    let mut small = place.ttmem(&["doctor", "--selftest"]);
    small
        .env("TTMEM_RING_RECORDS", "1")
        .env("TTMEM_LIVE_SLOTS", "1")
        .env("TTMEM_KEEP", "1");
    small.assert().success();
    assert_eq!(place.files(), Vec::<String>::new());

    place
        .ttmem(&["doctor", "--selftest", "--dir", "/nowhere"])
        .assert()
        .code(1);
}
