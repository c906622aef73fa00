//! The lines of the table, by subject.

mod delivery;
mod later;
mod messages;
mod operators;
mod ours;
mod servers;
mod standards;
mod start;
mod storing;

use delivery::{contacts, loops, lost, order, reminders, twice};
use messages::{body, headers, large, texts};
use servers::{cluster, databases, drivers, faults, shared_table, versions};

use super::Difference;
use crate::harness::Kind;

/// All of it, in the order of `docs/differences.md`.
pub fn all() -> impl Iterator<Item = &'static Difference> {
    everywhere().chain(databases::LINES.iter().map(|(_, line)| line))
}

/// What is so with that database under test.
pub fn on(database: Kind) -> impl Iterator<Item = &'static Difference> {
    let here = databases::LINES.iter().filter(move |(databases, _)| databases.contains(&database));
    everywhere().chain(here.map(|(_, line)| line))
}

/// What is so with every database.
fn everywhere() -> impl Iterator<Item = &'static Difference> {
    let parts = [
        storing::LINES,
        later::LINES,
        lost::LINES,
        twice::LINES,
        loops::LINES,
        order::LINES,
        large::LINES,
        body::LINES,
        headers::LINES,
        texts::LINES,
        reminders::LINES,
        start::LINES,
        faults::LINES,
        ours::LINES,
        standards::LINES,
        operators::LINES,
        contacts::LINES,
        shared_table::LINES,
        cluster::LINES,
        versions::LINES,
        drivers::LINES,
    ];
    parts.into_iter().flatten()
}
