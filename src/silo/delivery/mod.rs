//! From `m_dump()` to the DELETE of the row.
//!
//! In come dumps and final answers ([`event::Event`]), posted by SIP workers; out go MESSAGE requests, through the
//! trait [`server::Server`], and changes of rows, through [`crate::silo::table::store::Store`].
//! One process owns an [`engine::Delivery`] and with it all state of the inboxes that are its own ([`shard::Shard`]), so
//! nothing is locked. [`inbox`] is the line of one user, [`flight`] what is under way, [`dispatch`] the step from the
//! one to the other, `settle` what a final answer means; [`pacing`] says when something may be sent, [`writes`] what the table still has to be told,
//! [`news`] what scripts and senders are, [`claims`] which rows are this server's where several share the table, and [`control`]
//! is what a process answers and shows to others.

pub mod answers;
mod apart;
pub mod claims;
pub mod contacts;
pub mod control;
mod dispatch;
pub mod engine;
pub mod event;
pub mod flight;
pub mod inbox;
pub mod news;
pub mod pacing;
mod recovery;
mod reminders;
pub mod server;
mod settle;
pub mod shard;
pub mod writes;

#[cfg(test)]
mod tests;
