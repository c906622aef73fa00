//! A server, from its start to its end.

mod db_text;
mod memory;
mod startup;
mod statistics;
