//! What an operator asks from outside, and what the answer looks like.
//!
//! In come the arguments of a command, as text ([`arguments`]); out go the fields of its answer ([`report`]) or a
//! [`fault`]. Which rows and numbers those are is asked of [`table::overview`](crate::silo::table::overview) and
//! [`delivery::control`](crate::silo::delivery::control).

pub mod arguments;
pub mod fault;
pub mod report;
