//! What a message is, and how its texts are read and written.
//!
//! In come the parts of a SIP request, or of a row ([`model::StoredMessage`]); out come the parts of a row
//! ([`model::NewMessage`]), or a request to be sent ([`model::Outgoing`], made by [`compose`]).
//! Foreign bytes are read here and nowhere else: headers, content types, bodies, addresses of record. So these are the
//! files that the fuzzers look at. Nothing here reads a clock or remembers anything.

pub mod aor;
pub mod body;
pub mod codec;
pub mod compose;
mod content;
pub mod content_type;
pub mod cpim;
pub mod encoded;
pub mod headers;
pub mod lines;
pub mod model;
pub mod name;
pub mod parameter;
pub mod plain_text;
