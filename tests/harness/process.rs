//! The server as a process: started in a process group of its own, so that nothing of it can be left behind unseen.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::sys;
use super::wait::within;

/// A running server and everything it forked.
pub struct Process {
    main: Child,
    /// The server is a child of the process that was started.
    below: bool,
}

impl Process {
    /// Starts `command` with its standard error appended to `log`. It gets a SIGTERM should the test vanish.
    pub fn start(command: &mut Command, log: &Path) -> Process {
        let log = File::options().create(true).append(true).open(log).expect("the log can be opened");
        let stdout = log.try_clone().expect("the log can be shared");
        command.stdin(Stdio::null()).stdout(stdout).stderr(log).process_group(0);
        sys::end_with_us(command);
        let main = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        Process { main, below: false }
    }

    /// Starts `command`, which runs the server as its child and ends as that does.
    pub fn start_below(command: &mut Command, log: &Path) -> Process {
        Process { below: true, ..Process::start(command, log) }
    }

    /// The pid of the main process, which is that of the group too.
    pub fn pid(&self) -> u32 {
        self.main.id()
    }

    /// Sends `signal` to the server's main process.
    pub fn signal(&self, signal: i32) {
        let is_server = |pid: &u32| Stat::of(*pid).is_some_and(|stat| stat.parent == self.pid());
        let server = self.pids().into_iter().find(is_server).filter(|_| self.below);
        sys::send_signal(server.unwrap_or(self.pid()) as i32, signal);
    }

    /// Sends `signal` to the main process and all it forked.
    pub fn signal_all(&self, signal: i32) {
        sys::send_signal(-(self.pid() as i32), signal);
    }

    /// The exit status, if the main process has ended.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.main.try_wait().expect("the server can be waited for")
    }

    /// Waits for the end of the main process.
    pub fn wait(&mut self, deadline: Duration) -> Option<ExitStatus> {
        within(deadline, || self.exited())
    }

    /// Kills everything, and waits until it is gone.
    pub fn kill(&mut self) {
        self.signal_all(libc::SIGKILL);
        let _ = self.wait(Duration::from_secs(5));
        let _ = within(Duration::from_secs(5), || self.members().is_empty().then_some(()));
    }

    /// The pids of the group that are still alive.
    pub fn pids(&self) -> Vec<u32> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        entries
            .filter_map(Result::ok)
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid| Stat::of(*pid).is_some_and(|stat| stat.alive() && stat.group == self.pid()))
            .collect()
    }

    /// Pid and command line of each process of the group that is still alive.
    pub fn members(&self) -> Vec<String> {
        self.pids().into_iter().map(describe).collect()
    }

    /// Whether every process of the group sleeps, waiting for something to do.
    pub fn is_idle(&self) -> bool {
        let mut states = self.pids().into_iter().filter_map(Stat::of);
        states.all(|stat| stat.state == "S" || !stat.alive())
    }

    /// Sends SIGKILL to one process of the group.
    pub fn kill_member(&self, pid: u32) {
        if self.pids().contains(&pid) {
            sys::send_signal(pid as i32, libc::SIGKILL);
        }
    }
}

/// Whether a process waits, for whatever it is.
pub fn is_asleep(pid: u32) -> bool {
    Stat::of(pid).is_some_and(|stat| stat.state == "S")
}

/// What the kernel says about a process.
struct Stat {
    state: String,
    parent: u32,
    group: u32,
}

impl Stat {
    fn of(pid: u32) -> Option<Stat> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?.to_owned();
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(Stat { state, parent, group })
    }

    fn alive(&self) -> bool {
        self.state != "Z" && self.state != "X"
    }
}

fn describe(pid: u32) -> String {
    let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    format!("{pid} {}", command.replace('\0', " "))
}
