//! Storing refused: m_store() returns -1 and the sender is told.

use crate::harness::Server;
use crate::skip::with_sql;

/// A server that is about to log why it refuses a message.
fn refusing_server() -> Server {
    let server = Server::start();
    server.expect_log_error("ERROR: msilo");
    server
}

#[test]
fn a_message_with_an_empty_body_is_refused() {
    let server = refusing_server();
    server.agent("alice").message("bob").text("").send().expect_code(503);
    server.wait_for_log("m_store returned -1");
    assert_eq!(server.table().count(), 0);
}

#[test]
fn an_owner_without_a_user_part_is_refused() {
    let server = Server::builder().script(|script| script.store = "m_store(\"sip:example.test\")".into()).start();
    server.expect_log_error("ERROR: msilo");
    server.agent("alice").message("bob").text("hello").send().expect_code(503);
    server.wait_for_log("m_store returned -1");
    assert_eq!(server.table().count(), 0);
}

#[test]
fn an_owner_that_is_no_uri_is_refused() {
    let server = Server::builder().script(|script| script.store = "m_store(\"bob\")".into()).start();
    server.expect_log_error("ERROR: msilo");
    server.expect_log_error("parse_uri");
    server.agent("alice").message("bob").text("hello").send().expect_code(503);
    server.wait_for_log("m_store returned -1");
    assert_eq!(server.table().count(), 0);
}

#[test]
fn a_refused_message_is_not_counted_as_stored() {
    let server = refusing_server();
    server.agent("alice").message("bob").text("").send().expect_code(503);
    assert_eq!(server.statistic("stored_messages"), 0);
}

#[test]
fn a_message_is_refused_when_the_table_cannot_be_written() {
    if !with_sql() {
        return;
    }
    let server = Server::start();
    server.expect_log_error("ERROR");
    server.table().execute("ALTER TABLE silo RENAME TO away");
    server.agent("alice").message("bob").text("hello").send().expect_code(503);
    server.wait_for_log("m_store returned -1");
}
