//! The phones of all users: one socket, which answers as the fault of the hour says.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::ledger::Ledger;
use super::{kernel, sip};

/// How many users there are. The messages go to them in turn.
pub const USERS: usize = 40;
/// How late a late answer is: after the first retransmission.
const LATE: Duration = Duration::from_millis(700);

/// How phones answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Manner {
    /// With 200, at once.
    Well,
    /// Every seventh message with 486 at first.
    Refuse,
    /// Every fourth user's not at all.
    Vanish,
    /// Every fiftieth message late.
    Late,
}

/// Name of a user.
pub fn user(index: usize) -> String {
    format!("user{index}")
}

/// All phones, with a thread of their own.
pub struct Phone {
    socket: UdpSocket,
    address: SocketAddr,
    manner: Arc<AtomicU8>,
    end: Arc<AtomicBool>,
    registers: AtomicUsize,
    thread: Option<JoinHandle<()>>,
}

impl Phone {
    /// Phones that write into this ledger what they answer.
    pub fn start(ledger: &Ledger) -> Phone {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a UDP socket can be bound");
        kernel::enlarge_buffer(&socket).expect("a receive buffer can be set");
        let address = socket.local_addr().expect("a bound socket has an address");
        let (manner, end) = (Arc::new(AtomicU8::new(Manner::Well as u8)), Arc::new(AtomicBool::new(false)));
        let answering = Answering {
            socket: socket.try_clone().expect("a socket can be shared"),
            ledger: ledger.clone(),
            manner: Arc::clone(&manner),
            refused: VecDeque::new(),
            late: VecDeque::new(),
        };
        let thread = {
            let end = Arc::clone(&end);
            thread::spawn(move || answering.run(&end))
        };
        Phone { socket, address, manner, end, registers: AtomicUsize::new(0), thread: Some(thread) }
    }

    /// From now on phones answer like this.
    pub fn behave(&self, manner: Manner) {
        self.manner.store(manner as u8, Ordering::Release);
    }

    /// Registers a user's phone.
    pub fn register(&self, server: SocketAddr, index: usize) {
        let mut request = Vec::new();
        let number = self.registers.fetch_add(1, Ordering::Relaxed);
        sip::register(&mut request, self.address, &user(index), number);
        self.socket.send_to(&request, server).expect("a REGISTER can be sent");
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread works with.
struct Answering {
    socket: UdpSocket,
    ledger: Ledger,
    manner: Arc<AtomicU8>,
    /// Transactions that were refused lately, whose retransmissions are, too.
    refused: VecDeque<(usize, u64)>,
    /// Answers for later.
    late: VecDeque<(Instant, usize, u64, Vec<u8>, SocketAddr)>,
}

impl Answering {
    fn run(mut self, end: &AtomicBool) {
        let mut datagram = [0; 65_536];
        self.socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout can be set");
        while !end.load(Ordering::Acquire) {
            if let Ok((length, peer)) = self.socket.recv_from(&mut datagram) {
                if datagram.starts_with(b"MESSAGE ") {
                    self.hear(&datagram[..length], peer);
                }
            }
            self.answer_late_ones();
        }
    }

    fn hear(&mut self, request: &[u8], peer: SocketAddr) {
        let number = sip::number(request).unwrap_or(usize::MAX);
        let transaction = transaction(request);
        let manner = self.manner.load(Ordering::Acquire);
        if self.ledger.answered(number) == Some(transaction) || manner == Manner::Well as u8 {
            self.accept(number, transaction, request, peer);
        } else if manner == Manner::Refuse as u8 && self.refuses(number, transaction) {
            self.ledger.note_refusal();
            self.reply(request, peer, b"SIP/2.0 486 Busy Here\r\n");
        } else if manner == Manner::Vanish as u8 && number % USERS % 4 == 1 {
            self.ledger.note_silence();
        } else if manner == Manner::Late as u8 && number % 50 == 7 {
            if !self.late.iter().any(|(_, _, waiting, ..)| *waiting == transaction) {
                self.ledger.note_late();
                self.late.push_back((Instant::now() + LATE, number, transaction, request.to_vec(), peer));
            }
        } else {
            self.accept(number, transaction, request, peer);
        }
    }

    /// Whether it is refused: in the first transaction that brings it, and in no other.
    fn refuses(&mut self, number: usize, transaction: u64) -> bool {
        if number % 7 != 3 {
            return false;
        }
        if let Some((_, refused)) = self.refused.iter().find(|(it, _)| *it == number) {
            return *refused == transaction;
        }
        self.refused.push_back((number, transaction));
        if self.refused.len() > 4 * super::BATCH {
            self.refused.pop_front();
        }
        true
    }

    fn accept(&self, number: usize, transaction: u64, request: &[u8], peer: SocketAddr) {
        self.ledger.answer(number, transaction);
        self.reply(request, peer, b"SIP/2.0 200 OK\r\n");
    }

    fn reply(&self, request: &[u8], peer: SocketAddr, status: &[u8]) {
        let mut reply = Vec::new();
        sip::accept(request, &mut reply);
        let headers = reply.iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let _ = self.socket.send_to(&[status, &reply[headers..]].concat(), peer);
    }

    fn answer_late_ones(&mut self) {
        while self.late.front().is_some_and(|(when, ..)| *when <= Instant::now()) {
            if let Some((_, number, transaction, request, peer)) = self.late.pop_front() {
                self.accept(number, transaction, &request, peer);
            }
        }
    }
}

/// A number for the transaction: of what distinguishes it, the topmost Via and the Call-ID, never 0.
fn transaction(request: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let lines = || request.split(|&byte| byte == b'\n');
    lines().find(|line| line.starts_with(b"Via:")).hash(&mut hasher);
    lines().find(|line| line.starts_with(b"Call-ID:")).hash(&mut hasher);
    hasher.finish().max(1)
}
