//! The compliance suite: what C msilo does, and msilo.so has to do as well, shown on a real server.
//!
//! Two modules hold what C does not do: `fixed` (C is at fault; each test says what it does) and `since_6_0` (the C
//! module has it from Kamailio 6.0 on). Everything else passes on both.
//!
//! ```sh
//! cargo test --test compliance NAME
//! MSILO_UNDER_TEST=theirs cargo test --test compliance -- --skip fixed:: --skip since_6_0::
//! ```

#[path = "../harness/mod.rs"]
mod harness;

mod columns;
mod deliver;
mod failure_route;
mod fixed;
mod headers;
mod hostile;
mod identity;
mod kemi;
mod lifecycle;
mod notify;
mod order;
mod parameters;
mod reminder;
mod selftest;
mod since_6_0;
mod startup;
mod store;
mod store_refused;
mod support;
mod tcp;
mod undelivered;
