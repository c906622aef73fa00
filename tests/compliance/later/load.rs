//! Messages and OPTIONS at a rate, whether or not anybody answers.

use std::collections::HashMap;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Server, DEADLINE};

/// What became of a load.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The number of each message, with the code of its answer and how long that took.
    pub answers: HashMap<usize, (u16, Duration)>,
    /// How many messages were sent.
    pub sent: usize,
    /// How long each OPTIONS took.
    pub options: Vec<Duration>,
    /// OPTIONS that nobody answered.
    pub unanswered_options: usize,
}

impl Outcome {
    /// The numbers of the messages with that answer.
    pub fn with(&self, code: u16) -> Vec<usize> {
        let mut numbers: Vec<_> = self.answers.iter().filter(|(_, (c, _))| *c == code).map(|(&n, _)| n).collect();
        numbers.sort_unstable();
        numbers
    }

    /// What a percentage of the OPTIONS took at most.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut times = self.options.clone();
        times.sort_unstable();
        times.get(times.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default()
    }
}

/// Sends messages to bob, so many a second, and OPTIONS one after the other, while `work` is done; then waits for the
/// answers that are still to come.
pub fn while_messages_come(server: &Server, rate: u32, work: impl FnOnce()) -> Outcome {
    let messages = UdpSocket::bind("127.0.0.1:0").expect("a socket can be bound");
    // Nobody sends any more only when the sender says so: it may be at a last one when it is to end.
    let (over, sent_all) = (AtomicBool::new(false), AtomicBool::new(false));
    let (sent, times, outcome) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(Outcome::default()));
    let lock = "nobody panics with it";
    thread::scope(|scope| {
        scope.spawn(|| {
            let begin = Instant::now();
            for number in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                times.lock().expect(lock).push(Instant::now());
                let request = request(server, &messages, "MESSAGE", &format!("message-{number}"), &number.to_string());
                messages.send_to(&request, server.address()).expect("it is sent");
                sent.store(number + 1, Ordering::Release);
                let next = begin + Duration::from_secs(1) * (u32::try_from(number).unwrap_or(u32::MAX) + 1) / rate;
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            sent_all.store(true, Ordering::Release);
        });
        scope.spawn(|| {
            messages.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout can be set");
            let mut buffer = [0; 4096];
            let mut last = Instant::now();
            loop {
                if let Ok(length) = messages.recv(&mut buffer) {
                    last = Instant::now();
                    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    let code: u16 = text.get(8..11).and_then(|code| code.parse().ok()).unwrap_or(0);
                    let number = text
                        .split_once("message-")
                        .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok());
                    if let (Some(number), 200..) = (number, code) {
                        let took = times.lock().expect(lock)[number].elapsed();
                        outcome.lock().expect(lock).answers.entry(number).or_insert((code, took));
                    }
                }
                let answered = outcome.lock().expect(lock).answers.len();
                let ended = sent_all.load(Ordering::Acquire);
                if ended && (answered == sent.load(Ordering::Acquire) || last.elapsed() > DEADLINE) {
                    break;
                }
            }
        });
        scope.spawn(|| {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket can be bound");
            socket.set_read_timeout(Some(Duration::from_secs(1))).expect("a timeout can be set");
            for number in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let begin = Instant::now();
                let request = request(server, &socket, "OPTIONS", &format!("options-{number}"), "");
                socket.send_to(&request, server.address()).expect("it is sent");
                let answered = socket.recv(&mut [0; 4096]).is_ok();
                let mut outcome = outcome.lock().expect(lock);
                match answered {
                    true => outcome.options.push(begin.elapsed()),
                    false => outcome.unanswered_options += 1,
                }
                drop(outcome);
                thread::sleep(Duration::from_millis(20).saturating_sub(begin.elapsed()));
            }
        });
        work();
        over.store(true, Ordering::Relaxed);
    });
    let mut outcome = outcome.into_inner().expect(lock);
    outcome.sent = sent.into_inner();
    outcome
}

fn request(server: &Server, socket: &UdpSocket, method: &str, id: &str, body: &str) -> Vec<u8> {
    let (domain, from) = (server.domain(), socket.local_addr().expect("it has an address"));
    let kind = if body.is_empty() { "" } else { "Content-Type: text/x-number\r\n" };
    format!(
        "{method} sip:bob@{domain} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK-{id}-{}\r\nMax-Forwards: 70\r\n\
         From: <sip:alice@{domain}>;tag={id}\r\nTo: <sip:bob@{domain}>\r\nCall-ID: {id}\r\nCSeq: 1 {method}\r\n\
         {kind}Content-Length: {}\r\n\r\n{body}",
        from.port(),
        body.len()
    )
    .into_bytes()
}
