//! What the module does, without the server it does it in.
//!
//! A message comes in through [`intake`], waits in the [`table`], and goes out through [`delivery`]; what a message
//! is, and how its texts are read and written, is in [`message`], and what the administrator wants in [`config`].
//! The arrows run one way: delivery → table → message, intake → table and message, all → config, text and time.
//!
//! The server is reached only through the traits [`table::store::Store`], [`table::database::Database`],
//! [`delivery::server::Server`] and [`time::Clock`], so everything here is tested without one.
#![forbid(unsafe_code)]

pub mod config;
pub mod delivery;
pub mod intake;
pub mod message;
pub mod operator;
pub mod table;
pub mod text;
pub mod time;

#[cfg(test)]
mod fakes;
#[cfg(test)]
mod properties;
