//! The sender of the messages: so many at a time, with the retransmissions that UDP asks for, until each has an answer.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::ledger::Ledger;
use super::phone::{user, USERS};
use super::{kernel, sip};

/// How many wait for an answer at a time.
const WINDOW: usize = 64;
/// When a request without an answer is sent again.
const AGAIN: Duration = Duration::from_secs(2);
/// When it is given up, which ends the soak: nobody knows then whether it is stored.
const PATIENCE: Duration = Duration::from_secs(120);

/// Sends the messages with these numbers, and returns those that the server has refused.
pub fn send(server: SocketAddr, ledger: &Ledger, numbers: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a UDP socket can be bound");
    kernel::enlarge_buffer(&socket).expect("a receive buffer can be set");
    socket.set_nonblocking(true).expect("a socket can be made non-blocking");
    let own = socket.local_addr().expect("a bound socket has an address");
    let (mut numbers, mut waiting, mut refused) = (numbers.into_iter(), HashMap::new(), Vec::new());
    let mut heard = Instant::now();
    loop {
        while waiting.len() < WINDOW {
            let Some(number) = numbers.next() else { break };
            transmit(&socket, server, own, number);
            waiting.insert(number, Instant::now());
        }
        if waiting.is_empty() {
            return refused;
        }
        assert!(heard.elapsed() < PATIENCE, "the server does not answer {} messages any more", waiting.len());
        if !kernel::readable(&socket, Duration::from_millis(100)) {
            for (number, sent) in waiting.iter_mut().filter(|(_, sent)| sent.elapsed() > AGAIN) {
                transmit(&socket, server, own, *number);
                *sent = Instant::now();
            }
            continue;
        }
        let mut datagram = [0; 4096];
        while let Ok(length) = socket.recv(&mut datagram) {
            let reply = &datagram[..length];
            let (Some(status @ 200..), Some(number)) = (sip::status(reply), number_of(reply)) else { continue };
            if waiting.remove(&number).is_none() {
                continue;
            }
            heard = Instant::now();
            if status < 300 {
                ledger.accept(number);
            } else {
                ledger.refuse_store();
                refused.push(number);
            }
        }
    }
}

fn transmit(socket: &UdpSocket, server: SocketAddr, own: SocketAddr, number: usize) {
    let mut request = Vec::new();
    sip::message(&mut request, own, &user(number % USERS), number);
    let _ = socket.send_to(&request, server);
}

/// The number of the message that this is the reply to: `Call-ID: m17-40001@alice`.
fn number_of(reply: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(reply).ok()?;
    let call = text.split_once("Call-ID: m")?.1;
    call.split_once('-')?.0.parse().ok()
}
