//! What the table still has to be told after a delivery, and is remembered until it was.

mod queue;
pub mod write_behind;
