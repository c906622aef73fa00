//! What scripts and senders are told about messages.

pub mod events;
pub mod receipts;
pub mod stored;
