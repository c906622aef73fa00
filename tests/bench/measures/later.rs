//! `m_store_async()` beside `m_store()`, of ours and of C, and beside a script that stores nothing.

use std::time::Duration;

use crate::caller::{Load, Outcome, Pace};
use crate::config::{Config, Store};
use crate::run::{Meter, Run};
use crate::server::{Module, Server};
use crate::sip;

/// Messages stored and answered a second, eight workers.
pub const RATE: &str = "stored and answered, 8 workers (messages/s)";
/// CPU time of all processes, that of the database included, for each of them.
pub const CPU: &str = "stored and answered at full rate, all CPU (us/message)";
/// How long one message takes when there is no other.
pub const LATENCY: &str = "one message, idle server (ms)";
/// How long a worker is held.
pub const HOLD: &str = "worker held, median (ms)";

/// The names of what is compared.
pub const LATER: &str = "m_store_async()";
/// As above.
pub const OURS: &str = "m_store()";
/// As above.
pub const C: &str = "m_store(), C";
/// As above.
pub const NOTHING: &str = "a bare 202";

/// Stores with eight workers, in each way.
pub fn measure(run: &mut Run, database: usize) {
    let ways = [
        (C, Module::C, Store::Waiting),
        (OURS, Module::OURS, Store::Waiting),
        (LATER, Module::OURS, Store::Later),
        (NOTHING, Module::OURS, Store::Nothing),
    ];
    for (who, module, store) in ways {
        let source = &run.databases[database];
        let name = source.name();
        run.tell(&format!("{who}, {name}, 8 workers"));
        source.fill("away", 0..0);
        let server = Server::start(&Config { children: 8, store, ..Config::new(module) }, source);
        load(&server, Pace::Window(200), Duration::from_millis(300), 2);
        server.settle();
        let meter = Meter::start(&server, source);
        let outcome = load(&server, Pace::Window(200), run.plan.time, 2);
        let cost = meter.stop(&server, source, outcome.accepted);
        let alone = load(&server, Pace::Window(1), Duration::from_millis(700), 1);
        server.stop();
        run.note_of(name, 0, who, RATE, outcome.rate());
        run.note_of(name, 0, who, CPU, cost.server + cost.database);
        run.note_of(name, 0, who, LATENCY, 1e3 / alone.rate().max(1e-9));
    }
    for (who, store) in [(OURS, Store::Waiting), (LATER, Store::Later)] {
        let source = &run.databases[database];
        let name = source.name();
        run.tell(&format!("{who}, {name}, how long a worker is held"));
        source.fill("away", 0..0);
        let config = Config { children: 8, store, timed_store: true, ..Config::new(Module::OURS) };
        let server = Server::start(&config, source);
        load(&server, Pace::Rate(100.0), run.plan.time, 1);
        server.settle();
        let mut holds = server.holds();
        server.stop();
        holds.sort_unstable();
        if let Some(median) = holds.get(holds.len() / 2) {
            run.note_of(name, 0, who, HOLD, median.as_secs_f64() * 1e3);
        }
    }
}

fn load(server: &Server, pace: Pace, time: Duration, threads: usize) -> Outcome {
    let request = |buffer: &mut Vec<u8>, own, number| sip::message(buffer, own, "away", number);
    Load { server: server.address(), pace, count: usize::MAX / 2, time, threads, request: &request }.run()
}
