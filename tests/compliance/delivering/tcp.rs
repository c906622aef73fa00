//! The same over TCP.

use crate::harness::{Kind, Server};
use crate::skip::{only_on, through_the_address_of_record};

#[test]
fn a_message_over_tcp_is_stored_and_delivered_over_tcp() {
    let server = Server::builder().tcp().start();
    let (alice, bob) = (server.tcp_agent("alice"), server.tcp_agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.register();
    assert!(bob.receive().text().ends_with("] hello"));
    server.table().wait_until_empty();
}

#[test]
fn a_large_body_over_tcp_is_stored_byte_for_byte() {
    if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "db_text keeps nothing behind a NUL byte") {
        return;
    }
    let server = Server::builder().tcp().global("tcp_rd_buf_size=65536").start();
    let alice = server.tcp_agent("alice");
    let body: Vec<u8> = (0..20_000).map(|at| (at % 251) as u8).collect();
    alice.message("bob").body("application/octet-stream", &body).send().expect_code(202);
    assert_eq!(server.table().only_row().body, body);
}

#[test]
fn a_tcp_outbound_proxy_is_reached_over_tcp() {
    if !through_the_address_of_record("no proxy is between") {
        return;
    }
    let server = Server::builder().tcp().param("outbound_proxy", "sip:127.0.0.1:{PORT};transport=tcp").start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    alice.message("bob").text("hello").send().expect_code(202);
    bob.register();
    let vias: Vec<String> = bob.receive().all("Via").iter().map(|via| via.to_string()).collect();
    assert!(vias[0].starts_with("SIP/2.0/UDP") && vias[1].starts_with("SIP/2.0/TCP"), "{vias:?}");
    server.table().wait_until_empty();
}
