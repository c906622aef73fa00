//! Whether a process still lives, asked by others that are not its parent.
//!
//! A pid does not tell: another process may have it by now, or the one meant lies there dead because its parent, too,
//! has ended. The kernel drops the record locks of a process when it ends, however that comes.

use std::ffi::{c_int, c_short};
use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering};

/// A file without a name that the process locks. Every process has a copy of this handle, made by `fork`.
#[derive(Debug)]
pub struct Presence {
    file: RawFd,
    /// This process is the one: its own lock is none to the kernel.
    is_us: AtomicBool,
}

impl Presence {
    /// Makes one, in `mod_init`, so that every process gets it.
    ///
    /// # Errors
    /// When the system has no room for it.
    pub fn create() -> io::Result<Self> {
        // SAFETY: the name is a constant that ends with NUL.
        match unsafe { libc::memfd_create(c"msilo".as_ptr(), libc::MFD_CLOEXEC) } {
            -1 => Err(io::Error::last_os_error()),
            file => Ok(Self { file, is_us: AtomicBool::new(false) }),
        }
    }

    /// From now on this process is the one that is asked about, until it ends.
    ///
    /// # Errors
    /// When another one is, or the system has no room for the lock.
    pub fn announce(&self) -> io::Result<()> {
        self.control(libc::F_SETLK)?;
        self.is_us.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a process that has announced itself has ended, or none has. One system call.
    pub fn is_over(&self) -> bool {
        !self.is_us.load(Ordering::Relaxed)
            && self.control(libc::F_GETLK).is_ok_and(|lock| c_int::from(lock.l_type) == libc::F_UNLCK)
    }

    fn control(&self, command: c_int) -> io::Result<libc::flock> {
        // SAFETY: all zeroes is a valid value: the whole file.
        let mut lock: libc::flock = unsafe { std::mem::zeroed() };
        lock.l_type = libc::F_WRLCK as c_short;
        lock.l_whence = libc::SEEK_SET as c_short;
        // SAFETY: both commands read and write a local variable, and do not wait.
        match unsafe { libc::fcntl(self.file, command, &mut lock) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(lock),
        }
    }
}
