//! What each process of the server holds: private memory, resident memory, file descriptors; and shared memory of all.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use super::server::Server;
use super::table;

/// What tm has sent stays in shared memory for some seconds after its end; how long that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// All processes at one moment.
pub struct Measure {
    /// Bytes of shared memory in use.
    pub shared: u64,
    /// In the order in which the server lists them.
    pub processes: Vec<Held>,
}

/// What one process holds.
pub struct Held {
    /// Its pid.
    pub pid: u32,
    /// What the server says it is.
    pub description: String,
    /// Bytes of private memory in use, of the server's own manager.
    pub private: u64,
    /// Bytes that are resident, without pages that are shared.
    pub resident: u64,
    /// Open file descriptors.
    pub descriptors: u64,
}

impl Measure {
    /// When the server has come to rest: no transaction is left in its memory.
    pub fn take(server: &Server) -> Measure {
        let end = Instant::now() + PATIENCE;
        let mut before = Measure::now(server);
        loop {
            server.settle();
            std::thread::sleep(Duration::from_secs(1));
            let after = Measure::now(server);
            if (after.shared >= before.shared && transactions(server) == 0) || Instant::now() > end {
                return after;
            }
            before = after;
        }
    }

    /// The same, as soon as nothing is more than it was at first; what still is after a minute stays so.
    pub fn take_like(server: &Server, first: &Measure) -> Measure {
        let end = Instant::now() + PATIENCE;
        loop {
            let last = Measure::take(server);
            if table::faults(first, &last).is_empty() || Instant::now() > end {
                return last;
            }
        }
    }

    fn now(server: &Server) -> Measure {
        let private = private_memory(server);
        let processes = server.rpc().processes().expect("the server lists its processes");
        let held = processes.into_iter().map(|(pid, description)| Held {
            pid,
            description,
            private: private.get(&pid).copied().unwrap_or(0),
            resident: resident(pid),
            descriptors: fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, |it| it.count() as u64),
        });
        Measure { shared: server.shared_memory() as u64, processes: held.collect() }
    }
}

/// How many transactions tm keeps.
fn transactions(server: &Server) -> u64 {
    let text = server.rpc().call(&["tm.stats"]).expect("tm counts its transactions");
    let line = text.lines().find_map(|line| line.trim().strip_prefix("current:"));
    line.and_then(|value| value.trim().parse().ok()).expect("tm says how many it keeps")
}

/// By pid, from lines such as `pid: 17` and `real_used: 12345`.
fn private_memory(server: &Server) -> HashMap<u32, u64> {
    let text = server.rpc().call(&["pkg.stats"]).expect("the server knows its private memory");
    let (mut found, mut pid) = (HashMap::new(), 0);
    for line in text.lines() {
        match line.trim().split_once(':') {
            Some(("pid", value)) => pid = value.trim().parse().unwrap_or(0),
            Some(("real_used", value)) => drop(found.insert(pid, value.trim().parse().unwrap_or(0))),
            _ => {}
        }
    }
    found
}

fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}
