//! The first line: which host, how often it is looked at, and whether what is shown is all there is.

use crate::quantity::{counted, write_age};
use crate::screen::act::clock;
use crate::screen::scene::Scene;
use crate::value::Value;
use crate::view::Process;
use ratatui::text::{Line, Span};

/// A part of the line; the higher `spare`, the sooner it goes.
struct Part {
    span: Span<'static>,
    spare: u8,
}

/// As much of it as fits.
pub(in crate::screen) fn line(scene: &Scene, width: u16) -> Line<'static> {
    let host = &scene.host;
    let part = |spare, span: Span<'static>| Part { span, spare };
    let mut interval = String::new();
    write_age(&mut interval, scene.interval.as_secs_f64());
    let mut parts = vec![
        part(0, Span::styled("ttmem", scene.theme.heading())),
        part(2, Span::raw(Value::words(&host.name).text(false))),
        part(3, Span::raw(counted(host.devices.len() as u64, "device"))),
        part(
            5,
            Span::raw(counted(host.processes.len() as u64, "process")),
        ),
        part(4, Span::raw(format!("every {interval}"))),
    ];
    if scene.paused {
        parts.push(part(0, Span::styled("PAUSED", scene.theme.alarm())));
    }
    parts.push(part(0, state(scene)));
    let lost = host.processes.iter().map(Process::lost);
    let lost = lost.fold(0, u64::saturating_add);
    if lost > 0 {
        let lost = Value::Count(lost).text(false);
        parts.push(part(
            1,
            Span::styled(format!("lost {lost}"), scene.theme.alarm()),
        ));
    }
    if !host.overlaps.is_empty() {
        let warnings = counted(host.overlaps.len() as u64, "warning");
        let warnings = Span::styled(format!("{warnings} !"), scene.theme.alarm());
        parts.push(part(1, warnings));
    }
    parts.push(part(1, Span::raw(clock(host.time_ns))));
    parts.push(part(2, Span::raw("?help")));
    fit(parts, width)
}

/// Whether anything is missing, in a word and a sign.
fn state(scene: &Scene) -> Span<'static> {
    let host = &scene.host;
    match (host.exact(), host.moving()) {
        (false, _) => Span::styled("NOT EXACT !", scene.theme.alarm()),
        (true, true) => Span::raw("exact so far, changing"),
        (true, false) => Span::styled(scene.theme.signs.exact, scene.theme.fine()),
    }
}

/// Leaves out what can best be spared until the rest fits.
fn fit(mut parts: Vec<Part>, width: u16) -> Line<'static> {
    loop {
        let wide: usize = parts.iter().map(|part| part.span.width() + 2).sum();
        let most = parts.iter().map(|part| part.spare).max().unwrap_or(0);
        if wide <= usize::from(width) + 2 || most == 0 {
            break;
        }
        if let Some(at) = parts.iter().rposition(|part| part.spare == most) {
            parts.remove(at);
        }
    }
    let mut line = Line::default();
    for part in parts {
        if !line.spans.is_empty() {
            line.spans.push(Span::raw("  "));
        }
        line.spans.push(part.span);
    }
    line
}
