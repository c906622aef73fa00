//! The promises of the delivery, each against a store and a server that the test controls.

mod claims;
mod contacts;
mod control;
mod news;
mod panics;
mod poison;
mod reminders;
mod reuse;
mod rows;
mod sending;
mod slow_hosts;

use std::time::Duration;

use super::engine::Delivery;
use crate::silo::config::settings::{Config, Reminders};
use crate::silo::delivery::shard::Shard;
use crate::silo::fakes::Fake;

const MILLI: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Runs a story with a delivery in a fresh world.
fn story(config: &Config, tell: impl FnOnce(&Fake, &mut Delivery<'_, Fake, Fake>)) {
    let fake = Fake::default();
    tell(&fake, &mut Delivery::new(fake.clone(), fake.clone(), config, Shard::SOLE));
}

/// Works until there is nothing to do at once.
fn settle(delivery: &mut Delivery<'_, Fake, Fake>) -> Duration {
    loop {
        let idle = delivery.work();
        if !idle.is_zero() {
            return idle;
        }
    }
}

fn with_reminders() -> Config {
    Config { reminders: Some(Reminders { from: b"sip:reg@example.org".to_vec(), every: 1 }), ..Config::default() }
}
