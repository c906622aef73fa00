//! The compliance suite: what C msilo does, and msilo.so has to do as well, shown on a real server.
//!
//! Each test runs against either module. Where the two differ on purpose the body of the test stands in `differs`, and
//! the test in the table of differences (`differences`): there C has to fail, in the way the table says. Everything
//! else has to pass on both.
//!
//! ```sh
//! cargo test --test compliance NAME
//! MSILO_UNDER_TEST=theirs cargo test --test compliance NAME
//! ```

#[path = "../harness/mod.rs"]
mod harness;

mod bind;
mod cluster;
mod config;
mod contacts;
mod databases;
mod delivering;
mod differences;
mod docs;
mod events;
mod examples;
mod faults;
mod fixed;
mod house;
mod kemi;
mod later;
mod life;
mod loops;
mod ours;
mod rpc;
mod selftest;
mod sentences;
mod shared_table;
mod skip;
mod standards;
mod storing;
mod support;
