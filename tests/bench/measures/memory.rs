//! What memory a delivery takes, and whether it is given back.

use std::collections::HashMap;
use std::fs;
use std::thread;
use std::time::Duration;

use super::delivery::QUIET;
use super::{BOTH, DELIVERIES};
use crate::config::Config;
use crate::phone::Phone;
use crate::run::Run;
use crate::server::Server;

/// By how much the memory of one process of its own grew at most: that of the one that grew most.
pub const PRIVATE: &str = "memory of the delivering process during a dump (MB more)";
/// By how much more shared memory is used after everything is over.
pub const SHARED: &str = "shared memory after a dump (KB more)";

/// After this tm has freed the last transaction.
const FREED: Duration = Duration::from_secs(7);

/// A dump of so many first: what a process takes once and for all does not count.
const WARM_UP: usize = 200;

/// Delivers a large inbox once with each module, after a small one.
pub fn measure(run: &mut Run) {
    let size = run.plan.memory;
    let modules = if run.plan.is_long() { &DELIVERIES[..] } else { &BOTH[..] };
    for &module in modules {
        let source = &run.databases[0];
        let subject = (source.name(), size, module);
        run.tell(&format!("memory, inbox of {size}, {module}"));
        source.fill("bob", 0..WARM_UP);
        let server = Server::start(&Config::new(module), source);
        let phone = Phone::start(WARM_UP + size);
        phone.register(server.address(), "bob");
        while phone.distinct() < WARM_UP && phone.now() < QUIET {
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(FREED);
        source.fill("bob", WARM_UP..WARM_UP + size);
        let shared = server.shared_memory();
        let before = private(&server.pids());
        let mut grown = 0.0_f64;
        let begin = phone.register(server.address(), "bob");
        while phone.distinct() < WARM_UP + size && phone.now() < phone.last().max(begin) + QUIET {
            for (pid, now) in private(&server.pids()) {
                grown = grown.max(now - before.get(&pid).copied().unwrap_or(0.0));
            }
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(FREED);
        let left = server.shared_memory() - shared;
        server.stop();
        run.note(subject, PRIVATE, grown / 1024.0);
        run.note(subject, SHARED, left / 1024.0);
    }
}

/// Anonymous memory of each process in KB, where pages that processes share count in part.
fn private(pids: &[u32]) -> HashMap<u32, f64> {
    let of = |pid: u32| {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss_Anon:"))?;
        line.split_whitespace().next()?.parse().ok()
    };
    pids.iter().filter_map(|&pid| Some((pid, of(pid)?))).collect()
}
