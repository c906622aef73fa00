//! The intended differences between C msilo and ours: one table, which `docs/differences.md` shows to users.
//!
//! A test whose body stands in [`differs`] is in the table, under its path. With our module the body just runs. With the
//! C module it has to fail, in exactly the way its line in the table says: a test that passes there, or fails otherwise,
//! fails. A test that is not in the table runs on both modules, and has to pass on both. What C does with some databases
//! only stands in a part of the table of its own; with the others its tests have to pass. What an expected failure has to
//! print is shown with `MSILO_TEST_SHOW=1` and `--nocapture` only.
//!
//! ```sh
//! UPDATE_DOCS=1 cargo test --test compliance differences::   # writes the table into docs/differences.md
//! ```

mod checks;
mod page;
mod table;

use std::{env, thread};

use crate::harness::{database_under_test, failure_of, kamailio_version, under_test, Under};
use crate::skip::{is_left_out, skipped};

/// One line of the table.
pub struct Difference {
    /// What it is about.
    pub subject: &'static str,
    /// Its numbers in the list of what C does wrong.
    pub points: &'static [u8],
    /// What the C module does.
    pub theirs: &'static str,
    /// What ours does.
    pub ours: &'static str,
    /// The reason: a section of an RFC, a sentence of the documentation, or what it costs users.
    pub why: &'static str,
    /// The first Kamailio whose C module does it as ours does. `None`: none so far.
    pub theirs_since: Option<(u32, u32)>,
    /// The tests that show it: the path of each, and a part of what its failure says with the C module.
    pub tests: &'static [(&'static str, &'static str)],
}

/// For the part of a failure's message: how this ends with the C module is a matter of chance, so there it is not run.
pub const BY_CHANCE: &str = "(by chance)";

/// Runs the body of a test that stands in the table of differences.
#[track_caller]
pub fn differs(body: impl FnOnce()) {
    let thread = thread::current();
    let test = thread.name().unwrap_or_default();
    assert!(find(table::all(), test).is_some(), "{test} has no line in the table of differences");
    let here = find(table::on(database_under_test()), test);
    let here = here.filter(|(line, _)| line.theirs_since.is_none_or(|version| kamailio_version() < version));
    let Some((_, observed)) = here.filter(|_| under_test() == Under::Theirs) else {
        return body();
    };
    if observed == BY_CHANCE {
        return skipped("how this ends with the C module is a matter of chance");
    }
    let Some(failure) = failure_of(body) else {
        if is_left_out() {
            return;
        }
        panic!("{test} passes with the C module: its line in the table of differences is no longer true");
    };
    let expected = failure.message.contains(observed);
    if !expected || env::var_os("MSILO_TEST_SHOW").is_some() {
        eprintln!("{}", failure.printed);
    }
    if !expected {
        let message = failure.message;
        panic!("{test} fails with the C module otherwise than the table of differences says: {observed:?}\n{message}");
    }
}

/// The line of a test among these, and how the test fails with the C module.
fn find(
    mut lines: impl Iterator<Item = &'static Difference>,
    test: &str,
) -> Option<(&'static Difference, &'static str)> {
    lines.find_map(|line| {
        let (_, observed) = line.tests.iter().find(|(path, _)| *path == test)?;
        Some((line, *observed))
    })
}
