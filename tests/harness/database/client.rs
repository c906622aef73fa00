//! A database's own client program, started for each question: it sees the database as anybody does.

use std::io::Write;
use std::process::{Command, Stdio};

/// Hands `sql` to a client and gives what it prints.
///
/// # Errors
/// What it prints when it fails.
pub fn ask(mut client: Command, sql: &str) -> Result<String, String> {
    client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = client.spawn().unwrap_or_else(|error| panic!("{client:?} does not start: {error}"));
    let mut input = process.stdin.take().expect("it has a standard input");
    let sql = sql.to_owned();
    // Of its own, so that a client that prints before it has read all is not in our way.
    let writer = std::thread::spawn(move || input.write_all(sql.as_bytes()));
    let output = process.wait_with_output().expect("it can be waited for");
    let _ = writer.join();
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
