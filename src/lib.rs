//! msilo for Kamailio: messages for users who are offline are stored, and delivered when they register.
//!
//! A drop-in replacement for the server's own C module. Data flows one way:
//!
//! ```text
//! C → exports, entry (guarded) → module → silo (safe, without the server) → traits → host → C
//! ```
//!
//! `unsafe` is allowed in [`exports`], [`entry`], [`guard`] and [`host`] only, and in the generated [`ffi`].

pub mod entry;
pub mod exports;
#[allow(unsafe_code, reason = "generated")]
pub mod ffi;
pub mod guard;
pub mod host;
pub mod log;
pub mod module;
pub mod silo;
