//! msilo for Kamailio: messages for users who are offline are stored, and delivered when they register.
//!
//! A drop-in replacement for the server's own C module. Data flows one way:
//!
//! ```text
//! C → exports, entry (guarded) → module → silo (safe, without the server) → traits → host → C
//! ```
//!
//! `unsafe` is allowed where the `allow`s below say so, and nowhere else.

#[allow(unsafe_code)]
pub mod entry;
#[allow(unsafe_code)]
pub mod exports;
#[allow(unsafe_code)]
pub mod ffi;
pub mod guard;
#[allow(unsafe_code)]
pub mod host;
pub mod log;
pub mod module;
pub mod silo;
