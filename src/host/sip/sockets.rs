//! The sockets in which the server takes SIP over UDP (`core/socket_info.h`). Every process has them from the main one.

use std::ffi::c_int;
use std::os::fd::RawFd;
use std::ptr;
use std::time::Duration;

use crate::ffi;

/// The longest datagram there is.
const LONGEST: usize = 65_535;
/// So many datagrams are read from one socket before the next one's turn.
const TURN: usize = 1_000;

/// All of them, to be read when no worker does that any more.
pub struct Sockets {
    /// The first is the bell.
    polled: Vec<libc::pollfd>,
    buffer: Vec<u8>,
}

impl Sockets {
    /// Those of the server, and a bell that ends a wait for them.
    pub fn with_bell(bell: RawFd) -> Self {
        let poll = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut polled = vec![poll(bell)];
        // SAFETY: a list that the main process made before it forked, and that stays as it is.
        let mut next = unsafe { ffi::udp_listen.as_ref() };
        while let Some(socket) = next {
            if socket.socket >= 0 {
                polled.push(poll(socket.socket));
            }
            // SAFETY: as above.
            next = unsafe { socket.next.as_ref() };
        }
        Self { polled, buffer: vec![0; LONGEST] }
    }

    /// Hands over the datagrams that are there. Waits for one, or for the bell, for so long at most.
    pub fn read(&mut self, longest: Duration, mut each: impl FnMut(&[u8])) {
        let millis = c_int::try_from(longest.as_millis()).unwrap_or(c_int::MAX);
        let count = self.polled.len() as libc::nfds_t;
        // SAFETY: reads and writes that many elements of the vector.
        unsafe { libc::poll(self.polled.as_mut_ptr(), count, millis) };
        for socket in self.polled.iter().skip(1) {
            for _ in 0..TURN {
                // SAFETY: writes no more than the buffer holds, and does not wait.
                let length = unsafe {
                    let (buffer, size) = (self.buffer.as_mut_ptr().cast(), self.buffer.len());
                    libc::recvfrom(socket.fd, buffer, size, libc::MSG_DONTWAIT, ptr::null_mut(), ptr::null_mut())
                };
                match usize::try_from(length) {
                    Ok(length) => each(self.buffer.get(..length).unwrap_or_default()),
                    Err(_) => break,
                }
            }
        }
    }
}
