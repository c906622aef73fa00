//! When something may be sent, and in which order: what the server's sockets and memory can take, and what is known of
//! messages and destinations that failed.

pub mod backlog;
pub mod backoff;
pub mod hosts;
pub mod lane;
pub mod lookups;
pub mod mistakes;
pub mod pace;
pub mod recent;
pub mod schedule;
pub mod unanswered;
