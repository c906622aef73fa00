//! What the module does, without the server it does it in.
//!
//! A message comes in through [`intake`], waits in a [`store`], and goes out through [`delivery`]. The server
//! is reached only through the traits [`store::Store`], [`database::Database`], [`server::Server`] and
//! [`time::Clock`], so everything here is tested without one.
#![forbid(unsafe_code)]

pub mod aor;
pub mod body;
pub mod columns;
pub mod compose;
pub mod config;
pub mod content_type;
pub mod database;
pub mod delivery;
pub mod dialect;
pub mod dispatch;
pub mod event;
pub mod flight;
pub mod free_list;
pub mod headers;
pub mod inbox;
pub mod inspection;
pub mod intake;
pub mod ledger;
pub mod literals;
pub mod message;
pub mod newcomers;
pub mod pace;
mod pending;
pub mod prefix;
pub mod recent;
pub mod room;
mod rows;
pub mod schedule;
pub mod server;
mod sql;
pub mod store;
pub mod support;
pub mod table;
pub mod text;
pub mod time;
pub mod widths;

#[cfg(test)]
mod delivery_tests;
#[cfg(test)]
mod fakes;
#[cfg(test)]
mod properties;
