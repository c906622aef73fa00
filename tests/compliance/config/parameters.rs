//! The parameters that change what is stored and sent.

use crate::harness::{now, until, NewRow, Server};

#[test]
fn add_date_0_leaves_the_prefix_out_and_the_header_date_in() {
    let server = Server::builder().param("add_date", 0).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.register();
    let message = bob.receive();
    assert_eq!(message.text(), "hello");
    assert!(message.header("Date").is_some());
    server.table().wait_until_empty();
}

#[test]
fn add_contact_1_adds_the_from_uri_as_contact_with_msilos_mark() {
    let server = Server::builder().param("add_contact", 1).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").header("X-Stored: 1").text("hello").send().expect_code(202);
    bob.register();
    let message = bob.receive();
    let behind_date = ["Content-Type: text/plain", "Contact: <sip:alice@example.test>;msilo=yes", "X-Stored: 1"];
    assert_eq!(message.added()[1..], behind_date);
    server.table().wait_until_empty();
}

#[test]
fn max_messages_is_how_many_an_inbox_holds() {
    let server = Server::builder().param("max_messages", 2).start();
    server.expect_log_error("ERROR: msilo");
    let alice = server.agent("alice");
    alice.message("bob").text("one").send().expect_code(202);
    alice.message("bob").text("two").send().expect_code(202);
    alice.message("bob").text("three").send().expect_code(503);
    alice.message("carol").text("one").send().expect_code(202);
    assert_eq!(server.table().count_of("bob"), 2);
}

#[test]
fn expire_time_is_how_long_a_message_is_kept() {
    let server = Server::builder().param("expire_time", 1000).start();
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!(row.exp_time - row.inc_time, 1000);
}

#[test]
fn a_shorter_expires_header_shortens_it() {
    let server = Server::builder().param("expire_time", 1000).start();
    server.agent("alice").message("bob").expires(60).text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!(row.exp_time - row.inc_time, 60);
}

#[test]
fn a_longer_expires_header_does_not_lengthen_it() {
    let server = Server::builder().param("expire_time", 1000).start();
    server.agent("alice").message("bob").expires(5000).text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!(row.exp_time - row.inc_time, 1000);
}

#[test]
fn expired_messages_are_deleted_by_the_sweep() {
    let server = Server::builder().param("clean_period", 1).start();
    let mut row = NewRow::text("alice", "bob", server.domain(), "old");
    row.exp_time = now() - 10;
    server.table().insert(&row);
    row.exp_time = now() + 1000;
    let kept = server.table().insert(&row);
    until("the expired message is deleted", || server.table().count() == 1);
    assert_eq!(server.table().only_row().id, kept);
}
