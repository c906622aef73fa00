//! The end of a server: it stops on SIGTERM, and leaves nothing behind but what the test has announced.

use std::time::Duration;
use std::{env, fs, thread};

use crate::harness::failure::{say, LOG_FOLLOWS};
use crate::harness::process::Process;
use crate::harness::server::{Server, PATIENCE};
use crate::harness::stack::{stack, waits_for_a_dead_timer};
use crate::harness::wait::within;

/// How long a stop takes at most, unless something hangs.
const STUCK: Duration = Duration::from_secs(5);

impl Server {
    pub(in crate::harness) fn stop_checked(&self, mut process: Process) -> Result<(), String> {
        if let Some(status) = process.exited() {
            process.kill();
            return Err(format!("the server had ended before it was stopped: {status}"));
        }
        let workers = self.workers();
        // Kamailio logs in its signal handler: a process that is just logging when SIGTERM comes hangs for ever.
        let _ = within(Duration::from_secs(2), || process.is_idle().then_some(()));
        process.signal(libc::SIGTERM);
        if process.wait(STUCK).is_none() {
            // That hang after all: of a busy worker, or among the TCP processes, which log when the first of them
            // ends. It has nothing to do with modules.
            workers.iter().for_each(|pid| process.kill_member(*pid));
        }
        let Some(status) = process.wait(PATIENCE) else {
            return self.stuck(process);
        };
        if within(Duration::from_secs(2), || process.pids().is_empty().then_some(())).is_none() {
            let left = process.members();
            process.signal_all(libc::SIGKILL);
            return Err(format!("the server left processes behind: {left:#?}"));
        }
        if !status.success() {
            return Err(format!("the server did not end cleanly: {status}"));
        }
        self.check_traces()
    }

    /// A server that does not stop: no fault of a module's where main alone is left, and waits in vain for a timer lock.
    fn stuck(&self, mut process: Process) -> Result<(), String> {
        let left = stacks(&process);
        let commands = process.members();
        process.kill();
        match &left[..] {
            [(pid, stack)] if *pid == process.pid() && waits_for_a_dead_timer(stack) => {
                say(&format!("the server was killed: Kamailio waited for the timer lock of a dead process\n{stack}"));
                self.check_traces()
            }
            _ => {
                let stacks = shown(&left);
                Err(format!(
                    "the server did not stop in {PATIENCE:?}; still there: {commands:#?}, with the stacks{stacks}"
                ))
            }
        }
    }

    /// The processes of the server's own, without the main one: not that of the module.
    fn workers(&self) -> Vec<u32> {
        let all = self.rpc.processes().unwrap_or_default();
        let not_these = ["main process", "stand-alone receiver", "MSILO"];
        let is_worker = |name: &str| !not_these.iter().any(|start| name.starts_with(start));
        all.into_iter().filter(|(_, name)| is_worker(name)).map(|(pid, _)| pid).collect()
    }

    fn check_traces(&self) -> Result<(), String> {
        let errors = self.log.unexpected_errors();
        if !errors.is_empty() {
            return Err(format!("the server logged errors: {errors:#?}"));
        }
        if let Some(line) = self.log.line_with("exited by a signal") {
            return Err(format!("a process of the server crashed: {line}"));
        }
        let files = fs::read_dir(self.dir.path()).into_iter().flatten().filter_map(Result::ok);
        match files.map(|file| file.file_name()).find(|name| name.to_string_lossy().starts_with("core")) {
            Some(core) => Err(format!("the server left a core dump: {core:?}")),
            None => Ok(()),
        }
    }

    /// What the server says of itself while it still runs, for a test that failed; where its processes are when it says
    /// nothing.
    fn state(&self, process: &Process) -> String {
        let told = self.rpc.call_in_time(&["stats.get_statistics", "msilo:"]).map(|statistics| {
            let counted: Vec<&str> = statistics.lines().filter(|line| !line.ends_with(" = 0")).collect();
            // C has no such command.
            let processes = self.rpc.call_in_time(&["msilo.processes"]).unwrap_or_default();
            format!("{}\n{processes}", counted.join("\n"))
        });
        let told = told.unwrap_or_else(|error| format!("{error}{}", shown(&stacks(process))));
        format!("\n=== state of the server\n{told}\n")
    }

    /// The log and the SIP exchange, for a test that failed.
    pub(in crate::harness) fn report(&self) -> String {
        format!("{LOG_FOLLOWS}{}\n=== SIP exchange\n{}", self.log.text(), self.exchange)
    }
}

/// The stack of each of its processes that is still there.
fn stacks(process: &Process) -> Vec<(u32, String)> {
    process.pids().into_iter().map(|pid| (pid, stack(pid))).collect()
}

fn shown(stacks: &[(u32, String)]) -> String {
    stacks.iter().map(|(pid, stack)| format!("\n{pid}:\n{stack}")).collect()
}

impl Drop for Server {
    fn drop(&mut self) {
        if env::var_os("MSILO_TEST_KEEP").is_some() {
            self.dir.disable_cleanup(true);
            say(&format!("the server's directory is kept: {}", self.dir.path().display()));
        }
        let Some(mut process) = self.process.take() else {
            if thread::panicking() {
                say(&self.report());
            }
            return;
        };
        if thread::panicking() {
            let state = self.state(&process);
            process.kill();
            say(&format!("{state}{}", self.report()));
        } else if let Err(complaint) = self.stop_checked(process) {
            panic!("{complaint}{}", self.report());
        } else if env::var_os("MSILO_TEST_SHOW").is_some() {
            say(&self.report());
        }
    }
}
