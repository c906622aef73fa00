//! m_store() in failure_route: the user is registered, but did not take the message.

use crate::harness::{Answer, Server};

#[test]
fn a_message_the_phone_refuses_is_stored_for_its_original_uri() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    server.locate(&bob, &bob.contact());
    bob.answer(Answer::Code(405, "Method Not Allowed"));
    alice.message("bob").text("hello").send().expect_code(202);
    server.wait_for_log("m_store in failure_route returned 1");
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
    assert_eq!((row.dst_addr.as_str(), row.body.as_slice()), ("sip:bob@example.test", b"hello".as_slice()));
}

#[test]
fn a_message_stored_in_failure_route_is_delivered_at_the_next_register() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    server.locate(&bob, &bob.contact());
    bob.answer(Answer::Code(480, "Temporarily Unavailable"));
    alice.message("bob").text("hello").send().expect_code(202);
    assert_eq!(bob.receive().text(), "hello");
    bob.answer(Answer::Ok);
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}

#[test]
fn a_message_the_phone_never_answers_is_stored() {
    let server = Server::builder().modparam("tm", "fr_timer", 600).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    server.locate(&bob, &bob.contact());
    bob.answer(Answer::Silence);
    alice.message("bob").text("hello").send().expect_code(202);
    assert_eq!(server.table().only_row().body, b"hello");
}
