//! Interned strings.

use crate::error::ReadError;
use crate::sections::Bytes;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use ttmem_layout::{SectionKind, TEXT_BYTES, Text};

/// The texts of one segment, read as they are needed. A ready text never changes.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: RefCell<HashMap<u32, Arc<str>>>,
}

impl Texts {
    /// The text with this number; `None` for 0 ([text-publish]). A text that is not there (any more, or yet) is shown
    /// by its number: the event it belongs to is still worth seeing.
    pub(crate) fn get(&self, bytes: &Bytes, number: u32) -> Result<Option<Arc<str>>, ReadError> {
        if number == 0 {
            return Ok(None);
        }
        if let Some(text) = self.known.borrow().get(&number) {
            return Ok(Some(text.clone()));
        }
        let slot = bytes.one::<Text>(SectionKind::Texts, u64::from(number) - 1)?;
        let Some(slot) = slot.filter(|slot| slot.ready == 1) else {
            return Ok(Some(format!("text {number}").into()));
        };
        let text: Arc<str> = decode(&slot).into();
        self.known.borrow_mut().insert(number, text.clone());
        Ok(Some(text))
    }
}

fn decode(slot: &Text) -> String {
    let length = slot.length as usize;
    let kept = &slot.bytes[..length.min(TEXT_BYTES)];
    let kept = ttmem_layout::trimmed(kept);
    let mut text = printable(kept);
    if length > TEXT_BYTES {
        text.push('…');
    }
    text
}

/// UTF-8 with whatever would move a terminal's cursor replaced.
pub(crate) fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}
