//! `kamailio-1.33.cfg`, the Example 1.33 of Kamailio's documentation, and `opensips-sample.cfg`, the sample of OpenSIPS.

use std::net::{Ipv4Addr, UdpSocket};

use super::{
    example, example_with_tcp, expect_failure_route_stores, expect_one_row_when_there_is_no_way_to_the_contact,
    expect_stored_and_delivered, expect_stored_when_the_connection_is_gone,
    expect_stored_when_there_is_no_way_to_the_contact, expect_the_row_to_stay_when_it_comes_back,
};
use crate::differences::differs;
use crate::harness::{Server, SipMessage, DEADLINE};

fn kamailio_1_33() -> Server {
    example("kamailio-1.33.cfg", &[]).start()
}

fn opensips_sample() -> Server {
    example("opensips-sample.cfg", &[]).start()
}

#[test]
fn kamailio_1_33_stores_for_an_offline_user_and_delivers_at_the_register() {
    expect_stored_and_delivered(&kamailio_1_33());
}

#[test]
fn kamailio_1_33_stores_in_failure_route_what_the_phone_refuses() {
    expect_failure_route_stores(&kamailio_1_33());
}

/// C: a copy takes its place.
#[test]
fn kamailio_1_33_does_not_store_twice_what_a_phone_refuses_at_its_register() {
    differs(|| expect_the_row_to_stay_when_it_comes_back(&kamailio_1_33()));
}

#[test]
fn kamailio_1_33_tells_the_sender_that_the_user_is_offline() {
    let server = kamailio_1_33();
    let alice = server.agent("alice");
    alice.message("bob").contact(&format!("<{}>", alice.contact())).text("hello").send().expect_code(202);
    let notification = alice.receive();
    assert_eq!(notification.text(), "*** User bob is offline!");
    assert_eq!(notification.address("From"), "sip:registrar@kamailio.org");
    assert_eq!(notification.header("Contact"), Some("<sip:registrar@192.168.1.2:5060;msilo=yes>"));
    assert_eq!(notification.header("Content-Type"), Some("text/plain"));
}

#[test]
fn kamailio_1_33_answers_404_to_anything_but_a_message_for_an_offline_user() {
    expect_404(&kamailio_1_33());
}

#[test]
fn kamailio_1_33_answers_503_when_the_message_cannot_be_stored() {
    expect_503(&kamailio_1_33());
}

#[test]
fn the_opensips_sample_stores_for_an_offline_user_and_delivers_at_the_register() {
    expect_stored_and_delivered(&opensips_sample());
}

#[test]
fn the_opensips_sample_stores_in_failure_route_what_the_phone_refuses() {
    expect_failure_route_stores(&opensips_sample());
}

/// C: a copy takes its place.
#[test]
fn the_opensips_sample_does_not_store_twice_what_a_phone_refuses_at_its_register() {
    differs(|| expect_the_row_to_stay_when_it_comes_back(&opensips_sample()));
}

#[test]
fn the_opensips_sample_answers_404_to_anything_but_a_message_for_an_offline_user() {
    expect_404(&opensips_sample());
}

#[test]
fn the_opensips_sample_answers_503_when_the_message_cannot_be_stored() {
    expect_503(&opensips_sample());
}

#[test]
fn kamailio_1_33_answers_483_to_a_message_that_has_come_too_far() {
    expect_483(&kamailio_1_33());
}

#[test]
fn kamailio_1_33_forwards_what_is_for_others() {
    expect_forwarded(&kamailio_1_33());
}

#[test]
fn the_opensips_sample_answers_483_to_a_message_that_has_come_too_far() {
    expect_483(&opensips_sample());
}

#[test]
fn the_opensips_sample_forwards_what_is_for_others() {
    expect_forwarded(&opensips_sample());
}

#[test]
fn kamailio_1_33_stores_for_a_phone_whose_tcp_connection_is_gone() {
    expect_stored_when_the_connection_is_gone(&example_with_tcp("kamailio-1.33.cfg", &[]).start());
}

#[test]
fn the_opensips_sample_stores_for_a_phone_whose_tcp_connection_is_gone() {
    expect_stored_when_the_connection_is_gone(&example_with_tcp("opensips-sample.cfg", &[]).start());
}

#[test]
fn kamailio_1_33_stores_when_there_is_no_way_to_the_contact() {
    expect_stored_when_there_is_no_way_to_the_contact(&kamailio_1_33());
}

#[test]
fn kamailio_1_33_does_not_store_twice_when_there_is_no_way_to_the_contact() {
    expect_one_row_when_there_is_no_way_to_the_contact(&kamailio_1_33());
}

#[test]
fn the_opensips_sample_stores_when_there_is_no_way_to_the_contact() {
    expect_stored_when_there_is_no_way_to_the_contact(&opensips_sample());
}

#[test]
fn the_opensips_sample_does_not_store_twice_when_there_is_no_way_to_the_contact() {
    expect_one_row_when_there_is_no_way_to_the_contact(&opensips_sample());
}

/// A message with no hop left.
#[track_caller]
fn expect_483(server: &Server) {
    let alice = server.agent("alice");
    let message = String::from_utf8_lossy(&alice.message("bob").text("hello").bytes()).into_owned();
    let last = message.replace("Max-Forwards: 70", "Max-Forwards: 0");
    assert_ne!(last, message);
    alice.exchange_request(last.as_bytes()).expect_code(483);
    assert_eq!(server.table().count(), 0);
}

/// A message for a host that is not the server's: loopback has more addresses than the one the server listens on.
#[track_caller]
fn expect_forwarded(server: &Server) {
    let other = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).expect("127.0.0.2 is there");
    other.set_read_timeout(Some(DEADLINE)).expect("a deadline can be set");
    let uri = format!("sip:other@{}", other.local_addr().expect("the socket has an address"));
    server.agent("alice").message(&uri).text("hello").send_only();
    let mut bytes = [0; 4096];
    let length = other.recv(&mut bytes).expect("the message comes");
    let message = SipMessage::parse(&bytes[..length]).expect("a message");
    assert_eq!((message.uri(), message.text().as_str()), (uri.as_str(), "hello"));
    assert_eq!(server.table().count(), 0);
}

/// An INFO for bob, who is not there.
#[track_caller]
fn expect_404(server: &Server) {
    let alice = server.agent("alice");
    let message = alice.message("bob").text("hello").bytes();
    let info = String::from_utf8_lossy(&message).replace("MESSAGE", "INFO").into_bytes();
    assert_eq!(SipMessage::parse(&info).expect("an INFO").method(), "INFO");
    alice.exchange_request(&info).expect_code(404);
    assert_eq!(server.table().count(), 0);
}

/// A message without a body for bob, who is not there.
#[track_caller]
fn expect_503(server: &Server) {
    server.expect_log_error("ERROR: msilo");
    server.agent("alice").message("bob").text("").send().expect_code(503);
    assert_eq!(server.table().count(), 0);
}
