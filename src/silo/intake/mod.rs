//! Everything that `m_store()` decides before a row is written.
//!
//! In comes what the request and the script say ([`submission::Submission`]); out comes the row to write, or the
//! reason why there is none. Three books in memory that all processes share are kept here as well, as plain numbers:
//! requests that were stored lately ([`retransmissions`]), places in inboxes of limited size ([`quota`]), and messages
//! of our own that come back ([`returned`]).
//! The lock around the first two, and the table they are settled with, are their caller's.

pub mod job;
pub mod mark;
pub mod quota;
pub mod restored;
pub mod retransmissions;
pub mod returned;
pub mod sender;
pub mod submission;
