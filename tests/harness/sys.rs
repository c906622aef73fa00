//! The few system calls the standard library has no name for: the harness's only unsafe code.
#![allow(unsafe_code)]

use std::fs::File;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The number of the user who runs the tests.
pub fn user_id() -> u32 {
    // SAFETY: getuid has no preconditions and cannot fail.
    unsafe { libc::getuid() }
}

/// The numbers of a user and of its group, as /etc/passwd has them.
pub fn ids_of(name: &str) -> Option<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let number = |field: Option<&str>| field.and_then(|text| text.parse().ok());
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        Some((number(fields.nth(1))?, number(fields.next())?))
    })
}

/// Sends `signal` to a process, or to a process group given as its negative number.
pub fn send_signal(pid: i32, signal: i32) {
    assert!(!(-1..=1).contains(&pid), "{pid} is no process of a server");
    // SAFETY: kill takes plain numbers and touches no memory of ours.
    unsafe { libc::kill(pid, signal) };
}

/// Locks one byte of a file for as long as the file is open; false if somebody else has it.
pub fn lock_byte(file: &File, at: i64) -> bool {
    // SAFETY: flock is a plain structure of numbers, for which all zeros is a valid value.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = libc::F_WRLCK as libc::c_short;
    range.l_whence = libc::SEEK_SET as libc::c_short;
    range.l_start = at;
    range.l_len = 1;
    // SAFETY: the descriptor is open while the file is borrowed, and fcntl only reads the structure.
    unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &range) == 0 }
}

/// Leaves room for no more than one or two connections that nobody has taken.
pub fn take_few_connections(listener: &TcpListener) {
    // SAFETY: the descriptor is open while the listener is borrowed.
    unsafe { libc::listen(listener.as_raw_fd(), 0) };
}

/// Has the process to be started get a SIGTERM when the thread that starts it ends.
pub fn end_with_us(command: &mut Command) {
    // SAFETY: prctl is a plain system call, which is allowed between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
            Ok(())
        });
    }
}

/// Has `end` called when this process ends.
pub fn at_exit(end: extern "C" fn()) {
    // SAFETY: the function lives as long as the process.
    unsafe { libc::atexit(end) };
}
