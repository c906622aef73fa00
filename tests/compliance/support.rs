//! Who can receive: m_dump() returns -1 and sends nothing when the registration cannot take a MESSAGE.

use crate::harness::{until, Agent, Draft, Server};

/// A server that holds a message for bob.
fn server_with_a_message() -> Server {
    let server = Server::start();
    server.agent("alice").message("bob").text("hello").send().expect_code(202);
    server
}

/// Sends the REGISTER, and proves that the message stayed where it was.
#[track_caller]
fn expect_nothing_sent(server: &Server, bob: &Agent, registration: Draft<'_>) {
    registration.send().expect_code(200);
    server.wait_for_log("m_dump returned -1");
    server.settle();
    assert_eq!(bob.waiting(), 0, "bob got a message");
    until("bob's message is all there is", || server.table().count() == 1);
    assert_eq!(server.table().only_row().username, "bob");
}

/// Sends the REGISTER, and proves that the message is delivered.
#[track_caller]
fn expect_delivery(server: &Server, bob: &Agent, registration: Draft<'_>) {
    registration.send().expect_code(200);
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}

/// The contact of an agent with parameters.
fn contact(agent: &Agent, parameters: &str) -> String {
    format!("<{}>{parameters}", agent.contact())
}

#[test]
fn a_register_with_expires_0_delivers_nothing() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    expect_nothing_sent(&server, &bob, bob.registration().contact(&contact(&bob, "")).expires(0));
}

#[test]
fn a_contact_with_expires_0_delivers_nothing() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    expect_nothing_sent(&server, &bob, bob.registration().contact(&contact(&bob, ";expires=0")).expires(3600));
}

#[test]
fn a_contact_with_its_own_expires_delivers_although_the_header_says_0() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    expect_delivery(&server, &bob, bob.registration().contact(&contact(&bob, ";expires=60")).expires(0));
}

#[test]
fn a_register_that_removes_all_contacts_delivers_nothing() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    expect_nothing_sent(&server, &bob, bob.registration().contact("*").expires(0));
}

#[test]
fn a_register_without_a_contact_delivers_nothing() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    expect_nothing_sent(&server, &bob, bob.registration());
}

#[test]
fn an_allow_header_without_message_delivers_nothing() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    let registration = bob.registration().contact(&contact(&bob, "")).header("Allow: INVITE, ACK, BYE");
    expect_nothing_sent(&server, &bob, registration);
}

#[test]
fn an_allow_header_with_message_delivers() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    let registration = bob.registration().contact(&contact(&bob, "")).header("Allow: INVITE, MESSAGE");
    expect_delivery(&server, &bob, registration);
}

#[test]
fn a_second_allow_header_with_message_delivers() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    let registration = bob.registration().contact(&contact(&bob, "")).header("Allow: INVITE").header("Allow: MESSAGE");
    expect_delivery(&server, &bob, registration);
}

#[test]
fn a_contact_whose_methods_have_message_delivers_whatever_allow_says() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    let contact = contact(&bob, ";methods=\"INVITE,MESSAGE\"");
    expect_delivery(&server, &bob, bob.registration().contact(&contact).header("Allow: INVITE"));
}

#[test]
fn a_contact_whose_methods_lack_message_delivers_nothing_whatever_allow_says() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    let contact = contact(&bob, ";methods=\"INVITE,BYE\"");
    expect_nothing_sent(&server, &bob, bob.registration().contact(&contact).header("Allow: INVITE, MESSAGE"));
}

#[test]
fn the_second_of_two_contacts_is_enough() {
    let server = server_with_a_message();
    let bob = server.agent("bob");
    let first = "<sip:bob@127.0.0.1:9>;expires=0";
    let contacts = format!("{first}, {}", contact(&bob, ";expires=60"));
    expect_delivery(&server, &bob, bob.registration().contact(&contacts));
}
