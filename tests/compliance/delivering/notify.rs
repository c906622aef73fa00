//! Notifications: the sender is told that the message waits.

use crate::harness::{Server, ServerBuilder};

const BODY: &str = "*** User $rU is offline!";

/// A server that notifies.
fn notifying() -> ServerBuilder {
    let builder = Server::builder().param("from_address", "sip:registrar@example.test");
    builder.param("content_type_hdr", "Content-Type: text/plain\r\n").param("offline_message", BODY)
}

#[test]
fn the_sender_gets_a_notification_at_its_contact() {
    let server = notifying().start();
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("hello").send().expect_code(202);
    let notification = alice.receive();
    assert_eq!(notification.uri(), alice.contact());
    assert_eq!(notification.header("To"), Some("<sip:alice@example.test>"));
    assert_eq!(notification.address("From"), "sip:registrar@example.test");
    assert_eq!(notification.header("Content-Type"), Some("text/plain"));
    assert_eq!(notification.text(), "*** User bob is offline!");
}

#[test]
fn a_notification_has_no_date_no_prefix_and_no_contact_of_its_own() {
    let server = notifying().start();
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("hello").send().expect_code(202);
    let notification = alice.receive();
    assert_eq!(notification.added(), ["Content-Type: text/plain"]);
}

#[test]
fn from_address_and_contact_hdr_may_hold_pseudo_variables() {
    let builder = notifying().param("from_address", "sip:$rU-silo@example.test");
    let server = builder.param("contact_hdr", "Contact: <sip:$rU@null.test>\r\n").start();
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("hello").send().expect_code(202);
    let notification = alice.receive();
    assert_eq!(notification.address("From"), "sip:bob-silo@example.test");
    assert_eq!(notification.header("Contact"), Some("<sip:bob@null.test>"));
}

#[test]
fn contact_hdr_stands_before_content_type_hdr_and_both_may_be_several_lines() {
    let builder = notifying().param("contact_hdr", "Contact: <sip:null@null.test>\r\nX-One: 1\r\n");
    let server = builder.param("content_type_hdr", "Content-Type: text/html\r\nX-Two: $fU\r\n").start();
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("hello").send().expect_code(202);
    let notification = alice.receive();
    let wanted = ["Contact: <sip:null@null.test>", "X-One: 1", "Content-Type: text/html", "X-Two: alice"];
    assert_eq!(notification.added(), wanted);
}

#[test]
fn without_use_contact_the_notification_goes_to_the_from_uri() {
    let server = notifying().param("use_contact", 0).start();
    let (alice, elsewhere) = (server.agent("alice"), server.agent("elsewhere"));
    alice.register();
    alice.message("bob").contact(&format!("<{}>", elsewhere.contact())).text("hello").send().expect_code(202);
    assert_eq!(alice.receive().text(), "*** User bob is offline!");
    assert_eq!(elsewhere.waiting(), 0);
}

#[test]
fn a_message_without_a_contact_is_notified_at_the_from_uri() {
    let server = notifying().start();
    let alice = server.agent("alice");
    alice.register();
    alice.message("bob").text("hello").send().expect_code(202);
    assert_eq!(alice.receive().text(), "*** User bob is offline!");
}

#[test]
fn a_contact_that_is_no_sip_uri_is_not_used() {
    let server = notifying().start();
    let alice = server.agent("alice");
    alice.register();
    alice.message("bob").contact("<tel:+123456>").text("hello").send().expect_code(202);
    assert_eq!(alice.receive().text(), "*** User bob is offline!");
}

#[test]
fn a_message_with_the_skip_flag_is_not_notified() {
    let builder = notifying().param("skip_notification_flag", 18);
    let server = builder.script(|script| script.before_store = "if ($rU == \"bob\") setflag(18);".into()).start();
    let alice = server.agent("alice");
    let contact = format!("<{}>", alice.contact());
    alice.message("bob").contact(&contact).text("one").send().expect_code(202);
    alice.message("carol").contact(&contact).text("two").send().expect_code(202);
    assert_eq!(alice.receive().text(), "*** User carol is offline!");
    assert_eq!(alice.waiting(), 0);
}

#[test]
fn without_from_address_nobody_is_notified() {
    let builder = Server::builder().param("content_type_hdr", "Content-Type: text/plain\r\n");
    let server = builder.param("offline_message", BODY).start();
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("hello").send().expect_code(202);
    server.settle();
    assert_eq!(alice.waiting(), 0);
}

#[test]
fn without_offline_message_nobody_is_notified() {
    let server = Server::builder().param("from_address", "sip:registrar@example.test").start();
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("hello").send().expect_code(202);
    server.settle();
    assert_eq!(alice.waiting(), 0);
}

#[test]
fn a_message_that_is_refused_is_not_notified() {
    let server = notifying().start();
    server.expect_log_error("ERROR: msilo");
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("").send().expect_code(503);
    server.settle();
    assert_eq!(alice.waiting(), 0);
}
