//! `imdn`: a sender who asks for it is told that his message is stored, or that it has expired.

use crate::differences::differs;
use crate::harness::{Agent, Server, ServerBuilder, SipMessage};

/// A text whose sender asks for these notifications, with a prefix of his own and a folded header.
fn asking(words: &str, content_type: &str) -> String {
    format!(
        "From: Alice <im:alice@example.test>\r\nTo: <im:bob@example.test>\r\nDateTime: 2026-11-27T08:00:00Z\r\n\
         NS: i <urn:ietf:params:imdn>\r\ni.Message-ID: 34jk324j\r\ni.Disposition-Notification:\r\n {words}\r\n\r\n\
         Content-Type: {content_type}\r\n\r\nhello\r\n"
    )
}

/// A server that tells senders, and sweeps each second.
fn telling() -> ServerBuilder {
    Server::builder().param("imdn", 1).param("clean_period", 1)
}

/// Sends such a text to bob, for two seconds.
#[track_caller]
fn send(alice: &Agent, body: &str) {
    alice.message("bob").expires(2).body("message/cpim", body.as_bytes()).send().expect_code(202);
}

/// The notification is one, and says that.
#[track_caller]
fn expect(notification: &SipMessage, says: &str) {
    assert_eq!(notification.header("Content-Type"), Some("message/cpim"));
    assert_eq!(notification.address("From"), "sip:bob@example.test");
    assert_eq!(notification.address("To"), "sip:alice@example.test");
    let text = notification.text();
    for part in [
        "From: <im:bob@example.test>\r\n",
        "To: Alice <im:alice@example.test>\r\n",
        "NS: imdn <urn:ietf:params:imdn>\r\n",
        "\r\n\r\nContent-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n",
        "<message-id>34jk324j</message-id><datetime>2026-11-27T08:00:00Z</datetime>",
        says,
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn who_asks_for_processing_is_told_that_the_message_is_stored() {
    differs(|| {
        let server = telling().start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.register();
        let body = asking("positive-delivery, processing", "text/plain");
        alice.message("bob").body("message/cpim", body.as_bytes()).send().expect_code(202);
        expect(&alice.receive(), "<processing-notification><status><stored/></status></processing-notification>");
        bob.register();
        assert_eq!(bob.receive().text(), body, "byte for byte");
        server.settle();
        assert_eq!(alice.waiting(), 0, "more than one");
    });
}

#[test]
fn who_asks_for_negative_delivery_is_told_once_that_the_message_has_expired() {
    differs(|| {
        let server = telling().start();
        let alice = server.agent("alice");
        alice.register();
        send(&alice, &asking("negative-delivery", "text/plain"));
        expect(&alice.receive(), "<delivery-notification><status><failed/></status></delivery-notification>");
        server.table().wait_until_empty();
        // Another one expires: by then the first would have been told about again.
        send(&alice, &asking("negative-delivery", "text/plain").replace("34jk324j", "other"));
        assert!(alice.receive().text().contains("<message-id>other</message-id>"));
        assert_eq!(alice.waiting(), 0);
    });
}

#[test]
fn a_message_that_was_delivered_is_not_told_to_have_expired() {
    differs(|| {
        let server = telling().start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.register();
        send(&alice, &asking("negative-delivery", "text/plain"));
        bob.register();
        bob.receive();
        server.table().wait_until_empty();
        bob.unregister();
        // What is stored now expires two seconds later, after which a notification about the first would be there.
        send(&alice, &asking("negative-delivery", "text/plain").replace("34jk324j", "other"));
        assert!(alice.receive().text().contains("<message-id>other</message-id>"));
    });
}

#[test]
fn about_a_notification_there_is_never_one() {
    differs(|| {
        let server = telling().start();
        let alice = server.agent("alice");
        alice.register();
        send(&alice, &asking("processing, negative-delivery", "message/imdn+xml"));
        send(&alice, &asking("negative-delivery", "text/plain").replace("34jk324j", "other"));
        // The second is told about when both have expired.
        assert!(alice.receive().text().contains("<message-id>other</message-id>"));
        server.table().wait_until_empty();
        server.settle();
        assert_eq!(alice.waiting(), 0);
    });
}

#[test]
fn without_imdn_nobody_is_told() {
    let server = Server::builder().param("clean_period", 1).start();
    let alice = server.agent("alice");
    alice.register();
    alice
        .message("bob")
        .body("message/cpim", asking("processing, negative-delivery", "text/plain").as_bytes())
        .send()
        .expect_code(202);
    server.settle();
    assert_eq!(alice.waiting(), 0);
}
