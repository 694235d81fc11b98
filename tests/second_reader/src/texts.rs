//! Interned texts (`segment.md`).

use crate::structs::Text;

/// What text number `number` says; 0 is none.
pub(crate) fn text(texts: &[Text], number: u32) -> Option<String> {
    let entry = texts.get(number.checked_sub(1)? as usize)?;
    if entry.ready != 1 {
        return None;
    }
    let whole = entry.length as usize;
    let stored = match entry.bytes.get(..whole) {
        Some(stored) => stored,
        // Cut at a character, so a few of the last bytes may be padding.
        None => {
            let padding = entry.bytes.iter().rev().take_while(|byte| **byte == 0);
            &entry.bytes[..entry.bytes.len() - padding.count()]
        }
    };
    Some(String::from_utf8_lossy(stored).into_owned())
}
