//! What claims cost (`shared_table`): ours with and without them in turn, on a table that nobody else uses.

use std::time::Duration;

use super::delivery::QUIET;
use super::{crowd, storm};
use crate::caller::Pace;
use crate::config::{Config, Dump};
use crate::phone::Phone;
use crate::run::{Meter, Run};
use crate::server::{Module, Server};

/// Messages a second, from the REGISTER to the last message.
pub const RATE: &str = "claims: delivery rate (messages/s)";
/// CPU time of all server processes.
pub const CPU: &str = "claims: delivery, server CPU (us/message)";
/// CPU time of the database's process.
pub const DATABASE_CPU: &str = "claims: delivery, database CPU (us/message)";
/// CPU time of all server processes for a REGISTER of somebody who has no messages.
pub const EMPTY: &str = "claims: REGISTER and m_dump() with an empty inbox, server CPU (us)";
/// Messages a second, from the first REGISTER to the last message, where everybody has one.
pub const SINGLE: &str = "claims: 1000 users with a message each (messages/s)";

/// The inbox.
const SIZE: usize = 1000;
/// Users with a message each.
const USERS: usize = 1000;
/// So many REGISTERs wait for their answer at a time: as fast as the server takes them.
const REGISTERS: Pace = Pace::Window(64);

/// CPU time of all server processes, where everybody has one.
pub const SINGLE_CPU: &str = "claims: 1000 users with a message each, server CPU (us/message)";

/// Each as it is without claims, and with them.
pub const PAIRS: [(Module, Module); 2] = [(Module::Ours(1), Module::Shared(1)), (Module::Ours(64), Module::Shared(64))];

/// Everything once, with and without.
pub fn measure(run: &mut Run, database: usize) {
    for module in PAIRS.into_iter().flat_map(|(without, with)| [without, with]) {
        delivery(run, database, module);
    }
    let (without, with) = PAIRS[0];
    for module in [without, with] {
        empty(run, database, module);
    }
    for module in [without, with] {
        single(run, database, module);
    }
}

fn delivery(run: &mut Run, database: usize, module: Module) {
    let source = &run.databases[database];
    let subject = (source.name(), SIZE, module);
    run.tell(&format!("claims, {}, inbox of {SIZE}, {module}", source.name()));
    source.fill("bob", 0..SIZE);
    let server = Server::start(&Config::new(module), source);
    let phone = Phone::start(SIZE);
    let meter = Meter::start(&server, source);
    let begin = phone.register(server.address(), "bob");
    phone.wait(QUIET);
    let cost = meter.stop(&server, source, phone.distinct());
    let seconds = phone.last().saturating_sub(begin).as_secs_f64();
    server.stop();
    run.note(subject, RATE, phone.distinct() as f64 / seconds.max(1e-9));
    run.note(subject, CPU, cost.server);
    run.note(subject, DATABASE_CPU, cost.database);
}

fn empty(run: &mut Run, database: usize, module: Module) {
    let name = run.databases[database].name();
    run.databases[database].fill("bob", 0..0);
    let (_, cost) = storm::one(run, database, module, Dump::Yes);
    run.note((name, 0, module), EMPTY, cost.server);
}

fn single(run: &mut Run, database: usize, module: Module) {
    let source = &run.databases[database];
    let subject = (source.name(), 0, module);
    run.tell(&format!("claims, {}, {USERS} users with a message each, {module}", source.name()));
    source.fill_crowd(USERS, 0..USERS);
    let server = Server::start(&Config::new(module), source);
    let phone = Phone::start(USERS);
    let meter = Meter::start(&server, source);
    let begin = phone.now();
    crowd::register(&server, &phone, USERS, REGISTERS);
    phone.wait(QUIET);
    let cost = meter.stop(&server, source, phone.distinct());
    let seconds = phone.last().saturating_sub(begin).max(Duration::from_nanos(1)).as_secs_f64();
    server.stop();
    run.note(subject, SINGLE, phone.distinct() as f64 / seconds);
    run.note(subject, SINGLE_CPU, cost.server);
}
