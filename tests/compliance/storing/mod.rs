//! Storing: what `m_store()` takes, refuses and puts into the table.

mod failure_route;
mod header_table;
mod max_messages;
mod owner_and_route;
mod store;
mod store_refused;
mod untyped;
