//! Faults made for real: a database that refuses, a transaction module that does not send, phones that do not answer,
//! a server that is killed. Whatever happens, no message is lost, and none is delivered twice.

mod crowd;
mod database;
mod kill;
mod phones;
mod refused_rows;
mod sending;

use crate::harness::{Agent, Server, DEADLINE};

/// Puts `count` messages into an inbox. Their bodies are the numbers from 1 on; nothing goes before these.
fn fill(server: &Server, user: &str, count: usize) {
    let domain = server.domain();
    server.table().execute(&format!(
        "INSERT INTO silo (src_addr, dst_addr, username, domain, inc_time, exp_time, snd_time, ctype, body, extra_hdrs) \
         WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) \
         SELECT 'sip:alice@{domain}', 'sip:{user}@{domain}', '{user}', '{domain}', strftime('%s', 'now'), \
                strftime('%s', 'now') + 3600, 0, 'text/x-number', CAST(n AS TEXT), '' FROM numbers"
    ));
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

/// The numbers from 1 to `count`.
fn all(count: usize) -> Vec<usize> {
    (1..=count).collect()
}

/// Refuses every DELETE of rows that meet `condition`.
fn refuse_deletes(server: &Server, condition: &str) {
    server.table().execute(&format!(
        "CREATE TRIGGER keep BEFORE DELETE ON silo WHEN {condition} \
         BEGIN SELECT RAISE(ABORT, 'the trigger refuses'); END"
    ));
}

/// Allows them again.
fn allow_deletes(server: &Server) {
    server.table().execute("DROP TRIGGER keep");
}
