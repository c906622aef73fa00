//! Everything that `m_store()` decides before a row is written.
//!
//! In comes what the request and the script say ([`submission::Submission`]); out comes the row to write, or the
//! reason why there is none. Two books in memory that all processes share are kept here as well, as plain slots:
//! requests that were stored lately ([`retransmissions`]), and places in inboxes of limited size ([`quota`]).
//! The lock around them, and the table they are settled with, are their caller's.

pub mod quota;
pub mod retransmissions;
pub mod sender;
pub mod submission;
