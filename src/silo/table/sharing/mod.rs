//! What holds between servers that share the table: whose a row is ([`lease`]), and how many an inbox takes ([`places`]).

pub(super) mod lease;
mod places;
