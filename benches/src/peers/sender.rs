//! The old client, rebuilt: one message per event over a socket that all threads of the process share.
//! It knows its process's number, which the old one asked the system for each time.

use super::collector::{DATAGRAM, STREAM};
use super::message::{Message, SIZE};
use crate::workload;
use anyhow::{Context, Result};
use std::cell::Cell;
use std::io::{Read, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zerocopy::IntoBytes;

/// What becomes of a message for which there is no room.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// It is dropped: the program is not held up.
    Drop,
    /// The program waits until the server has made room, as the last version of the old client did.
    Wait,
}

enum Socket {
    Stream(UnixStream),
    Datagram(UnixDatagram),
}

/// One client.
pub(super) struct Sender {
    socket: Mutex<Socket>,
    full: Full,
    process: u32,
}

/// Longer than any server needs to answer.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(10));

impl Sender {
    /// A stream to the server that listens in `directory`.
    pub(super) fn stream(directory: &Path, full: Full) -> Result<Self> {
        let socket = UnixStream::connect(directory.join(STREAM)).context("cannot connect")?;
        socket.set_read_timeout(PATIENCE)?;
        socket.set_write_timeout(PATIENCE)?;
        socket.set_nonblocking(full == Full::Drop)?;
        Ok(Self::new(Socket::Stream(socket), full))
    }

    /// Datagrams to the same.
    pub(super) fn datagram(directory: &Path) -> Result<Self> {
        let socket = UnixDatagram::bind(directory.join("client")).context("cannot bind")?;
        let server = directory.join(DATAGRAM);
        socket.connect(server).context("cannot connect")?;
        socket.set_read_timeout(PATIENCE)?;
        socket.set_write_timeout(PATIENCE)?;
        socket.set_nonblocking(true)?;
        Ok(Self::new(Socket::Datagram(socket), Full::Drop))
    }

    fn new(socket: Socket, full: Full) -> Self {
        Self {
            socket: Mutex::new(socket),
            full,
            process: std::process::id(),
        }
    }

    /// One batch, as fast as it goes. Says how many messages found room.
    #[inline(never)]
    pub(super) fn batch(&self, base: u64) -> u64 {
        let arrived = Cell::new(0);
        let count = |sent| arrived.set(arrived.get() + u64::from(sent));
        workload::batch(
            base,
            |address| count(self.begin(address)),
            |address| count(self.end(address)),
        );
        arrived.get()
    }

    /// Whether there was room for the message.
    pub(super) fn begin(&self, address: u64) -> bool {
        self.send(&Message::alloc(self.process, address))
    }

    /// As `begin`.
    pub(super) fn end(&self, address: u64) -> bool {
        self.send(&Message::free(self.process, address))
    }

    fn send(&self, message: &Message) -> bool {
        let bytes = message.as_bytes();
        let sent = match &*self.lock() {
            Socket::Stream(socket) => (&*socket).write(bytes),
            Socket::Datagram(socket) => socket.send(bytes),
        };
        sent.is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, Socket> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the server has entered everything that was sent.
    pub(super) fn drain(&self) -> Result<()> {
        let query = Message::query();
        let mut answer = [0; SIZE];
        let waits = self.full == Full::Wait;
        match &*self.lock() {
            Socket::Stream(socket) => {
                socket.set_nonblocking(false)?;
                (&*socket).write_all(query.as_bytes())?;
                (&*socket).read_exact(&mut answer)?;
                socket.set_nonblocking(!waits)?;
            }
            Socket::Datagram(socket) => {
                socket.set_nonblocking(false)?;
                socket.send(query.as_bytes())?;
                socket.recv(&mut answer)?;
                socket.set_nonblocking(!waits)?;
            }
        }
        Ok(())
    }
}
