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
mod changing;
mod cluster;
mod columns;
mod columns_since_5_8;
mod contacts;
mod databases;
mod defaults;
mod deliver;
mod differences;
mod docs;
mod event_routes;
mod events;
mod examples;
mod failure_route;
mod faults;
mod fixed;
mod header_table;
mod headers;
mod hostile;
mod house;
mod identity;
mod kemi;
mod later;
mod lifecycle;
mod loops;
mod max_messages;
mod notify;
mod order;
mod ours;
mod owner_and_route;
mod parameters;
mod prefix;
mod reminder;
mod rpc;
mod selftest;
mod sentences;
mod settings;
mod shared_table;
mod since_5_8;
mod sipp;
mod skip;
mod standards;
mod startup;
mod store;
mod store_refused;
mod support;
mod tcp;
mod timer_route;
mod undelivered;
mod untyped;
