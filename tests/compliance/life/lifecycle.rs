//! Starting, stopping, crashing.

use std::process::Command;

use crate::harness::{user_id, Kind, NewRow, Server};
use crate::skip::{only_on, skipped};

#[test]
fn sigterm_stops_the_server_cleanly() {
    let mut server = Server::start();
    server.stop();
}

#[test]
fn sigterm_stops_the_server_cleanly_with_messages_stored_and_delivered() {
    let mut server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    alice.message("carol").text("hello").send().expect_code(202);
    bob.register();
    bob.receive();
    server.stop();
}

#[test]
fn stored_messages_survive_a_restart() {
    let mut server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    server.stop();
    server.start_again();
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}

#[test]
fn stored_messages_survive_kill_9() {
    if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text writes its files when the server stops") {
        return;
    }
    let mut server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    server.kill_9();
    server.start_again();
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}

#[test]
fn many_processes_serve_many_senders_one_after_the_other() {
    let server = Server::builder().children(8).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    for number in 0..30 {
        alice.message("bob").text(&number.to_string()).send().expect_code(202);
    }
    bob.register();
    let mut got: Vec<String> = bob.receive_all(30).iter().map(|message| message.text()).collect();
    got.sort();
    got.dedup();
    assert_eq!(got.len(), 30);
    server.table().wait_until_empty();
}

#[test]
fn one_process_for_all_stores_and_delivers() {
    let server = Server::builder().no_fork().start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}

/// In a container whose first program is the server.
#[test]
fn as_process_1_the_server_starts_delivers_and_stops() {
    let mut runner = vec!["unshare", "--pid", "--fork", "--kill-child"];
    if user_id() != 0 {
        runner.push("--map-root-user");
    }
    let allowed = Command::new(runner[0]).args(&runner[1..]).arg("true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        return skipped("this user may not number processes anew (unshare --pid)");
    }
    let mut server = Server::builder().below(&runner).start();
    assert!(server.rpc().processes().expect("core.psx answers").iter().any(|(pid, _)| *pid == 1), "it is process 1");
    let bob = server.agent("bob");
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
    server.stop();
}
