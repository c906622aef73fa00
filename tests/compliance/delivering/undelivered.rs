//! What could not be delivered stays, and is sent again at the next REGISTER.

use crate::harness::{Answer, Server};

#[test]
fn a_message_answered_with_an_error_is_kept_and_sent_again() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.answer(Answer::Code(486, "Busy Here"));
    bob.register();
    let first = bob.receive();
    server.wait_for_statistic("failed_messages", 1);
    assert_eq!(server.table().only_row().body, b"hello");
    bob.answer(Answer::Ok);
    bob.register();
    assert_eq!(bob.receive().text(), first.text());
    server.table().wait_until_empty();
}

#[test]
fn a_message_that_is_never_answered_is_kept_and_sent_again() {
    let server = Server::builder().modparam("tm", "fr_timer", 600).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.answer(Answer::Silence);
    bob.register();
    let first = bob.receive();
    server.wait_for_statistic("failed_messages", 1);
    bob.answer(Answer::Ok);
    bob.register();
    assert_eq!(bob.receive().text(), first.text());
    server.table().wait_until_empty();
}

#[test]
fn a_redirect_is_no_delivery() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.answer(Answer::Code(302, "Moved Temporarily"));
    bob.register();
    bob.receive();
    server.wait_for_statistic("failed_messages", 1);
    assert_eq!(server.table().count(), 1);
}

#[test]
fn a_202_is_a_delivery() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.answer(Answer::Code(202, "Accepted"));
    bob.register();
    bob.receive();
    server.table().wait_until_empty();
}

#[test]
fn a_message_in_flight_is_not_sent_twice_by_a_second_register() {
    let server = Server::start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.answer(Answer::Silence);
    bob.register();
    let message = bob.receive();
    bob.register();
    server.settle();
    bob.reply(&message, 200, "OK");
    server.table().wait_until_empty();
    assert_eq!(bob.waiting(), 0);
}
