//! The few system calls the standard library has no name for: the only unsafe code of the benchmark.
#![allow(unsafe_code)]

use std::io;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::time::Duration;

/// CPU time that a process has used so far, user and system; zero if it is gone.
pub fn cpu_of(pid: u32) -> Duration {
    let mut clock = 0;
    // SAFETY: writes a number into a local variable.
    match unsafe { libc::clock_getcpuclockid(pid as libc::pid_t, &mut clock) } {
        0 => read(clock),
        _ => Duration::ZERO,
    }
}

/// CPU time that the children of a process, which live, have used so far.
pub fn cpu_of_children(pid: u32) -> Duration {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    children.split_whitespace().filter_map(|child| child.parse().ok()).map(cpu_of).sum()
}

/// CPU time that this process has used so far.
pub fn own_cpu() -> Duration {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: fills a local structure; a clock that is gone leaves it as it is.
    unsafe { libc::clock_gettime(clock, &mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Gives a socket the largest receive buffer that the system allows.
pub fn enlarge_buffer(socket: &UdpSocket) -> io::Result<()> {
    let wanted: libc::c_int = 8 << 20;
    let size = size_of::<libc::c_int>() as libc::socklen_t;
    let value = (&raw const wanted).cast();
    // SAFETY: an open socket and a value of the size given.
    match unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUF, value, size) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Waits until a socket has something to read, at most so long. Returns whether it has.
pub fn readable(socket: &UdpSocket, longest: Duration) -> bool {
    let mut poll = libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let seconds = libc::time_t::try_from(longest.as_secs()).unwrap_or(libc::time_t::MAX);
    let longest = libc::timespec { tv_sec: seconds, tv_nsec: longest.subsec_nanos().into() };
    // SAFETY: one descriptor and a time in local variables.
    unsafe { libc::ppoll(&mut poll, 1, &longest, std::ptr::null()) > 0 }
}
