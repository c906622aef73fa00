//! A port for a server or an agent, for UDP and TCP, that no other test takes at the same time.
//!
//! The server binds with SO_REUSEADDR, so two of them could share a UDP port unnoticed: a locked byte per port in one
//! file keeps the tests of this user apart, and the range lies below the one the kernel hands out. They are taken one
//! after the other, so that the next to have one has it long after the last.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, process};

use super::sys;

const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

/// A reserved port of 127.0.0.1; free again when dropped.
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Reserves a port that is free for UDP and TCP.
    pub fn reserve() -> Port {
        Port::reserve_with_socket().0
    }

    /// The same, with the UDP socket that has shown that it is free. To bind another one later may fail: a program that
    /// another thread is starting has a copy of the first until its `exec`.
    fn reserve_with_socket() -> (Port, UdpSocket) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let file = env::temp_dir().join(format!("msilo-test-ports-{}", sys::user_id()));
        let lock =
            File::options().create(true).append(true).open(file).expect("the file of the port locks can be made");
        let offset = process::id().wrapping_mul(97);
        for _ in 0..COUNT {
            let step = NEXT.fetch_add(1, Ordering::Relaxed);
            let number = (FIRST + offset.wrapping_add(step) % COUNT) as u16;
            // The locks of this file are all given back when it is closed, those of busy ports among them.
            if let Some(socket) = sys::lock_byte(&lock, number.into()).then(|| socket_on(number)).flatten() {
                return (Port { number, _lock: lock }, socket);
            }
        }
        panic!("no free port between {FIRST} and {}", FIRST + COUNT);
    }

    /// A UDP socket on one. The kernel might give the port of a phone that is gone to the next, which then would get what
    /// the server of another test sends to the first.
    pub fn udp_socket() -> UdpSocket {
        Port::reserve_with_socket().1
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

/// A UDP socket on a port that is free for TCP, too.
fn socket_on(number: u16) -> Option<UdpSocket> {
    let address = (Ipv4Addr::LOCALHOST, number);
    TcpListener::bind(address).and_then(|_| UdpSocket::bind(address)).ok()
}
