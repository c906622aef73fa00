//! Storing: what m_store() puts into the table.

use crate::harness::{now, Kind, Server};
use crate::skip::only_on;

#[test]
fn a_message_for_an_offline_user_is_accepted_and_stored() {
    let server = Server::start();
    let alice = server.agent("alice");
    // The server's clock may lag a tick behind ours.
    let before = now() - 1;
    alice.message("bob").text("hello").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!(row.src_addr, "sip:alice@example.test");
    assert_eq!(row.dst_addr, "sip:bob@example.test");
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
    assert_eq!((row.ctype.as_str(), row.body.as_slice()), ("text/plain", b"hello".as_slice()));
    assert!((before..=now()).contains(&row.inc_time), "inc_time is {}", row.inc_time);
    assert_eq!(row.exp_time, row.inc_time + 259_200);
    assert_eq!((row.snd_time, row.status), (0, 0));
    assert_eq!((row.extra_hdrs.as_slice(), row.callid.as_str()), (b"".as_slice(), ""));
}

#[test]
fn a_stored_message_is_counted_in_stored_messages() {
    let server = Server::start();
    let alice = server.agent("alice");
    assert_eq!(server.statistic("stored_messages"), 0);
    alice.message("bob").text("one").send().expect_code(202);
    alice.message("carol").text("two").send().expect_code(202);
    server.wait_for_statistic("stored_messages", 2);
}

#[test]
fn src_addr_and_dst_addr_are_the_uris_of_from_and_to_with_their_parameters() {
    let server = Server::start();
    let alice = server.agent("alice");
    let message = alice.message("bob").text("hello");
    let message = message.from("<sip:alice@elsewhere.test:5070;user=phone>;tag=1");
    message.to("\"Bob\" <sip:bob@elsewhere.test;x=y>").send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!(row.src_addr, "sip:alice@elsewhere.test:5070;user=phone");
    assert_eq!(row.dst_addr, "sip:bob@elsewhere.test;x=y");
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
}

#[test]
fn m_store_without_a_parameter_takes_the_owner_from_the_request_uri() {
    let server = Server::builder().script(|script| script.store = "m_store()".into()).start();
    let alice = server.agent("alice");
    let message = alice.message("bob").to("<sip:someone@else.test>").text("hello");
    message.send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("bob", "example.test"));
    assert_eq!(row.dst_addr, "sip:someone@else.test");
}

#[test]
fn m_store_with_a_parameter_takes_the_owner_from_it() {
    let server = Server::builder().script(|script| script.store = "m_store(\"$tu\")".into()).start();
    let alice = server.agent("alice");
    let message = alice.message("bob").to("<sip:owner@else.test>").text("hello");
    message.send().expect_code(202);
    let row = server.table().only_row();
    assert_eq!((row.username.as_str(), row.domain.as_str()), ("owner", "else.test"));
}

#[test]
fn other_content_types_are_stored_without_their_parameters_in_ctype() {
    let server = Server::start();
    let alice = server.agent("alice");
    alice.message("bob").body("text/html", b"<p>hi</p>").send().expect_code(202);
    assert_eq!(server.table().only_row().ctype, "text/html");
}

#[test]
fn a_binary_body_is_stored_byte_for_byte() {
    if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text keeps nothing behind a NUL byte") {
        return;
    }
    let server = Server::start();
    let alice = server.agent("alice");
    let body: Vec<u8> = (0..=255).collect();
    alice.message("bob").body("application/octet-stream", &body).send().expect_code(202);
    assert_eq!(server.table().only_row().body, body);
}

#[test]
fn a_quote_in_a_message_is_stored_as_it_is() {
    let server = Server::start();
    let alice = server.agent("alice");
    alice.message("bob").text("it's 'quoted' \"twice\" \\ %s").send().expect_code(202);
    assert_eq!(server.table().only_row().body, b"it's 'quoted' \"twice\" \\ %s");
}

#[test]
fn a_retransmitted_message_is_stored_once() {
    let server = Server::start();
    let alice = server.agent("alice");
    let request = alice.message("bob").text("hello").bytes();
    alice.send_raw(&request);
    alice.send_raw(&request);
    alice.exchange_request(&request).expect_code(202);
    server.settle();
    assert_eq!(server.table().count_of("bob"), 1);
}
