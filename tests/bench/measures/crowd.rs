//! Everybody registers within a second, and everybody has messages.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::delivery::QUIET;
use crate::caller::{Load, Pace};
use crate::config::Config;
use crate::phone::Phone;
use crate::run::Run;
use crate::server::{Module, Server};
use crate::sip;

/// Messages a second, from the first REGISTER to the last message.
pub const RATE: &str = "1000 users with 10 messages each (messages/s)";
/// Messages that did not arrive.
pub const LOST: &str = "1000 users with 10 messages each, lost";
/// Users who got theirs in another order.
pub const DISORDERED: &str = "1000 users with 10 messages each, users who got them in another order";
/// The time until an OPTIONS is answered, in 99 of 100 cases, while the messages are delivered.
pub const LATENCY: &str = "1000 users with 10 messages each, OPTIONS meanwhile (p99, ms)";

const USERS: usize = 1000;
const EACH: usize = 10;
/// REGISTERs a second: all of them are there after one.
const REGISTERS: f64 = 1000.0;
/// An OPTIONS is sent so often, but not before the one before is answered.
const PROBE: Duration = Duration::from_millis(2);

/// Those that are compared.
pub const COMPARED: [Module; 4] = [Module::C, Module::Ours(1), Module::Contacts(1), Module::Contacts(64)];

/// One crowd on each module.
pub fn measure(run: &mut Run, database: usize) {
    for module in COMPARED {
        let source = &run.databases[database];
        let subject = (source.name(), 0, module);
        run.tell(&format!("{USERS} users, {}, {module}", source.name()));
        source.fill_crowd(USERS, 0..USERS * EACH);
        let server = Server::start(&Config::new(module), source);
        let phone = Phone::start(USERS * EACH);
        let over = AtomicBool::new(false);
        let (begin, mut latencies) = thread::scope(|scope| {
            let probe = scope.spawn(|| probe(server.address(), &over));
            let begin = phone.now();
            register(&server, &phone, USERS, Pace::Rate(REGISTERS));
            phone.wait(QUIET);
            over.store(true, Ordering::Release);
            (begin, probe.join().unwrap_or_default())
        });
        server.stop();
        latencies.sort_unstable();
        let p99 = latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default();
        let seconds = phone.last().saturating_sub(begin).as_secs_f64();
        run.note(subject, RATE, phone.distinct() as f64 / seconds.max(1e-9));
        run.note(subject, LOST, (USERS * EACH - phone.distinct()) as f64);
        run.note(subject, DISORDERED, (0..USERS).filter(|user| !is_in_order(&phone, *user)).count() as f64);
        run.note(subject, LATENCY, p99.as_secs_f64() * 1e3);
    }
}

/// Registers so many users.
pub fn register(server: &Server, phone: &Phone, users: usize, pace: Pace) {
    let contact = phone.address();
    let request = |buffer: &mut Vec<u8>, own, number: usize| {
        sip::register_for(buffer, own, contact, &format!("user{number}"), number);
    };
    let time = Duration::from_secs(5);
    Load { server: server.address(), pace, count: users, time, threads: 1, request: &request }.run();
}

/// Whether this user's messages came in the order of their numbers, as far as they came.
fn is_in_order(phone: &Phone, user: usize) -> bool {
    let arrivals: Vec<Duration> = (0..EACH).filter_map(|n| phone.arrival(user + n * USERS)).collect();
    arrivals.is_sorted()
}

/// How long OPTIONS took to be answered, until it is over.
fn probe(server: SocketAddr, over: &AtomicBool) -> Vec<Duration> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a UDP socket can be bound");
    socket.set_read_timeout(Some(Duration::from_secs(1))).expect("a timeout can be set");
    let own = socket.local_addr().expect("a bound socket has an address");
    let (mut request, mut reply, mut latencies) = (Vec::new(), [0; 4096], Vec::new());
    while !over.load(Ordering::Acquire) {
        sip::options(&mut request, own, latencies.len());
        let sent = Instant::now();
        let _ = socket.send_to(&request, server);
        let _ = socket.recv_from(&mut reply);
        latencies.push(sent.elapsed());
        thread::sleep(PROBE.saturating_sub(sent.elapsed()));
    }
    latencies
}
