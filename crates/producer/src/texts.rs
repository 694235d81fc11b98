//! Interned strings: mark names and failure messages.

use crate::attached::Attached;
use std::sync::atomic::{AtomicU64, Ordering};
use ttmem_layout::{TEXT_BYTES, Text, loss};

/// Slots looked at before a text is given up.
const PROBES: u64 = 16;
const READY: u64 = 1;

pub(crate) struct TextTable {
    words: &'static [AtomicU64],
    mask: u64,
}

impl TextTable {
    pub(crate) fn new(words: &'static [AtomicU64]) -> Self {
        Self {
            words,
            mask: (words.len() / Text::WORDS) as u64 - 1,
        }
    }

    /// The number of `text`; 0 if it is empty or there is no slot left (which is counted).
    pub(crate) fn intern(&self, attached: &Attached, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let hash = hash(text.as_bytes());
        for probe in 0..PROBES {
            let index = hash.wrapping_add(probe) & self.mask;
            let slot = &self.words[index as usize * Text::WORDS..][..Text::WORDS];
            let claimed =
                slot[Text::HASH].compare_exchange(0, hash, Ordering::AcqRel, Ordering::Acquire);
            match claimed {
                Ok(_) => {
                    if text.len() > TEXT_BYTES {
                        attached.lose(loss::TEXTS, 1);
                    }
                    fill(slot, text);
                    return index as u32 + 1;
                }
                // Equal 64-bit hashes are taken for equal texts. Another thread may still be filling
                // the slot; the number is good all the same.
                Err(seen) if seen == hash => return index as u32 + 1,
                Err(_) => {}
            }
        }
        attached.lose(loss::TEXTS, 1);
        0
    }
}

fn fill(slot: &[AtomicU64], text: &str) {
    let bytes = padded::<TEXT_BYTES>(text);
    for (word, chunk) in slot[Text::BYTES..].iter().zip(bytes.chunks_exact(8)) {
        let mut value = [0; 8];
        value.copy_from_slice(chunk);
        word.store(u64::from_ne_bytes(value), Ordering::Relaxed);
    }
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    // [text-publish] Release: whoever sees `ready` sees length and bytes.
    slot[Text::READY].store(READY | u64::from(length) << 32, Ordering::Release);
}

/// As much of `text` as fits, cut between characters, zero-padded.
pub(crate) fn padded<const N: usize>(text: &str) -> [u8; N] {
    let kept = (0..=N.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    let mut field = [0; N];
    field[..kept].copy_from_slice(&text.as_bytes()[..kept]);
    field
}

/// FNV-1a, 64 bits, bit 0 set so that it is never 0.
fn hash(bytes: &[u8]) -> u64 {
    1 | bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
