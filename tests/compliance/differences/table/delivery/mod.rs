//! When a message is delivered, to whom, and how often.

pub mod contacts;
pub mod loops;
pub mod lost;
pub mod order;
pub mod reminders;
pub mod twice;
