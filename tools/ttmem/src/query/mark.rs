//! Shows where in a query something is wrong.

use crate::value::harmless;
use std::ops::Range;

/// A sentence, and below it the query with the place it speaks of marked.
pub(super) fn marked(sentence: &str, query: &str, place: Range<usize>) -> String {
    // What a terminal would not show as one letter must not shift the mark.
    let shown = |part: Option<&str>| harmless(part.unwrap_or_default());
    let before = shown(query.get(..place.start)).chars().count();
    let width = shown(query.get(place)).chars().count().max(1);
    format!(
        "{sentence}\n  {}\n  {}{}",
        harmless(query),
        " ".repeat(before),
        "^".repeat(width)
    )
}
