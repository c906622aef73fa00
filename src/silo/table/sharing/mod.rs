//! What holds between servers that share the table: whose a row is ([`lease`], [`claims`]), and how many an inbox takes ([`places`]).

mod claims;
pub(super) mod lease;
mod places;
