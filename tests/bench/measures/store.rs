//! What `m_store()` costs, and how fast it is.

use super::BOTH;
use crate::caller::{Load, Outcome, Pace};
use crate::config::Config;
use crate::run::{Meter, Run};
use crate::server::{Module, Server};
use crate::sip;

/// CPU time of all server processes, for all that such a message takes. What a server without `m_store()` takes cannot be
/// subtracted: it answers faster, so tm keeps more transactions at a time, and the server's memory gets slower.
pub const CPU: &str = "message stored and answered, server CPU (us/message)";
/// CPU time of the database's process.
pub const DATABASE_CPU: &str = "message stored and answered, database CPU (us/message)";
/// Messages stored a second, four workers.
pub const RATE: &str = "m_store(), 4 workers (messages/s)";
/// Messages stored a second, eight workers.
pub const EIGHT: &str = "m_store(), 8 workers (messages/s)";
/// Messages stored a second, one worker.
pub const ONE: &str = "m_store(), 1 worker (messages/s)";
/// Messages that eight workers could not store.
pub const REFUSED: &str = "m_store(), 8 workers, refused (%)";
/// Messages stored a second into a full inbox with `max_messages`.
pub const LIMITED: &str = "m_store() with max_messages (messages/s)";

/// The inbox that `max_messages` is measured with.
pub const FULL: usize = 20_000;

/// Stores with four workers, on each module.
pub fn cost(run: &mut Run, database: usize) {
    for module in BOTH {
        let source = &run.databases[database];
        let subject = (source.name(), 0, module);
        run.tell(&format!("m_store(), {}, {module}", source.name()));
        source.fill("away", 0..0);
        let server = Server::start(&Config::new(module), source);
        load(run, &server, 16);
        server.settle();
        let meter = Meter::start(&server, source);
        let outcome = load(run, &server, 16);
        let cost = meter.stop(&server, source, outcome.accepted);
        server.stop();
        run.note(subject, CPU, cost.server);
        run.note(subject, DATABASE_CPU, cost.database);
        run.note(subject, RATE, outcome.rate());
    }
}

/// Stores with many workers at once into a database that takes one writer at a time.
pub fn concurrency(run: &mut Run) {
    for (module, children) in [(Module::C, 1), (Module::C, 8), (Module::OURS, 1), (Module::OURS, 8)] {
        let source = &run.databases[0];
        run.tell(&format!("m_store(), {}, {module}, {children} worker(s)", source.name()));
        let subject = (source.name(), 0, module);
        source.fill("away", 0..0);
        let server = Server::start(&Config { children, ..Config::new(module) }, source);
        let outcome = load(run, &server, 32);
        server.stop();
        if children == 1 {
            run.note(subject, ONE, outcome.rate());
            continue;
        }
        run.note(subject, EIGHT, outcome.rate());
        let refused = outcome.refused + outcome.unanswered();
        run.note(subject, REFUSED, 100.0 * refused as f64 / outcome.sent as f64);
    }
}

/// Stores into an inbox that holds a lot, with a limit above that.
pub fn limited(run: &mut Run, database: usize) {
    for module in BOTH {
        let source = &run.databases[database];
        run.tell(&format!("m_store() with max_messages, {}, {module}", source.name()));
        let subject = (source.name(), FULL, module);
        source.fill("away", 0..FULL);
        // C refuses most of what several workers store in SQLite at once.
        let children = if database == 0 { 1 } else { 4 };
        let params = vec![("max_messages", 1_000_000)];
        let server = Server::start(&Config { children, params, ..Config::new(module) }, source);
        let outcome = load(run, &server, 8);
        server.stop();
        run.note(subject, LIMITED, outcome.rate());
    }
}

fn load(run: &Run, server: &Server, window: usize) -> Outcome {
    let request = |buffer: &mut Vec<u8>, own, number| sip::message(buffer, own, "away", number);
    let (pace, count, time) = (Pace::Window(window), usize::MAX / 2, run.plan.time);
    Load { server: server.address(), pace, count, time, threads: 2, request: &request }.run()
}
