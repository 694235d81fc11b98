//! The address map: what lies where in a bank of a device, and the gaps.

use crate::screen::canvas::Canvas;
use crate::screen::figures::words;
use crate::screen::scene::Scene;

/// Draws it.
pub(in crate::screen) fn draw(scene: &Scene, canvas: &mut Canvas) {
    let _ = &scene.gathered.map;
    canvas.line(words("  map"));
}
