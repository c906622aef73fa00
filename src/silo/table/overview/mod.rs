//! What an operator asks of the table: how much is there, and which rows, without their bodies.

pub mod claim;
pub mod counts;
pub mod heads;
