//! The sending side of the load generator: so many requests at a time, or so many a second.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use crate::kernel;
use crate::sip;

/// A request without an answer for so long is not answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// How requests follow each other.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So many are unanswered at a time.
    Window(usize),
    /// So many are sent a second, whatever the answers.
    Rate(f64),
}

/// A load.
#[derive(Clone, Copy)]
pub struct Load<'a> {
    /// Where to.
    pub server: SocketAddr,
    /// How fast.
    pub pace: Pace,
    /// How many requests at most.
    pub count: usize,
    /// For how long at most.
    pub time: Duration,
    /// Sockets, each with a thread of its own.
    pub threads: usize,
    /// Writes the request of that number, sent from that address.
    pub request: &'a (dyn Fn(&mut Vec<u8>, SocketAddr, usize) + Sync),
}

/// What came of a load.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// Requests sent.
    pub sent: usize,
    /// Answered with 2xx.
    pub accepted: usize,
    /// Answered otherwise.
    pub refused: usize,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

impl Outcome {
    /// Accepted requests a second.
    pub fn rate(&self) -> f64 {
        self.accepted as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Requests without an answer.
    pub fn unanswered(&self) -> usize {
        self.sent - self.accepted - self.refused
    }
}

impl Load<'_> {
    /// Applies the load.
    pub fn run(&self) -> Outcome {
        let begin = Instant::now();
        let outcomes: Vec<Outcome> = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..self.threads).map(|index| scope.spawn(move || Caller::new(self, index, begin).run())).collect();
            threads.into_iter().map(|thread| thread.join().expect("a caller does not panic")).collect()
        });
        outcomes.into_iter().fold(Outcome::default(), |sum, one| Outcome {
            sent: sum.sent + one.sent,
            accepted: sum.accepted + one.accepted,
            refused: sum.refused + one.refused,
            elapsed: sum.elapsed.max(one.elapsed),
        })
    }
}

/// One socket and its share of the load.
struct Caller<'a> {
    load: &'a Load<'a>,
    index: usize,
    begin: Instant,
    socket: UdpSocket,
    own: SocketAddr,
    outcome: Outcome,
    request: Vec<u8>,
}

impl<'a> Caller<'a> {
    fn new(load: &'a Load<'a>, index: usize, begin: Instant) -> Caller<'a> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a UDP socket can be bound");
        kernel::enlarge_buffer(&socket).expect("a receive buffer can be set");
        socket.set_nonblocking(true).expect("a socket can be made non-blocking");
        let own = socket.local_addr().expect("a bound socket has an address");
        Caller { load, index, begin, socket, own, outcome: Outcome::default(), request: Vec::new() }
    }

    fn run(mut self) -> Outcome {
        let mut heard = Instant::now();
        loop {
            let due = self.due();
            for _ in 0..due {
                self.send();
            }
            let waiting = self.outcome.unanswered();
            if self.is_over() && (waiting == 0 || heard.elapsed() > PATIENCE) {
                return self.outcome;
            }
            if matches!(self.load.pace, Pace::Window(_)) && waiting > 0 && heard.elapsed() > PATIENCE {
                return self.outcome;
            }
            let longest = match self.load.pace {
                Pace::Rate(_) => Duration::from_millis(1),
                Pace::Window(_) => Duration::from_millis(20),
            };
            if kernel::readable(&self.socket, longest) && self.receive() {
                heard = Instant::now();
            }
        }
    }

    fn is_over(&self) -> bool {
        self.outcome.sent >= self.share(self.load.count) || self.begin.elapsed() >= self.load.time
    }

    /// This thread's part of a number; the first threads take what does not divide.
    fn share(&self, whole: usize) -> usize {
        whole / self.load.threads + usize::from(self.index < whole % self.load.threads)
    }

    /// How many requests are to be sent now.
    fn due(&self) -> usize {
        if self.is_over() {
            return 0;
        }
        let wanted = match self.load.pace {
            Pace::Window(window) => self.share(window).saturating_sub(self.outcome.unanswered()),
            Pace::Rate(rate) => {
                let share = rate * self.begin.elapsed().as_secs_f64() / self.load.threads as f64;
                (share as usize).saturating_sub(self.outcome.sent)
            }
        };
        wanted.min(self.share(self.load.count) - self.outcome.sent)
    }

    fn send(&mut self) {
        let number = self.outcome.sent * self.load.threads + self.index;
        (self.load.request)(&mut self.request, self.own, number);
        let _ = self.socket.send_to(&self.request, self.load.server);
        self.outcome.sent += 1;
    }

    /// Takes the replies that are there. Returns whether there were final ones.
    fn receive(&mut self) -> bool {
        let mut datagram = [0; 4096];
        let mut any = false;
        while let Ok(length) = self.socket.recv(&mut datagram) {
            match sip::status(&datagram[..length]) {
                Some(200..=299) => self.outcome.accepted += 1,
                Some(300..=699) => self.outcome.refused += 1,
                _ => continue,
            }
            self.outcome.elapsed = self.begin.elapsed();
            any = true;
        }
        any
    }
}
