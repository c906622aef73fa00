//! The receiving side of the load generator: a phone that answers every MESSAGE with 200 at once.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::{kernel, sip};

/// How often the phone looks whether it is to end, and how often somebody who waits for it looks.
const LOOK: Duration = Duration::from_millis(2);

/// A registered phone, with a thread of its own.
pub struct Phone {
    socket: UdpSocket,
    address: SocketAddr,
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

/// What a phone has received.
struct Seen {
    begin: Instant,
    /// For each message: nanoseconds from `begin` to its first arrival, 0 when it did not come.
    arrivals: Vec<AtomicU64>,
    distinct: AtomicUsize,
    last: AtomicU64,
    end: AtomicBool,
}

impl Phone {
    /// A phone that waits for messages with the numbers below `count`.
    pub fn start(count: usize) -> Phone {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a UDP socket can be bound");
        kernel::enlarge_buffer(&socket).expect("a receive buffer can be set");
        let seen = Arc::new(Seen {
            begin: Instant::now(),
            arrivals: (0..count).map(|_| AtomicU64::new(0)).collect(),
            distinct: AtomicUsize::new(0),
            last: AtomicU64::new(0),
            end: AtomicBool::new(false),
        });
        let address = socket.local_addr().expect("a bound socket has an address");
        let thread = {
            let (socket, seen) = (socket.try_clone().expect("a socket can be shared"), Arc::clone(&seen));
            socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout can be set");
            thread::spawn(move || seen.answer_all(&socket))
        };
        Phone { socket, address, seen, thread: Some(thread) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Registers it as `user`, and returns the time at which the REGISTER went out.
    pub fn register(&self, server: SocketAddr, user: &str) -> Duration {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let mut request = Vec::new();
        sip::register(&mut request, self.address, user, NUMBER.fetch_add(1, Ordering::Relaxed));
        let sent = self.seen.begin.elapsed();
        self.socket.send_to(&request, server).expect("a REGISTER can be sent");
        sent
    }

    /// How many different messages have arrived.
    pub fn distinct(&self) -> usize {
        self.seen.distinct.load(Ordering::Acquire)
    }

    /// When the last new message arrived.
    pub fn last(&self) -> Duration {
        Duration::from_nanos(self.seen.last.load(Ordering::Acquire))
    }

    /// The time that the phone's clock shows.
    pub fn now(&self) -> Duration {
        self.seen.begin.elapsed()
    }

    /// When a message first arrived.
    pub fn arrival(&self, number: usize) -> Option<Duration> {
        let nanos = self.seen.arrivals.get(number)?.load(Ordering::Acquire);
        (nanos > 0).then(|| Duration::from_nanos(nanos))
    }

    /// Waits until all messages are there, or nothing has come for `quiet`.
    pub fn wait(&self, quiet: Duration) {
        let begin = self.now();
        while self.distinct() < self.seen.arrivals.len() && self.now() < self.last().max(begin) + quiet {
            thread::sleep(LOOK);
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.seen.end.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Seen {
    fn answer_all(&self, socket: &UdpSocket) {
        let (mut datagram, mut reply) = ([0; 65_536], Vec::new());
        while !self.end.load(Ordering::Acquire) {
            let Ok((length, peer)) = socket.recv_from(&mut datagram) else { continue };
            let request = &datagram[..length];
            if !request.starts_with(b"MESSAGE ") {
                continue;
            }
            sip::accept(request, &mut reply);
            let _ = socket.send_to(&reply, peer);
            self.note(sip::number(request));
        }
    }

    fn note(&self, number: Option<usize>) {
        let Some(arrival) = number.and_then(|number| self.arrivals.get(number)) else { return };
        let now = u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if arrival.load(Ordering::Relaxed) > 0 {
            return;
        }
        arrival.store(now, Ordering::Release);
        self.last.store(now, Ordering::Release);
        self.distinct.fetch_add(1, Ordering::Release);
    }
}
