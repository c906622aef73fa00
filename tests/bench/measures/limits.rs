//! The load generator against itself: how far it is from its own limit.

use std::time::Duration;

use crate::caller::{Load, Pace};
use crate::kernel;
use crate::phone::Phone;
use crate::run::Run;
use crate::sip;

/// Messages a second that the generator sends and answers itself, without a server.
pub const LIMIT: &str = "load generator alone (messages/s)";
/// The same, one at a time: how fast the machine wakes a process.
pub const PING: &str = "load generator alone, one at a time (messages/s)";

/// Sends messages from the callers straight to a phone.
pub fn measure(run: &mut Run) {
    run.tell("load generator alone");
    for (measure, window, threads) in [(LIMIT, 64, 2), (PING, 1, 1)] {
        let phone = Phone::start(0);
        let request = |buffer: &mut Vec<u8>, own, number| sip::message(buffer, own, "bob", number);
        let load = Load {
            server: phone.address(),
            pace: Pace::Window(window),
            count: usize::MAX / 2,
            time: Duration::from_millis(500),
            threads,
            request: &request,
        };
        let before = kernel::own_cpu();
        let outcome = load.run();
        let cpu = kernel::own_cpu().saturating_sub(before).as_secs_f64();
        run.note_of("none", 0, "generator", measure, outcome.rate());
        if measure == LIMIT {
            run.note_of("none", 0, "generator", "CPU of it (us/message)", cpu * 1e6 / outcome.accepted.max(1) as f64);
        }
    }
}
