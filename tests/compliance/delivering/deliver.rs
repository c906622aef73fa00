//! Delivering: what m_dump() sends.

use crate::harness::{ctime, sip_date, until, Kind, NewRow, Server};
use crate::skip::{only_on, through_the_address_of_record};

#[test]
fn a_stored_message_is_delivered_when_the_user_registers_and_then_deleted() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    let stored = server.table().only_row();
    bob.register();
    let message = bob.receive();
    assert_eq!(message.text(), format!("[Offline message - {}] hello", ctime(stored.inc_time)));
    server.table().wait_until_empty();
}

#[test]
fn a_delivered_message_has_the_stored_from_and_to_and_date_before_content_type() {
    let server = Server::start();
    let bob = server.agent("bob");
    let row = NewRow::text("alice", "bob", server.domain(), "hello");
    server.table().insert(&row);
    bob.register();
    let message = bob.receive();
    assert_eq!(message.header("To"), Some("<sip:bob@example.test>"));
    assert!(message.header("From").is_some_and(|from| from.starts_with("<sip:alice@example.test>;tag=")));
    let date = format!("Date: {}", sip_date(row.inc_time));
    assert_eq!(message.added(), [date.as_str(), "Content-Type: text/plain"]);
    server.table().wait_until_empty();
}

#[test]
fn the_request_uri_and_to_are_the_stored_dst_addr_and_from_is_src_addr() {
    if !through_the_address_of_record("the Request-URI is the contact") {
        return;
    }
    let server = Server::builder().without_param("outbound_proxy").start();
    let (bob, phone) = (server.agent("bob"), server.agent("phone"));
    let mut row = NewRow::text("alice", "bob", server.domain(), "hello");
    row.dst_addr = phone.contact();
    row.src_addr = "sip:alice@elsewhere.test;x=y".into();
    server.table().insert(&row);
    bob.register();
    let message = phone.receive();
    assert_eq!(message.start_line(), format!("MESSAGE {} SIP/2.0", phone.contact()));
    assert_eq!(message.address("To"), phone.contact());
    assert_eq!(message.address("From"), "sip:alice@elsewhere.test;x=y");
    assert_eq!(message.all("Via").len(), 1);
    server.table().wait_until_empty();
}

#[test]
fn the_prefix_is_in_local_time_and_date_in_gmt() {
    let server = Server::builder().env("TZ", "XYZ-5:30").start();
    let bob = server.agent("bob");
    let row = NewRow::text("alice", "bob", server.domain(), "hello");
    server.table().insert(&row);
    bob.register();
    let message = bob.receive();
    let local = ctime(row.inc_time + 5 * 3600 + 1800);
    assert_eq!(message.text(), format!("[Offline message - {local}] hello"));
    assert_eq!(message.header("Date"), Some(sip_date(row.inc_time).as_str()));
    server.table().wait_until_empty();
}

#[test]
fn other_content_types_get_no_prefix() {
    if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text keeps nothing behind a NUL byte") {
        return;
    }
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    let body = b"\0\x01\xff binary";
    alice.message("bob").body("application/octet-stream", body).send().expect_code(202);
    bob.register();
    let message = bob.receive();
    assert_eq!(message.header("Content-Type"), Some("application/octet-stream"));
    assert_eq!(message.body(), body);
    server.table().wait_until_empty();
}

#[test]
fn a_user_without_messages_registers_and_gets_nothing() {
    let server = Server::start();
    let bob = server.agent("bob");
    bob.register();
    server.wait_for_log("m_dump returned 1");
    server.settle();
    assert_eq!(bob.waiting(), 0);
    server.table().wait_until_empty();
}

#[test]
fn only_the_messages_of_the_user_who_registers_are_delivered() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bobby").text("not for bob").send().expect_code(202);
    alice.message("bob").text("for bob").send().expect_code(202);
    bob.register();
    assert!(bob.receive().text().ends_with("] for bob"));
    server.settle();
    assert_eq!(bob.waiting(), 0);
    until("bobby's message is all there is", || server.table().count() == 1);
    assert_eq!(server.table().only_row().username, "bobby");
}

#[test]
fn m_dump_with_a_parameter_delivers_that_inbox() {
    let server = Server::builder().script(|script| script.dump = "m_dump(\"sip:shared@example.test\")".into()).start();
    let (bob, phone) = (server.agent("bob"), server.agent("shared"));
    phone.register();
    server.table().insert(&NewRow::text("alice", "shared", server.domain(), "for all"));
    server.table().insert(&NewRow::text("alice", "bob", server.domain(), "for bob"));
    bob.register();
    assert!(phone.receive().text().ends_with("] for all"));
    until("only bob's message is left", || server.table().count() == 1);
    assert_eq!(bob.waiting(), 0);
}

#[test]
fn m_dump_returns_minus_one_when_the_owner_is_no_uri() {
    let server = Server::builder().script(|script| script.dump = "m_dump(\"bob\")".into()).start();
    server.expect_log_error("ERROR: msilo");
    server.expect_log_error("parse_uri");
    server.agent("bob").register();
    server.wait_for_log("m_dump returned -1");
}

#[test]
fn m_dump_outside_register_delivers_without_looking_at_contact() {
    let server = Server::builder().script(|script| script.before_store = "m_dump(\"$fu\");".into()).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.registration().contact(&format!("<{}>", alice.contact())).expires(3600).send().expect_code(200);
    server.wait_for_log("m_dump returned 1");
    server.table().insert(&NewRow::text("bob", "alice", server.domain(), "for alice"));
    alice.message("bob").text("for bob").send().expect_code(202);
    assert!(alice.receive().text().ends_with("] for alice"));
    assert_eq!(bob.waiting(), 0);
    until("only bob's message is left", || server.table().count() == 1);
}
