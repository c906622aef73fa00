//! What a database has to do for the silo, whichever it is: `MSILO_DB` says on which one these tests run.

mod away;
mod content;
mod ids;
mod widths;
