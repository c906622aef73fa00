//! What is asked of a delivery process from outside, and what it shows of itself.
//!
//! Who wants something done in it posts a [`question`], and finds the answer on the [`desk`], a few words of memory that all
//! processes share; [`asked`] is how it is done. What it shows without being asked stands on its [`board`], also in
//! shared memory: that can be read while the process hangs in its database.

mod asked;
pub mod board;
pub mod desk;
pub mod question;
