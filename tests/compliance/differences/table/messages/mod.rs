//! What becomes of a message on its way into the table and out of it.

pub mod body;
pub mod headers;
pub mod large;
pub mod texts;
