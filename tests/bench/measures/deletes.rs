//! How many DELETE statements a delivery takes, and how long a row outlives its 200.

use std::thread;
use std::time::Duration;

use super::DELIVERIES;
use crate::config::Config;
use crate::phone::Phone;
use crate::run::Run;
use crate::server::Server;

/// DELETE statements for each 1000 delivered messages.
pub const STATEMENTS: &str = "DELETE statements per 1000 delivered";
/// The longest time that a row was still there after its message was answered.
pub const OUTLIVED: &str = "row outlives its 200 (ms)";

/// C deletes when its timer comes, so this is how long it may take.
const CHECK_TIME: i64 = 1;
const PATIENCE: Duration = Duration::from_secs(8);

/// Delivers an inbox from MariaDB once with each module.
pub fn measure(run: &mut Run) {
    let size = run.plan.watched;
    for module in DELIVERIES {
        let source = &run.databases[1];
        let subject = (source.name(), size, module);
        run.tell(&format!("DELETEs, {}, inbox of {size}, {module}", source.name()));
        source.fill("bob", 0..size);
        let first = source.first_id();
        let params = vec![("check_time", CHECK_TIME)];
        let server = Server::start(&Config { params, ..Config::new(module) }, source);
        let before = source.deletes().unwrap_or(0);
        let phone = Phone::start(size);
        phone.register(server.address(), "bob");
        let mut longest = Duration::ZERO;
        loop {
            let asked = phone.now();
            let oldest = source.first_id();
            if oldest == 0 || asked > phone.last() + PATIENCE {
                break;
            }
            // The oldest row is still there, so it has outlived its 200 by the time since that.
            if let Some(answered) = usize::try_from(oldest - first).ok().and_then(|number| phone.arrival(number)) {
                longest = longest.max(asked.saturating_sub(answered));
            }
            thread::sleep(Duration::from_millis(2));
        }
        let statements = source.deletes().unwrap_or(0) - before;
        server.stop();
        run.note(subject, STATEMENTS, statements as f64 * 1000.0 / phone.distinct().max(1) as f64);
        run.note(subject, OUTLIVED, longest.as_secs_f64() * 1e3);
    }
}
