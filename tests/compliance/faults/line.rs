//! SQLite has room for one writer: while another program is that, those who store wait in line for it together, and no
//! longer than one of them alone.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use crate::differences::differs;
use crate::harness::{until, Agent, Kind, Server};
use crate::skip::only_on;

/// Longer than a message may wait.
const PATIENCE: Duration = Duration::from_secs(60);

/// So many workers, and messages at a time.
const WORKERS: usize = 8;

/// Everybody stores at the same time: the codes of the answers.
fn store_together(senders: &[Agent], to: &str) -> Vec<Option<u16>> {
    thread::scope(|scope| {
        let send = |agent: &'_ Agent| {
            let request = agent.message(to).text("hello").bytes();
            agent.try_request(&request, PATIENCE).map(|reply| reply.code())
        };
        let all: Vec<_> = senders.iter().map(|agent| scope.spawn(move || send(agent))).collect();
        all.into_iter().map(|sender| sender.join().expect("a sender is done")).collect()
    })
}

/// How long each statement that begins like this might wait for the lock, in milliseconds, as the driver's debug lines
/// tell it: a process says so before.
fn waits(server: &Server, begin: &str) -> Vec<u64> {
    let (mut told, mut waits) = (HashMap::new(), Vec::new());
    for line in server.log().text().lines() {
        let Some((process, statement)) = line.split_once("submit_query: ") else { continue };
        let process = process.split(')').next().unwrap_or_default().to_owned();
        if let Some(millis) = statement.strip_prefix("PRAGMA busy_timeout = ") {
            told.insert(process, millis.trim().parse().expect("a number of milliseconds"));
        } else if statement.to_ascii_lowercase().starts_with(begin) {
            waits.push(told.get(&process).copied().unwrap_or(0));
        }
    }
    waits
}

/// C: never waits, nor for its own other workers.
#[test]
fn whoever_waits_in_line_for_a_locked_database_is_refused_with_the_first_of_the_line() {
    if !only_on(&[Kind::Sqlite], "the others have room for many writers") {
        return;
    }
    differs(|| {
        let server = Server::builder().children(WORKERS as u32).debug(3).start();
        server.expect_log_error("database is locked");
        server.expect_log_error("not stored");
        let senders: Vec<_> = (0..WORKERS).map(|number| server.agent(&format!("sender-{number}"))).collect();
        server.table().execute("BEGIN EXCLUSIVE");
        assert_eq!(store_together(&senders, "bob"), [Some(503); WORKERS]);
        // Nor does anybody wait who comes now: the line is known to be stuck.
        assert_eq!(store_together(&senders, "bob"), [Some(503); WORKERS]);
        let waits = waits(&server, "insert into silo");
        assert!(waits.iter().filter(|&&millis| millis > 0).count() <= 1, "waited one after the other: {waits:?}");
        server.table().execute("COMMIT");
        assert_eq!(store_together(&senders, "bob"), [Some(202); WORKERS], "the lock is gone");
        assert_eq!(server.table().count_of("bob"), WORKERS as i64);
    });
}

/// C: never waits.
#[test]
fn nobody_waits_to_count_the_messages_of_an_inbox_while_the_line_is_stuck() {
    if !only_on(&[Kind::Sqlite], "the others have room for many writers") {
        return;
    }
    // Not in WAL mode, so that the lock keeps readers out, too.
    let server = Server::builder()
        .children(WORKERS as u32)
        .debug(3)
        .param("max_messages", 100)
        .sql("PRAGMA journal_mode = DELETE")
        .start();
    server.expect_log_error("ERROR");
    let senders: Vec<_> = (0..WORKERS).map(|number| server.agent(&format!("sender-{number}"))).collect();
    server.table().execute("BEGIN EXCLUSIVE");
    for round in ["one", "two"] {
        assert_eq!(store_together(&senders, round), [Some(503); WORKERS]);
    }
    let waits = waits(&server, "select count(*) from silo where username");
    assert!(waits.iter().filter(|&&millis| millis > 0).count() <= WORKERS, "waited in the second round: {waits:?}");
    server.table().execute("COMMIT");
    // One of those who read what the lock kept from them may be in the way of the first, which does not wait either.
    until("a message is stored", || senders[0].message("bob").text("hello").send().code() == 202);
}
