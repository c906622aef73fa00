//! Rows in and out, on every database.
//!
//! In come messages to write and questions ([`store::Store`]); out goes SQL text, or calls of the server's database
//! API, through the trait [`database::Database`], and back come pages of rows.
//! [`silo_table::Table`] joins the two; `sharing` says whose a row is, where several servers share the table. How databases differ is known to [`dialect`], [`sql`] and [`waits`] alone; what the table
//! has to be like before the server may start is asked by [`inspection`]; what an operator asks is answered by [`overview`].

pub mod batch;
pub mod database;
pub mod dialect;
mod insert;
pub mod inspection;
mod literals;
pub mod overview;
mod rows;
mod sharing;
pub mod silo_table;
mod sql;
pub mod store;
pub mod value;
pub mod waits;
pub mod watch;
