//! The server's control interface, through `kamcmd`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment;

/// The control interface of one server.
pub struct Rpc {
    socket: PathBuf,
}

impl Rpc {
    /// The one behind this unix socket.
    pub fn new(socket: &Path) -> Rpc {
        Rpc { socket: socket.to_owned() }
    }

    /// Runs a command; what it printed, or why it failed.
    pub fn call(&self, command: &[&str]) -> Result<String, String> {
        self.call_with(&mut Command::new(environment::kamcmd()), command)
    }

    /// The same of a server that may hang: for at most five seconds.
    pub fn call_in_time(&self, command: &[&str]) -> Result<String, String> {
        self.call_with(Command::new("timeout").arg("5").arg(environment::kamcmd()), command)
    }

    fn call_with(&self, program: &mut Command, command: &[&str]) -> Result<String, String> {
        let socket = format!("unix:{}", self.socket.display());
        let output = program
            .args(["-s", &socket])
            .args(command)
            .output()
            .map_err(|error| format!("kamcmd does not run: {error}"))?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() && !stdout.starts_with("error") {
            Ok(stdout)
        } else {
            Err(format!("{stdout}{}", String::from_utf8_lossy(&output.stderr)))
        }
    }

    /// The value of a statistic, such as `stored_messages` of the group `msilo`.
    pub fn statistic(&self, group: &str, name: &str) -> Option<i64> {
        let text = self.call(&["stats.get_statistics", &format!("{group}:")]).ok()?;
        let full = format!("{group}:{name}");
        text.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key.trim() == full).then(|| value.trim().parse().ok())?
        })
    }

    /// Pid and description of each of the server's processes.
    pub fn processes(&self) -> Result<Vec<(u32, String)>, String> {
        let text = self.call(&["core.psx"])?;
        let mut found = Vec::new();
        let mut pid = 0;
        for line in text.lines() {
            match line.trim().split_once(':') {
                Some(("PID", value)) => pid = value.trim().parse().unwrap_or(0),
                Some(("DSC", value)) => found.push((pid, value.trim().to_owned())),
                _ => {}
            }
        }
        Ok(found)
    }
}
