//! The phones of all users: one socket, which answers each message as the trial wants it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::ledger::Ledger;
use super::{kernel, sip};

/// A message that comes to a phone for the first time in this transaction.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its number.
    pub number: usize,
    /// Whose phone.
    pub user: usize,
    /// How often it came before, in other transactions.
    pub before: usize,
    /// Who sends it.
    pub server: SocketAddr,
}

/// What a phone does with it.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    /// Answers with this code, so much later.
    With(u16, Duration),
    /// Says nothing.
    Silence,
}

type Policy = Box<dyn Fn(&Call) -> Reply + Send>;

/// All phones, with a thread of their own.
pub struct Phones {
    socket: UdpSocket,
    address: SocketAddr,
    policy: Arc<Mutex<Policy>>,
    end: Arc<AtomicBool>,
    registers: AtomicUsize,
    thread: Option<JoinHandle<()>>,
}

/// Name of a user.
pub fn name(user: usize) -> String {
    format!("user{user}")
}

impl Phones {
    /// Phones that write into this ledger what they answer: 200, at once.
    pub fn start(ledger: &Ledger) -> Phones {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a UDP socket can be bound");
        kernel::enlarge_buffer(&socket).expect("a receive buffer can be set");
        socket.set_nonblocking(true).expect("a socket can be made non-blocking");
        let address = socket.local_addr().expect("a bound socket has an address");
        let accept: Policy = Box::new(|_| Reply::With(200, Duration::ZERO));
        let (policy, end) = (Arc::new(Mutex::new(accept)), Arc::<AtomicBool>::default());
        let answering = Answering {
            socket: socket.try_clone().expect("a socket can be shared"),
            ledger: ledger.clone(),
            policy: Arc::clone(&policy),
            later: BinaryHeap::new(),
        };
        let thread = {
            let end = Arc::clone(&end);
            thread::spawn(move || answering.run(&end))
        };
        Phones { socket, address, policy, end, registers: AtomicUsize::new(0), thread: Some(thread) }
    }

    /// From now on they answer like this.
    pub fn behave(&self, policy: impl Fn(&Call) -> Reply + Send + 'static) {
        *self.policy.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(policy);
    }

    /// Registers a user's phone: one REGISTER, sent to all these servers at once.
    pub fn register(&self, user: usize, servers: &[SocketAddr]) {
        let mut request = Vec::new();
        let number = self.registers.fetch_add(1, Ordering::Relaxed);
        sip::register(&mut request, self.address, &name(user), number);
        for server in servers {
            let _ = self.socket.send_to(&request, server);
        }
    }
}

impl Drop for Phones {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Release);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// An answer for later.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Later {
    when: Reverse<Instant>,
    number: usize,
    transaction: u64,
    code: u16,
    peer: SocketAddr,
    request: Vec<u8>,
}

/// What the thread works with.
struct Answering {
    socket: UdpSocket,
    ledger: Ledger,
    policy: Arc<Mutex<Policy>>,
    later: BinaryHeap<Later>,
}

impl Answering {
    fn run(mut self, end: &AtomicBool) {
        let mut datagram = [0; 65_536];
        while !end.load(Ordering::Acquire) {
            let next = self.later.peek().map(|later| later.when.0.saturating_duration_since(Instant::now()));
            kernel::readable(&self.socket, next.unwrap_or(Duration::from_millis(20)).min(Duration::from_millis(20)));
            while let Ok((length, peer)) = self.socket.recv_from(&mut datagram) {
                if datagram.starts_with(b"MESSAGE ") {
                    self.hear(&datagram[..length], peer);
                }
                self.answer_those_due();
            }
            self.answer_those_due();
        }
    }

    fn hear(&mut self, request: &[u8], server: SocketAddr) {
        let (number, transaction) = (sip::number(request).unwrap_or(usize::MAX), transaction(request));
        let Some(before) = self.ledger.arrive(number, transaction, server) else {
            // A retransmission, or a message that nobody has sent.
            if let Some(code) = self.ledger.answered(number, transaction) {
                self.reply(request, server, code);
            }
            return;
        };
        let call = Call { number, user: self.ledger.user(number), before, server };
        let reply = self.policy.lock().unwrap_or_else(PoisonError::into_inner)(&call);
        let Reply::With(code, delay) = reply else { return };
        let when = Reverse(Instant::now() + delay);
        self.later.push(Later { when, number, transaction, code, peer: server, request: request.to_vec() });
    }

    fn answer_those_due(&mut self) {
        while self.later.peek().is_some_and(|later| later.when.0 <= Instant::now()) {
            let Some(Later { number, transaction, code, peer, request, .. }) = self.later.pop() else { return };
            // Written down first: whoever sees the answer may send the next one at once.
            self.ledger.answer(number, transaction, code);
            self.reply(&request, peer, code);
        }
    }

    fn reply(&self, request: &[u8], peer: SocketAddr, code: u16) {
        let mut reply = Vec::new();
        sip::accept(request, &mut reply);
        let headers = reply.iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let status = format!("SIP/2.0 {code} {}\r\n", if code < 300 { "OK" } else { "Busy Here" });
        let _ = self.socket.send_to(&[status.as_bytes(), &reply[headers..]].concat(), peer);
    }
}

/// A number for the transaction: of what distinguishes it, the topmost Via and the Call-ID.
fn transaction(request: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let lines = || request.split(|&byte| byte == b'\n');
    lines().find(|line| line.starts_with(b"Via:")).hash(&mut hasher);
    lines().find(|line| line.starts_with(b"Call-ID:")).hash(&mut hasher);
    hasher.finish()
}
