//! Headers that come with a delivered message: `extra_hdrs`, `extra_hdrs_avp`, and those that were stored.

use crate::harness::{Server, SipMessage};
use crate::skip::has_module;

/// The headers behind Date and Content-Type.
fn extra(message: &SipMessage) -> Vec<String> {
    message.added().split_off(2)
}

#[test]
fn extra_hdrs_are_added_with_pseudo_variables_of_the_register() {
    let server = Server::builder().param("extra_hdrs", "X-Extra: $tu\r\nY-Extra: $rm\r\n").start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.register();
    assert_eq!(extra(&bob.receive()), ["X-Extra: sip:bob@example.test", "Y-Extra: REGISTER"]);
    server.table().wait_until_empty();
}

#[test]
fn headers_the_server_does_not_know_are_stored_and_delivered_byte_for_byte() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").header("X-One: 1").header("x-two:  2 , 3").text("hello").send().expect_code(202);
    let stored = server.table().only_row().extra_hdrs;
    assert_eq!(String::from_utf8_lossy(&stored), "X-One: 1\r\nx-two:  2 , 3\r\n");
    bob.register();
    let message = bob.receive();
    assert_eq!(extra(&message), ["X-One: 1", "x-two: 2 , 3"]);
    assert!(String::from_utf8_lossy(message.raw()).contains("\r\nX-One: 1\r\nx-two:  2 , 3\r\n"));
    server.table().wait_until_empty();
}

#[test]
fn identity_and_privacy_headers_are_stored_and_delivered() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    let lines = [
        "P-Asserted-Identity: <sip:alice@example.test>",
        "P-Preferred-Identity: <sip:al@example.test>",
        "Privacy: none",
    ];
    let message = lines.iter().fold(alice.message("bob"), |message, line| message.header(line));
    message.text("hello").send().expect_code(202);
    bob.register();
    assert_eq!(extra(&bob.receive()), lines);
    server.table().wait_until_empty();
}

#[test]
fn extra_hdrs_stand_before_the_stored_ones() {
    let server = Server::builder().param("extra_hdrs", "X-Extra: 1\r\n").start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").header("X-Stored: 2").text("hello").send().expect_code(202);
    bob.register();
    assert_eq!(extra(&bob.receive()), ["X-Extra: 1", "X-Stored: 2"]);
    server.table().wait_until_empty();
}

#[test]
fn the_headers_in_extra_hdrs_avp_are_stored_in_place_of_those_of_the_message() {
    let builder = Server::builder().param("extra_hdrs_avp", "$avp(extra)");
    let server = builder.script(|script| script.before_store = r#"$avp(extra) = "X-Avp: 1\r\n";"#.into()).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").header("X-Message: 2").text("hello").send().expect_code(202);
    assert_eq!(String::from_utf8_lossy(&server.table().only_row().extra_hdrs), "X-Avp: 1\r\n");
    bob.register();
    assert_eq!(extra(&bob.receive()), ["X-Avp: 1"]);
    server.table().wait_until_empty();
}

#[test]
fn an_unset_extra_hdrs_avp_leaves_the_headers_of_the_message() {
    let server = Server::builder().param("extra_hdrs_avp", "$avp(i:7)").start();
    let alice = server.agent("alice");
    alice.message("bob").header("X-Message: 2").text("hello").send().expect_code(202);
    assert_eq!(String::from_utf8_lossy(&server.table().only_row().extra_hdrs), "X-Message: 2\r\n");
}

#[test]
fn a_folded_header_is_delivered() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").header("X-Long: one\r\n two").text("hello").send().expect_code(202);
    bob.register();
    assert_eq!(bob.receive().header("X-Long"), Some("one two"));
    server.table().wait_until_empty();
}

#[test]
fn in_reply_to_and_content_language_are_stored_and_delivered() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    let message = alice.message("bob").header("In-Reply-To: 1@example.test").header("Content-Language: de");
    message.text("hello").send().expect_code(202);
    bob.register();
    let message = bob.receive();
    assert_eq!(message.header("In-Reply-To"), Some("1@example.test"));
    assert_eq!(message.header("Content-Language"), Some("de"));
    server.table().wait_until_empty();
}

/// What a script does to a header it does not trust. Before the changes are applied the request is what its sender sent.
#[test]
fn a_header_that_the_script_has_removed_for_good_is_not_stored() {
    if !has_module("textopsx") {
        return;
    }
    let script = "remove_hf(\"P-Asserted-Identity\"); remove_hf(\"Remote-Party-ID\"); msg_apply_changes();";
    let server = Server::builder().load("textopsx").script(|all| all.before_store = script.into()).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    let forged = alice.message("bob").header("P-Asserted-Identity: <sip:boss@example.test>");
    let forged = forged.header("Remote-Party-ID: <sip:boss@example.test>;party=calling");
    forged.header("X-Kept: 1").text("hello").send().expect_code(202);
    bob.register();
    assert_eq!(extra(&bob.receive()), ["X-Kept: 1"]);
    server.table().wait_until_empty();
}
