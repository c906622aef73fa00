//! Several servers on one table that know of each other by `shared_table`: nobody gets a message twice, each inbox keeps its
//! order and its one message in flight, and what one server leaves behind another takes over. `make cluster` shows the same
//! with thousands of messages.

mod dead_phone;
mod once;
mod outages;

use std::time::Duration;

use crate::harness::{Agent, Cluster, NewRow, Server, SipMessage};

/// So many servers that share a table.
#[track_caller]
fn sharing(count: u8) -> Cluster {
    Cluster::start(count, |_, builder| builder.param("shared_table", 1))
}

/// Puts `count` messages into an inbox. Their bodies are the numbers from 1 on; nothing goes before these.
fn fill(cluster: &Cluster, user: &str, count: usize) {
    let row = |number: usize| {
        let mut row = NewRow::text("alice", user, cluster[0].domain(), &number.to_string());
        row.ctype = "text/x-number".to_owned();
        row
    };
    cluster[0].table().insert_all(&(1..=count).map(row).collect::<Vec<_>>());
}

/// Longer than a claim lasts, and another server waits until it looks again.
const PATIENCE: Duration = Duration::from_secs(60);

/// The next message, which another server may have to give up first.
#[track_caller]
fn receive(agent: &Agent) -> SipMessage {
    match agent.receive_within(PATIENCE) {
        Some(message) => message,
        None => panic!("{} waited {PATIENCE:?} in vain for a MESSAGE", agent.name()),
    }
}

/// The number of a message.
#[track_caller]
fn number(message: &SipMessage) -> usize {
    message.text().parse().expect("the body is a number")
}

/// Whether this server has sent the message.
fn is_from(message: &SipMessage, server: &Server) -> bool {
    message.header("Via").is_some_and(|via| via.contains(&format!("{};", server.address())))
}

/// Waits until each server has sent whatever it had to send.
#[track_caller]
fn settle(cluster: &Cluster) {
    cluster.iter().for_each(Server::settle);
}
