//! What is so with a database, a release, or several servers.

pub mod cluster;
pub mod databases;
pub mod drivers;
pub mod faults;
pub mod shared_table;
pub mod versions;
