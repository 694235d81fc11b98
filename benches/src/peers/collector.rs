//! The old server, rebuilt: a process of its own that receives the messages one by one, keeps a map of
//! the buffers and adds up totals. The old one printed a line for each message besides; this one does not.

use super::child::READY;
use super::message::{ALLOC, FREE, Message, QUERY, SIZE};
use crate::places::stay_on;
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::io::{Read, Write, copy, sink, stdin, stdout};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::spawn;
use zerocopy::{FromBytes, IntoBytes};

/// The sockets it listens on, in its directory.
pub(super) const STREAM: &str = "stream";
pub(super) const DATAGRAM: &str = "datagram";

/// What is allocated, as far as the messages arrived.
#[derive(Default)]
struct Book {
    buffers: HashMap<(u32, u64), (u8, u64)>,
    totals: HashMap<(u32, u8), u64>,
    entered: u64,
}

impl Book {
    /// Enters a message, and answers if it is a query.
    fn enter(&mut self, message: &Message) -> Option<Message> {
        let key = (message.device, message.buffer);
        match message.kind {
            ALLOC => {
                let held = (message.buffer_type, message.size);
                if let Some((buffer_type, size)) = self.buffers.insert(key, held) {
                    self.take(message.device, buffer_type, size);
                }
                let total = self.totals.entry((message.device, message.buffer_type));
                *total.or_default() += message.size;
            }
            FREE => {
                if let Some((buffer_type, size)) = self.buffers.remove(&key) {
                    self.take(message.device, buffer_type, size);
                }
            }
            QUERY => return Some(self.answer(message.device)),
            _ => {}
        }
        self.entered += 1;
        None
    }

    fn take(&mut self, device: u32, buffer_type: u8, size: u64) {
        if let Some(total) = self.totals.get_mut(&(device, buffer_type)) {
            *total = total.saturating_sub(size);
        }
    }

    fn answer(&self, device: u32) -> Message {
        let mut answer = Message::query();
        for (buffer_type, total) in (0..).zip(&mut answer.totals) {
            let held = self.totals.get(&(device, buffer_type));
            *total = held.copied().unwrap_or(0);
        }
        answer.entered = self.entered;
        answer
    }
}

type Shared = Arc<Mutex<Book>>;

fn lock(book: &Shared) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves both sockets on the processor `place` until standard input ends.
pub(crate) fn serve(directory: &Path, place: usize) -> Result<()> {
    stay_on(place);
    let book = Shared::default();
    let listener = UnixListener::bind(directory.join(STREAM)).context("no stream socket")?;
    let datagrams = UnixDatagram::bind(directory.join(DATAGRAM)).context("no datagram socket")?;
    let shared = Arc::clone(&book);
    spawn(move || {
        // As the old one did: a thread for each client.
        for client in listener.incoming().flatten() {
            let book = Arc::clone(&shared);
            spawn(move || serve_stream(client, &book));
        }
    });
    spawn(move || serve_datagrams(&datagrams, &book));
    writeln!(stdout(), "{READY}")?;
    copy(&mut stdin(), &mut sink())?;
    Ok(())
}

fn serve_stream(mut client: UnixStream, book: &Shared) {
    let mut bytes = [0; SIZE];
    while client.read_exact(&mut bytes).is_ok() {
        let answer = Message::read_from_bytes(&bytes)
            .ok()
            .and_then(|message| lock(book).enter(&message));
        if let Some(answer) = answer {
            let _ = client.write_all(answer.as_bytes());
        }
    }
}

fn serve_datagrams(socket: &UnixDatagram, book: &Shared) {
    let mut bytes = [0; SIZE];
    while let Ok((_, sender)) = socket.recv_from(&mut bytes) {
        let answer = Message::read_from_bytes(&bytes)
            .ok()
            .and_then(|message| lock(book).enter(&message));
        if let Some(answer) = answer {
            let _ = socket.send_to_addr(answer.as_bytes(), &sender);
        }
    }
}
