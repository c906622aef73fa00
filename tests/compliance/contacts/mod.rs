//! `deliver_to`: messages go straight to the registered contacts. Ours only: the C module sends to the address of record.

mod delivery;
mod faults;
mod nat;
mod phones;
mod reach;
mod usrloc;

use crate::harness::{until, Agent, NewRow, Server, ServerBuilder, SipMessage};

/// A server that delivers to all contacts, and whose script would store again whatever reached it of its own.
fn to_contacts() -> ServerBuilder {
    Server::builder().param("deliver_to", "contacts").without_param("outbound_proxy")
}

/// Puts messages with these texts into bob's inbox.
fn store(server: &Server, texts: &[&str]) {
    let rows = texts.iter().map(|text| NewRow::text("alice", "bob", server.domain(), text));
    server.table().insert_all(&rows.collect::<Vec<_>>());
}

/// The text without its prefix.
fn text(message: &SipMessage) -> String {
    let text = message.text();
    text.split_once("] ").map_or(text.clone(), |(_, text)| text.to_owned())
}

/// The next messages of an agent, as texts.
fn texts(agent: &Agent, count: usize) -> Vec<String> {
    agent.receive_all(count).iter().map(text).collect()
}

/// Closes the connection of a phone, and waits until the server knows.
#[track_caller]
fn hang_up(server: &Server, phone: Agent) {
    let port = phone.address().port().to_string();
    hang_up_what_is_listed_with(server, phone, &port);
}

/// The same, where the server's list shows another address than the phone's.
#[track_caller]
fn hang_up_what_is_listed_with(server: &Server, phone: Agent, mark: &str) {
    let connected = || server.lists_connection(mark);
    until("the server has taken the connection", connected);
    // What its REGISTER asked for is over: it would send what is stored next where the phone still was when it looked.
    server.settle();
    drop(phone);
    until("the server knows that the connection is gone", || !connected());
}
