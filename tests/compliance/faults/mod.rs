//! Faults made for real: a database that refuses, a transaction module that does not send, phones that do not answer,
//! a server that is killed. Whatever happens, no message is lost, and none is delivered twice.

mod crowd;
mod database;
mod kill;
mod line;
mod network;
mod phones;
mod poison;
mod refused_rows;
mod sending;
mod slow_hosts;
mod stop;
mod values;

use crate::harness::{Agent, NewRow, Server, DEADLINE};

/// Puts `count` messages into an inbox. Their bodies are the numbers from 1 on; nothing goes before these.
fn fill(server: &Server, user: &str, count: usize) {
    let row = |number: usize| {
        let mut row = NewRow::text("alice", user, server.domain(), &number.to_string());
        row.ctype = "text/x-number".to_owned();
        row
    };
    server.table().insert_all(&(1..=count).map(row).collect::<Vec<_>>());
}

/// The numbers of the next `count` messages, in the order of their arrival.
#[track_caller]
fn numbers(agent: &Agent, count: usize) -> Vec<usize> {
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        let Some(message) = agent.receive_within(DEADLINE) else {
            panic!("{} waited {DEADLINE:?} in vain for message {} of {count}", agent.name(), numbers.len() + 1);
        };
        numbers.push(message.text().parse().expect("the body is a number"));
    }
    numbers
}

/// Numbers in their order, where it does not matter in which they came.
fn sorted(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_unstable();
    numbers
}

/// The numbers from 1 to `count`.
fn all(count: usize) -> Vec<usize> {
    (1..=count).collect()
}

/// Refuses every DELETE of rows that meet `condition`.
fn refuse_deletes(server: &Server, condition: &str) {
    server.table().refuse_deletes(condition);
}

/// Allows them again.
fn allow_deletes(server: &Server) {
    server.table().allow_deletes();
}
