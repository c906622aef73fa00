//! Registered contacts, and how a message gets to one.
//!
//! In come the bindings of an address of record, copied out of the server's user location ([`binding::Binding`]); out
//! comes where to send to ([`binding::Flow`]), or why a contact is passed over. [`line`] is what one contact
//! still has to get, [`lines`] are those of all contacts of an inbox, [`receivers`] which of them are meant.

pub mod binding;
mod fan_out;
pub mod key;
pub mod line;
pub mod lines;
mod path;
pub mod receiver;
pub mod receivers;
