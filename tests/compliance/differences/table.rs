//! The lines of the table, by subject.

mod body;
mod faults;
mod headers;
mod large;
mod lost;
mod order;
mod ours;
mod reminders;
mod start;
mod storing;
mod twice;
mod versions;

use super::Difference;

/// All of it, in the order of the README.
pub fn all() -> impl Iterator<Item = &'static Difference> {
    let parts = [
        storing::LINES,
        lost::LINES,
        twice::LINES,
        order::LINES,
        large::LINES,
        body::LINES,
        headers::LINES,
        reminders::LINES,
        start::LINES,
        faults::LINES,
        ours::LINES,
        versions::LINES,
    ];
    parts.into_iter().flatten()
}
