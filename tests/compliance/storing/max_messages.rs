//! `max_messages`, where messages come and go quickly.

use std::thread;

use crate::differences::differs;
use crate::harness::{now, until, NewRow, Server};

#[test]
fn a_deleted_message_makes_room_at_once() {
    let server = Server::builder().param("max_messages", 3).start();
    server.expect_log_error("ERROR: msilo");
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    let fill = || {
        for number in 0..3 {
            alice.message("bob").text(&number.to_string()).send().expect_code(202);
        }
        alice.message("bob").text("one too many").send().expect_code(503);
    };
    fill();
    bob.register();
    bob.receive_all(3);
    server.table().wait_until_empty();
    bob.unregister();
    fill();
    assert_eq!(server.table().count(), 3);
}

/// Somebody else: another server, or a program that writes into the table.
#[test]
fn messages_that_somebody_else_stores_count_after_a_second() {
    let server = Server::builder().param("max_messages", 5).start();
    server.expect_log_error("ERROR: msilo");
    let alice = server.agent("alice");
    alice.message("bob").text("one").send().expect_code(202);
    let others: Vec<_> = (0..4).map(|_| NewRow::text("alice", "bob", server.domain(), "another")).collect();
    server.table().insert_all(&others);
    let stored = now();
    until("two seconds are over", || now() >= stored + 2);
    alice.message("bob").text("one too many").send().expect_code(503);
    assert_eq!(server.table().count(), 5);
}

/// C: each counts before the others have written.
#[test]
fn senders_at_once_never_exceed_the_limit() {
    differs(|| {
        const MOST: usize = 20;
        let server = Server::builder().children(8).param("max_messages", MOST as i32).start();
        server.expect_log_error("ERROR: msilo");
        let send = &|sender: usize| -> usize {
            let agent = server.agent(&format!("sender-{sender}"));
            let codes = (0..5).map(|number| agent.message("bob").text(&number.to_string()).send().code());
            codes.filter(|code| *code == 202).count()
        };
        let accepted: usize = thread::scope(|scope| {
            let senders: Vec<_> = (0..16).map(|sender| scope.spawn(move || send(sender))).collect();
            senders.into_iter().map(|sender| sender.join().unwrap_or_default()).sum()
        });
        assert_eq!((accepted, server.table().count()), (MOST, MOST as i64));
    });
}
