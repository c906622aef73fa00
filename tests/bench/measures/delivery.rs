//! How fast an inbox is delivered, what that costs, and how long `m_dump()` holds the worker that calls it.

use std::time::Duration;

use super::{DELIVERIES, TO_CONTACTS};
use crate::caller::{Load, Pace};
use crate::config::{Config, Dump};
use crate::phone::Phone;
use crate::run::{Meter, Run};
use crate::server::{Module, Server};
use crate::sip;

/// Messages a second, from the REGISTER to the last message.
pub const RATE: &str = "delivery rate (messages/s)";
/// CPU time of all server processes; without its DELETEs in the case of C, which come a minute later.
pub const CPU: &str = "delivery, server CPU (us/message)";
/// CPU time of the database's process.
pub const DATABASE_CPU: &str = "delivery, database CPU (us/message)";
/// The longest time that `m_dump()` took.
pub const HOLD: &str = "worker held by m_dump() (ms)";
/// Messages that a server relays one after the other.
pub const RELAY: &str = "relay rate, one at a time (messages/s)";
/// OPTIONS that a server answers one after the other, from its script and without a transaction.
pub const OPTIONS: &str = "OPTIONS rate, one at a time (requests/s)";
/// The share of a core that the load generator used.
pub const GENERATOR: &str = "load generator (share of a core)";

/// tm sends again after 4 seconds at the latest: when nothing has come for longer, nothing will.
pub const QUIET: Duration = Duration::from_secs(5);

/// Delivers an inbox of `size` once with each module.
pub fn measure(run: &mut Run, database: usize, size: usize) {
    for module in DELIVERIES.into_iter().chain(TO_CONTACTS) {
        let source = &run.databases[database];
        let subject = (source.name(), size, module);
        run.tell(&format!("delivery, {}, inbox of {size}, {module}", source.name()));
        source.fill("bob", 0..size);
        let server = Server::start(&Config { dump: Dump::Timed, ..Config::new(module) }, source);
        let phone = Phone::start(size);
        let meter = Meter::start(&server, source);
        let begin = phone.register(server.address(), "bob");
        phone.wait(QUIET);
        let busy = meter.generator_share();
        let cost = meter.stop(&server, source, phone.distinct());
        let seconds = phone.last().saturating_sub(begin).as_secs_f64();
        let hold = server.holds().into_iter().max().unwrap_or_default();
        let relay = (module == Module::OURS).then(|| relay(&server, run.plan.time));
        let options = (module == Module::Contacts(1)).then(|| options(&server, run.plan.time));
        server.stop();
        run.note(subject, RATE, phone.distinct() as f64 / seconds.max(1e-9));
        run.note(subject, CPU, cost.server);
        run.note(subject, DATABASE_CPU, cost.database);
        run.note(subject, HOLD, hold.as_secs_f64() * 1e3);
        run.note(subject, GENERATOR, busy);
        if let Some(rate) = relay {
            run.note_of(subject.0, size, "relay", RELAY, rate);
        }
        if let Some(rate) = options {
            run.note_of(subject.0, size, "OPTIONS", OPTIONS, rate);
        }
    }
}

/// Sends messages through the server to a phone, each after the answer to the one before.
fn relay(server: &Server, time: Duration) -> f64 {
    let phone = Phone::start(0);
    phone.register(server.address(), "carol");
    server.settle();
    let request = |buffer: &mut Vec<u8>, own, number| sip::message(buffer, own, "carol", number);
    let load =
        Load { server: server.address(), pace: Pace::Window(1), count: 2000, time, threads: 1, request: &request };
    load.run().rate()
}

/// Has the server answer one request after the other.
fn options(server: &Server, time: Duration) -> f64 {
    let request = |buffer: &mut Vec<u8>, own, number| sip::options(buffer, own, number);
    let load =
        Load { server: server.address(), pace: Pace::Window(1), count: 20_000, time, threads: 1, request: &request };
    load.run().rate()
}
