//! Memory that all processes of the server share.

mod free_list;
pub mod letters;
pub mod line;
pub mod locked;
pub mod presence;
pub mod queue;
pub mod words;
