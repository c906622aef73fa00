//! A port for a server, for UDP and TCP, that no other test takes at the same time.
//!
//! The server binds with SO_REUSEADDR, so two of them could share a UDP port unnoticed: a locked byte per port in one
//! file keeps the tests of this user apart, and the range lies below the one the kernel hands out to the agents.

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
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let file = env::temp_dir().join(format!("msilo-test-ports-{}", sys::user_id()));
        let lock =
            File::options().create(true).append(true).open(file).expect("the file of the port locks can be made");
        let offset = process::id().wrapping_mul(97);
        for _ in 0..COUNT {
            let step = NEXT.fetch_add(1, Ordering::Relaxed);
            let number = (FIRST + offset.wrapping_add(step) % COUNT) as u16;
            // The locks of this file are all given back when it is closed, those of busy ports among them.
            if sys::lock_byte(&lock, number.into()) && is_free(number) {
                return Port { number, _lock: lock };
            }
        }
        panic!("no free port between {FIRST} and {}", FIRST + COUNT);
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

fn is_free(number: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, number);
    UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok()
}
