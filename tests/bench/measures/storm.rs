//! What `m_dump()` costs when everybody registers at once and nobody has a message.

use std::time::Duration;

use super::BOTH;
use crate::caller::{Load, Outcome, Pace};
use crate::config::{Config, Dump};
use crate::run::{Cost, Meter, Run};
use crate::server::{Module, Server};
use crate::sip;

/// CPU time of all server processes, beyond that of the same server without `m_dump()`.
pub const EXTRA: &str = "m_dump() with an empty inbox, server CPU (us/REGISTER)";
/// CPU time of the database's process, beyond the same.
pub const EXTRA_DATABASE: &str = "m_dump() with an empty inbox, database CPU (us/REGISTER)";
/// What a REGISTER costs without `m_dump()`.
pub const BASE: &str = "REGISTER without m_dump(), server CPU (us)";
/// REGISTERs without an answer.
pub const DROPPED: &str = "REGISTERs without an answer";
/// REGISTERs answered a second.
pub const RATE: &str = "storm (REGISTERs/s)";

/// REGISTERs a second.
const STORM: f64 = 5500.0;
/// Users who register.
const USERS: usize = 5000;

/// One storm on each module, with and without `m_dump()`.
pub fn measure(run: &mut Run, database: usize) {
    for module in BOTH {
        let name = run.databases[database].name();
        run.databases[database].fill("bob", 0..0);
        let (_, base) = one(run, database, module, Dump::No);
        let (outcome, with) = one(run, database, module, Dump::Yes);
        let subject = (name, 0, module);
        run.note(subject, BASE, base.server);
        run.note(subject, EXTRA, with.server - base.server);
        run.note(subject, EXTRA_DATABASE, with.database - base.database);
        run.note(subject, DROPPED, outcome.unanswered() as f64 + outcome.refused as f64);
        run.note(subject, RATE, outcome.rate());
    }
}

/// One storm.
pub fn one(run: &Run, database: usize, module: Module, dump: Dump) -> (Outcome, Cost) {
    let source = &run.databases[database];
    run.tell(&format!("storm, {}, {module}, m_dump(): {dump:?}", source.name()));
    let server = Server::start(&Config { dump, ..Config::new(module) }, source);
    storm(&server, Pace::Window(64), Duration::from_secs(20), 1);
    server.settle();
    let meter = Meter::start(&server, source);
    let outcome = storm(&server, Pace::Rate(STORM), run.plan.time, USERS);
    let cost = meter.stop(&server, source, outcome.accepted);
    server.stop();
    (outcome, cost)
}

/// Has the users register, `first` being the CSeq of the first of each.
fn storm(server: &Server, pace: Pace, time: Duration, first: usize) -> Outcome {
    let warm_up = matches!(pace, Pace::Window(_));
    // All registrations come from the same contacts in both passes, whatever socket sends them.
    let contact = server.address();
    let request = |buffer: &mut Vec<u8>, own, number: usize| {
        sip::register_for(buffer, own, contact, &format!("user{}", number % USERS), first + number);
    };
    let count = if warm_up { USERS } else { usize::MAX / 2 };
    Load { server: server.address(), pace, count, time, threads: 2, request: &request }.run()
}
