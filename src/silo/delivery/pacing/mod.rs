//! When something may be sent: what the server's sockets and memory can take.

pub mod pace;
