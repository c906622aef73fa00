//! The server's log: what it wrote to its standard error.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::harness::wait::{within, DEADLINE};

/// Levels that no healthy server writes.
const BAD_LEVELS: [&str; 5] = ["ERROR", "CRITICAL", "ALERT", "BUG", "EMERGENCY"];

/// What Kamailio's own core may log while it stops, whatever modules are loaded: a race between its TCP processes.
const NOISE_AT_STOP: [&str; 2] = ["receive_fd(): EOF on", "io_wait_loop_epoll(): epoll_wait("];

/// The log of a server, and which of its errors the test has announced.
pub struct Log {
    file: PathBuf,
    expected: Mutex<Vec<String>>,
}

impl Log {
    /// The log kept in `file`.
    pub fn new(file: PathBuf) -> Log {
        Log { file, expected: Mutex::new(Vec::new()) }
    }

    /// The file it is kept in.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// All that was logged so far.
    pub fn text(&self) -> String {
        fs::read(&self.file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Waits for a line that contains `pattern` and gives it.
    #[track_caller]
    pub fn wait_for(&self, pattern: &str) -> String {
        within(DEADLINE, || self.line_with(pattern))
            .unwrap_or_else(|| panic!("waited {DEADLINE:?} in vain for {pattern:?} in the log"))
    }

    /// The first line that contains `pattern`.
    pub fn line_with(&self, pattern: &str) -> Option<String> {
        self.text().lines().find(|line| line.contains(pattern)).map(str::to_owned)
    }

    /// How many lines contain `pattern`.
    pub fn count(&self, pattern: &str) -> usize {
        self.text().lines().filter(|line| line.contains(pattern)).count()
    }

    /// Announces an error: a line that contains `part` may be there.
    pub fn expect_error(&self, part: &str) {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).push(part.to_owned());
    }

    /// The errors nobody announced.
    pub fn unexpected_errors(&self) -> Vec<String> {
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        self.text()
            .lines()
            .filter(|line| is_error(line))
            .filter(|line| !NOISE_AT_STOP.iter().any(|part| line.contains(part)))
            .filter(|line| !expected.iter().any(|part| line.contains(part)))
            .map(str::to_owned)
            .collect()
    }
}

/// Whether a line such as ` 3(4711) ERROR: msilo [...]` is of a bad level. At start there is no number in front.
fn is_error(line: &str) -> bool {
    let rest = match line.split_once(") ") {
        Some((number, rest)) if number.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '(') => rest,
        _ => line,
    };
    rest.split_once(':').is_some_and(|(level, _)| BAD_LEVELS.contains(&level))
}
