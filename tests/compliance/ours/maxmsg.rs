//! `m_dump(owner, maxmsg)`, as in OpenSIPS: at most so many messages are delivered, the oldest first.

use crate::differences::differs;
use crate::harness::{until, Agent, NewRow, Server};

/// A server with that call, three messages for bob, and a REGISTER of his.
fn registered(dump: &str) -> (Server, Agent) {
    let server = Server::builder().script(|script| script.dump = dump.into()).start();
    for body in ["one", "two", "three"] {
        server.table().insert(&NewRow::text("alice", "bob", server.domain(), body));
    }
    let bob = server.agent("bob");
    bob.register();
    (server, bob)
}

/// Proves that the first two messages come, and the third stays.
#[track_caller]
fn expect_two(dump: &str) {
    let (server, bob) = registered(dump);
    let bodies: Vec<String> = bob.receive_all(2).iter().map(|message| message.text()).collect();
    assert!(bodies[0].ends_with("] one") && bodies[1].ends_with("] two"), "{bodies:?}");
    until("two messages are deleted", || server.table().count() == 1);
    let carol = server.agent("carol");
    server.table().insert(&NewRow::text("alice", "carol", server.domain(), "the run of bob is over"));
    carol.register();
    carol.receive();
    until("carol's message is deleted", || server.table().count() == 1);
    assert_eq!(server.table().only_row().body, b"three");
    assert_eq!(bob.waiting(), 0);
}

/// Proves that all three come.
#[track_caller]
fn expect_all(dump: &str) {
    let (server, bob) = registered(dump);
    bob.receive_all(3);
    server.table().wait_until_empty();
}

#[test]
fn two_delivers_two() {
    differs(|| expect_two(r#"m_dump("$fu", "2")"#));
}

#[test]
fn a_number_without_quotes_delivers_as_many() {
    differs(|| expect_two(r#"m_dump("$fu", 2)"#));
}

#[test]
fn a_pseudo_variable_delivers_as_many_as_it_says() {
    differs(|| {
        let dump = "$var(most) = 2; m_dump(\"$fu\", \"$var(most)\")";
        expect_two(dump);
    });
}

#[test]
fn the_rest_comes_with_the_next_register() {
    differs(|| {
        let (server, bob) = registered(r#"m_dump("$fu", "2")"#);
        bob.receive_all(2);
        until("two messages are deleted", || server.table().count() == 1);
        bob.register();
        assert!(bob.receive().text().ends_with("] three"));
        server.table().wait_until_empty();
    });
}

#[test]
fn more_than_there_are_delivers_all() {
    differs(|| expect_all(r#"m_dump("$fu", "100")"#));
}

#[test]
fn zero_delivers_all() {
    differs(|| expect_all(r#"m_dump("$fu", "0")"#));
}

/// Proves that it is an error, which is named, and that nothing is delivered.
#[track_caller]
fn expect_error(dump: &str, value: &str) {
    let server = Server::builder().script(|script| script.dump = dump.into()).start();
    server.expect_log_error("ERROR: msilo");
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "hello"));
    let bob = server.agent("bob");
    bob.register();
    server.wait_for_log("m_dump returned -1");
    server.wait_for_log(&format!("maxmsg \"{value}\" must be a number, 0 for all"));
    assert_eq!((server.table().count(), bob.waiting()), (1, 0));
}

#[test]
fn a_word_is_an_error() {
    differs(|| expect_error(r#"m_dump("$fu", "x")"#, "x"));
}

#[test]
fn a_negative_number_is_an_error() {
    differs(|| expect_error(r#"m_dump("$fu", "-1")"#, "-1"));
}
