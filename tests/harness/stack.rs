//! Where the processes of a server that does not stop are: their stacks, by gdb, and what they say about whose fault it is.

use std::fs;
use std::process::{Command, Stdio};

/// What Kamailio calls, in its main process, when it frees the timers of its DNS cache and its block list. They take the
/// lock of the timer lists, which a worker that ended in its signal handler may have held: main waits for it for ever,
/// after the modules were destroyed. (`timer_del_safe()` of core/timer.c, called by `destroy_dns_cache()` and
/// `destroy_dst_blocklist()`; so it is from 5.6 to 6.1, with whatever modules.)
const TIMER_OF_A_DEAD_WORKER: [&str; 2] = ["destroy_dns_cache", "destroy_dst_blocklist"];

/// The stack of a process, a line for each function, or why there is none.
pub fn stack(pid: u32) -> String {
    let mut gdb = Command::new("timeout");
    gdb.args(["20", "gdb", "-nx", "-q", "-batch", "-ex", "bt", "-p", &pid.to_string()]);
    // It would ask a server on the net for symbols.
    gdb.env_remove("DEBUGINFOD_URLS").stdin(Stdio::null());
    let output = match gdb.output() {
        Ok(output) => output,
        Err(error) => return format!("no stack: gdb does not run: {error}"),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let frames: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    if !frames.is_empty() {
        return frames.join("\n");
    }
    let waits = fs::read_to_string(format!("/proc/{pid}/wchan")).unwrap_or_default();
    format!("no stack (is gdb installed?); the kernel says: {waits:?}, {}", String::from_utf8_lossy(&output.stderr))
}

/// Whether the main process, of which this is the stack, waits for a timer lock whose holder is dead.
pub fn waits_for_a_dead_timer(stack: &str) -> bool {
    let calls = |name: &str| stack.lines().any(|frame| frame.split([' ', '(']).any(|word| word == name));
    calls("timer_del_safe") && calls("cleanup") && TIMER_OF_A_DEAD_WORKER.iter().any(|caller| calls(caller))
}
