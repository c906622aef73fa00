//! Registered contacts, and how a message gets to one.
//!
//! In come the bindings of an address of record, copied out of the server's user location ([`binding::Binding`]); out
//! comes where to send to ([`binding::Flow`]), or why a contact is passed over.

pub mod binding;
pub mod key;
mod path;
