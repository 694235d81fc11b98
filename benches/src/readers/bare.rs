//! What a reader cannot do without, and nothing else: copying the bytes out, and checking the numbers
//! of the records. No totals, no events, nothing that damaged bytes could not get past.

use anyhow::{Context, Result, ensure};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use ttmem_layout::{CHUNK_RECORDS, Chunk, Plan, Record, SectionKind, sequence};

const CHUNK_BYTES: usize = CHUNK_RECORDS as usize * size_of::<Record>();
/// So much is copied at a time: it stays in the first caches.
const BLOCK: usize = 16 * CHUNK_BYTES;

/// A segment's file, read with `pread` into the same buffers each time.
pub(crate) struct Bare {
    file: File,
    plan: Plan,
    headers: Vec<u8>,
    block: Vec<u8>,
}

impl Bare {
    /// The segment at `path`, whose parts lie as `plan` says.
    pub(crate) fn open(path: &Path, plan: Plan) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self {
            file,
            plan,
            headers: vec![0; plan.chunks() as usize * size_of::<Chunk>()],
            block: vec![0; BLOCK],
        })
    }

    /// Copies every record of the ring and checks its number. Says how many there are.
    pub(crate) fn copy_and_check(&mut self) -> Result<u64> {
        let (start, _) = self.range(SectionKind::Chunks);
        self.file.read_exact_at(&mut self.headers, start)?;
        let (start, length) = self.range(SectionKind::Records);
        let mut valid = 0;
        let mut at = 0;
        let mut headers = self.headers.as_chunks::<{ size_of::<Chunk>() }>().0.iter();
        while at < length {
            let bytes = BLOCK.min((length - at) as usize);
            let block = &mut self.block[..bytes];
            self.file.read_exact_at(block, start + at)?;
            for (chunk, header) in block.as_chunks::<CHUNK_BYTES>().0.iter().zip(&mut headers) {
                let ticket = word(header, Chunk::TICKET);
                let records = chunk.as_chunks::<{ size_of::<Record>() }>().0;
                valid += (0..)
                    .zip(records)
                    .filter(|(index, record)| word(record, 0) == sequence(ticket, *index))
                    .count() as u64;
            }
            at += bytes as u64;
        }
        Ok(valid)
    }

    /// Copies every byte of the live table.
    pub(crate) fn copy_live_table(&mut self) -> Result<()> {
        for kind in [SectionKind::LiveControls, SectionKind::LiveEntries] {
            let (start, length) = self.range(kind);
            let mut at = 0;
            while at < length {
                let bytes = BLOCK.min((length - at) as usize);
                self.file
                    .read_exact_at(&mut self.block[..bytes], start + at)?;
                at += bytes as u64;
            }
        }
        Ok(())
    }

    /// The words of a whole section.
    pub(crate) fn words(&self, kind: SectionKind) -> Result<Vec<u64>> {
        let (start, length) = self.range(kind);
        let mut bytes = vec![0; length as usize];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes
            .as_chunks()
            .0
            .iter()
            .map(|word| u64::from_le_bytes(*word))
            .collect())
    }

    /// Checks that the ring is full: then the figures mean what they say.
    pub(crate) fn ensure_full(&mut self) -> Result<()> {
        let (valid, records) = (self.copy_and_check()?, self.plan.ring_records());
        // The chunk being written may have begun with its thread only.
        ensure!(
            valid + CHUNK_RECORDS >= records,
            "the ring holds {valid} records of {records}"
        );
        Ok(())
    }

    fn range(&self, kind: SectionKind) -> (u64, u64) {
        let spec = self.plan.sections()[kind as usize - 1];
        debug_assert_eq!(spec.kind, kind);
        (spec.offset, u64::from(spec.entry_size) * spec.count)
    }
}

fn word<const N: usize>(bytes: &[u8; N], index: usize) -> u64 {
    let words = bytes.as_chunks().0;
    u64::from_le_bytes(words[index])
}
