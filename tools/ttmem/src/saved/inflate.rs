//! Decompressing a segment, with an eye on what it claims to be.

use std::io::Read;
use zstd::stream::read::Decoder;

/// Decompresses to exactly `length` bytes. However much more a frame claims to be or is, no more than that
/// is taken.
pub(super) fn inflate(frame: &[u8], length: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    usize::try_from(length)
        .ok()
        .and_then(|length| bytes.try_reserve_exact(length).ok())
        .ok_or("there is no memory for it")?;
    let decoder = Decoder::with_buffer(frame).map_err(|error| error.to_string())?;
    let mut decoder = decoder.single_frame();
    let read = (&mut decoder).take(length + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("decompressing it failed: {error}"))?;
    if bytes.len() as u64 != length {
        return Err(format!("it is said to have {length} bytes, and has others"));
    }
    if !decoder.finish().is_empty() {
        return Err("there is something behind it".to_owned());
    }
    Ok(bytes)
}
