//! The table at the end: what each process held after the first messages, and what it holds now.

use std::fmt::Write as _;

use super::measure::{Held, Measure};

/// What may be more at the end, in bytes: caches of the server, of the C library and of the database's client fill up
/// slowly. One that leaks a byte for each message is far beyond.
const PRIVATE: u64 = 64 << 10;
const RESIDENT: u64 = 1 << 20;
const SHARED: u64 = 256 << 10;

/// The table.
pub fn render(first: &Measure, last: &Measure) -> String {
    let mut text = format!(
        "{:<34} {:>17} {:>17} {:>9}\n{:<34} {:>8} {:>8} {:>8} {:>8} {:>4} {:>4}\n",
        "", "private KiB", "resident KiB", "fds", "process", "first", "end", "first", "end", "1st", "end"
    );
    for (before, after) in pairs(first, last) {
        let _ = writeln!(
            text,
            "{:<34} {:>8} {:>8} {:>8} {:>8} {:>4} {:>4}",
            before.description.chars().take(34).collect::<String>(),
            before.private >> 10,
            after.private >> 10,
            before.resident >> 10,
            after.resident >> 10,
            before.descriptors,
            after.descriptors
        );
    }
    let _ = writeln!(text, "{:<34} {:>8} {:>8}", "shared memory", first.shared >> 10, last.shared >> 10);
    text
}

/// What has grown, if anything has.
pub fn faults(first: &Measure, last: &Measure) -> Vec<String> {
    let mut faults = Vec::new();
    let mut grown = |what: &str, before: u64, after: u64, more: u64| {
        if after > before + more {
            faults.push(format!("{what} has grown from {before} to {after}"));
        }
    };
    grown("shared memory", first.shared, last.shared, SHARED);
    for (before, after) in pairs(first, last) {
        let of = |what: &str| format!("{what} of \"{}\" (pid {})", before.description, before.pid);
        grown(&of("private memory"), before.private, after.private, PRIVATE);
        grown(&of("resident memory"), before.resident, after.resident, RESIDENT);
        grown(&of("the number of file descriptors"), before.descriptors, after.descriptors, 0);
    }
    let ended = first.processes.iter().filter(|before| last.processes.iter().all(|after| after.pid != before.pid));
    faults.extend(ended.map(|it| format!("\"{}\" (pid {}) has ended", it.description, it.pid)));
    faults
}

/// The processes that were there both times.
fn pairs<'a>(first: &'a Measure, last: &'a Measure) -> impl Iterator<Item = (&'a Held, &'a Held)> {
    first.processes.iter().filter_map(|before| {
        let after = last.processes.iter().find(|after| after.pid == before.pid)?;
        Some((before, after))
    })
}
