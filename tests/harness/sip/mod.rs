//! User agents on real sockets, what they say and what they hear.

pub mod agent;
pub mod dialogue;
pub mod exchange;
pub mod message;
pub mod request;
pub mod transport;
