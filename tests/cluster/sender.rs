//! The senders of the messages: each server in turn is asked to store them, in the order of their numbers.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::ops::Range;
use std::time::{Duration, Instant};

use super::phone::name;
use super::{kernel, sip};

/// How many wait for an answer at a time.
const WINDOW: usize = 64;
/// When a request without an answer is sent again.
const AGAIN: Duration = Duration::from_secs(2);
/// When it is given up, which ends the trial.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stores the messages with these numbers, for so many users in turn. Nobody's second message is sent before the first is
/// stored. What is refused is sent again, as somebody would; gives how often that was.
pub fn store(servers: &[SocketAddr], inboxes: usize, numbers: Range<usize>) -> usize {
    let mut refusals = 0;
    for start in numbers.clone().step_by(inboxes) {
        let mut open: Vec<usize> = (start..numbers.end.min(start + inboxes)).collect();
        let begin = Instant::now();
        while !open.is_empty() {
            assert!(begin.elapsed() < PATIENCE, "{} messages are refused again and again", open.len());
            open = send(servers, inboxes, &open);
            refusals += open.len();
        }
    }
    refusals
}

/// Sends them once, and returns those that were refused.
fn send(servers: &[SocketAddr], inboxes: usize, numbers: &[usize]) -> Vec<usize> {
    // A socket of its own each time: what was refused is another request then.
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a UDP socket can be bound");
    kernel::enlarge_buffer(&socket).expect("a receive buffer can be set");
    socket.set_nonblocking(true).expect("a socket can be made non-blocking");
    let own = socket.local_addr().expect("a bound socket has an address");
    let transmit = |number: usize| {
        let mut request = Vec::new();
        sip::message(&mut request, own, &name(number % inboxes), number);
        let _ = socket.send_to(&request, servers[number % servers.len()]);
    };
    let (mut numbers, mut waiting, mut refused) = (numbers.iter().copied(), HashMap::new(), Vec::new());
    let mut heard = Instant::now();
    loop {
        while waiting.len() < WINDOW {
            let Some(number) = numbers.next() else { break };
            transmit(number);
            waiting.insert(number, Instant::now());
        }
        if waiting.is_empty() {
            return refused;
        }
        assert!(heard.elapsed() < PATIENCE, "the servers do not answer {} messages any more", waiting.len());
        kernel::readable(&socket, Duration::from_millis(100));
        let mut datagram = [0; 4096];
        while let Ok(length) = socket.recv(&mut datagram) {
            let reply = &datagram[..length];
            let (Some(status @ 200..), Some(number)) = (sip::status(reply), number_of(reply)) else { continue };
            if waiting.remove(&number).is_some() {
                heard = Instant::now();
                refused.extend((status >= 300).then_some(number));
            }
        }
        for (number, sent) in waiting.iter_mut().filter(|(_, sent)| sent.elapsed() > AGAIN) {
            transmit(*number);
            *sent = Instant::now();
        }
    }
}

/// The number of the message that this is the reply to: `Call-ID: m17-40001@alice`.
fn number_of(reply: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(reply).ok()?;
    let call = text.split_once("Call-ID: m")?.1;
    call.split_once('-')?.0.parse().ok()
}
