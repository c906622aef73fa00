//! Bodies without a Content-Type: Janus and other senders leave it out.

use crate::differences::differs;
use crate::harness::{Agent, Server};

/// Stores what alice sends without a Content-Type, and fails unless bob gets it byte for byte, with that type.
#[track_caller]
fn expect_delivered(server: &Server, body: &[u8], content_type: &str) {
    let bob = server.agent("bob");
    server.agent("alice").message("bob").body("", body).no_content_type().send().expect_code(202);
    assert_eq!(server.table().only_row().body, body);
    bob.register();
    expect_body(&bob, body, content_type);
    server.table().wait_until_empty();
    bob.unregister();
}

#[track_caller]
fn expect_body(bob: &Agent, body: &[u8], content_type: &str) {
    let message = bob.receive();
    assert_eq!(message.all("Content-Type"), [content_type]);
    assert!(message.body() == body, "the body is {}", message.body().escape_ascii());
}

/// C refuses it.
#[test]
fn a_text_without_a_content_type_is_delivered_as_plain_text_without_a_prefix() {
    differs(|| {
        let server = Server::start();
        expect_delivered(&server, b"hello", "text/plain");
        expect_delivered(&server, "žluťoučký kůň \u{1f600}".as_bytes(), "text/plain");
    });
}

/// C refuses it.
#[test]
fn bytes_without_a_content_type_are_delivered_as_octets() {
    differs(|| {
        let server = Server::start();
        expect_delivered(&server, b"gr\xfc\xdfe", "application/octet-stream");
    });
}

/// C refuses it.
#[test]
fn an_empty_content_type_is_none() {
    differs(|| {
        let server = Server::start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        let message = alice.message("bob").body("", b"hello").no_content_type();
        message.header("Content-Type:").send().expect_code(202);
        bob.register();
        expect_body(&bob, b"hello", "text/plain");
        server.table().wait_until_empty();
    });
}

/// C refuses it.
#[test]
fn a_debug_line_says_that_there_was_no_content_type() {
    differs(|| {
        let server = Server::builder().debug(3).start();
        server.agent("alice").message("bob").body("", b"hello").no_content_type().send().expect_code(202);
        server.wait_for_log("has no Content-Type: stored as text/plain");
    });
}

#[test]
fn no_body_and_no_content_type_is_refused() {
    let server = Server::start();
    server.expect_log_error("ERROR: msilo");
    server.agent("alice").message("bob").no_content_type().send().expect_code(503);
    server.wait_for_log("m_store returned -1");
    assert_eq!(server.table().count(), 0);
}
