//! The record of every datagram that the agents of a test sent and received.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Which way something went, seen from the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The agent sent it.
    Sent,
    /// The agent received it.
    Received,
}

struct Entry {
    at: Duration,
    agent: String,
    way: Way,
    peer: SocketAddr,
    bytes: Vec<u8>,
}

/// What the agents sent and received, in order.
pub struct Exchange {
    start: Instant,
    entries: Mutex<Vec<Entry>>,
}

impl Exchange {
    /// Starts an empty record.
    pub fn new() -> Exchange {
        Exchange { start: Instant::now(), entries: Mutex::new(Vec::new()) }
    }

    /// Writes down that `agent` exchanged `bytes` with `peer`.
    pub fn record(&self, agent: &str, way: Way, peer: SocketAddr, bytes: &[u8]) {
        let entry = Entry { at: self.start.elapsed(), agent: agent.to_owned(), way, peer, bytes: bytes.to_vec() };
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let (word, arrow) = match entry.way {
                Way::Sent => ("sent to", ">"),
                Way::Received => ("received from", "<"),
            };
            let seconds = entry.at.as_secs_f64();
            writeln!(f, "--- {seconds:.3}s {} {word} {} ({} bytes)", entry.agent, entry.peer, entry.bytes.len())?;
            for line in printable(&entry.bytes).split('\n') {
                writeln!(f, "{arrow} {}", line.trim_end_matches('\r'))?;
            }
        }
        Ok(())
    }
}

/// The bytes as text; what is no text as `\x..`, and not more than is useful.
fn printable(bytes: &[u8]) -> String {
    const LIMIT: usize = 3000;
    let shown = &bytes[..bytes.len().min(LIMIT)];
    let mut text: String = shown
        .utf8_chunks()
        .flat_map(|chunk| [chunk.valid().to_owned(), chunk.invalid().escape_ascii().to_string()])
        .collect();
    text = text.replace('\0', "\\0");
    if bytes.len() > LIMIT {
        text.push_str("\n...");
    }
    text
}
