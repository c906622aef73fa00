//! The From tag of a stored message on its way out, by which it is known when a script hands it back to `m_store()`.
//!
//! Call-ID and From tag are what every proxy leaves as they are (RFC 3261 section 16.6); the Call-ID may be the one of
//! the sender (`use_mode`), so the tag it is. Nobody but this server can make one: it ends in a code over all that
//! stands in it, with keys that are made anew at each start. Whoever has seen one can show it again, and what that does
//! is decided in [`returned`](crate::silo::intake::returned).

use std::hash::{BuildHasher, RandomState};

use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Origin, RowId};
use crate::silo::time::UnixTime;

const NAME: &str = "msilo";
/// What keeps the two uses of the keys apart.
const OF_AN_INBOX: u8 = 1;
const OF_A_TAG: u8 = 2;

/// What such a tag says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The ticket of the flight.
    pub ticket: u64,
    /// The row of the message.
    pub id: RowId,
    /// Which inbox the row is in.
    inbox: u32,
    /// How many bytes of the body are the prefix.
    pub prefix: u64,
    /// When the message was stored.
    pub stored_at: UnixTime,
    /// When it is over.
    pub expires_at: UnixTime,
}

impl Mark {
    /// The mark of a message that is sent with this ticket.
    pub fn new(ticket: u64, origin: &Origin, keys: &RandomState) -> Self {
        Self {
            ticket,
            id: origin.id,
            inbox: inbox(&origin.owner, keys),
            prefix: origin.prefix as u64,
            stored_at: origin.stored_at,
            expires_at: origin.expires_at,
        }
    }

    /// The tag: a token of RFC 3261 section 25.1.
    pub fn tag(&self, keys: &RandomState) -> String {
        let Self { ticket, id, inbox, prefix, stored_at, expires_at } = *self;
        let code = keys.hash_one((OF_A_TAG, ticket, id, inbox, prefix, stored_at, expires_at));
        format!("{NAME}-{ticket:x}-{id:x}-{inbox:x}-{prefix:x}-{stored_at:x}-{expires_at:x}-{code:016x}")
    }

    /// What a tag says; `None` when this server has not made it.
    pub fn read(tag: &[u8], keys: &RandomState) -> Option<Self> {
        let mark = Self::read_foreign(tag)?;
        // One way to write it, and one code.
        (mark.tag(keys).as_bytes() == tag).then_some(mark)
    }

    /// What a tag says that looks like one, whoever has made it.
    pub fn read_foreign(tag: &[u8]) -> Option<Self> {
        let numbers = std::str::from_utf8(tag).ok()?.strip_prefix(NAME)?.strip_prefix('-')?;
        let mut numbers = numbers.split('-').map(|digits| u64::from_str_radix(digits, 16).ok());
        let mut next = || numbers.next().flatten();
        Some(Self {
            ticket: next()?,
            id: next()?.cast_signed(),
            inbox: u32::try_from(next()?).ok()?,
            prefix: next()?,
            stored_at: next()?.cast_signed(),
            expires_at: next()?.cast_signed(),
        })
    }

    /// The mark as numbers, for another process of this server.
    pub fn numbers(&self) -> [u64; 6] {
        let Self { ticket, id, inbox, prefix, stored_at, expires_at } = *self;
        [ticket, id.cast_unsigned(), inbox.into(), prefix, stored_at.cast_unsigned(), expires_at.cast_unsigned()]
    }

    /// The mark that [`Mark::numbers`] took apart; `None` when it was none.
    pub fn of_numbers([ticket, id, inbox, prefix, stored_at, expires_at]: [u64; 6]) -> Option<Self> {
        let [id, stored_at, expires_at] = [id, stored_at, expires_at].map(u64::cast_signed);
        Some(Self { ticket, id, inbox: u32::try_from(inbox).ok()?, prefix, stored_at, expires_at })
    }

    /// Whether the message is from the inbox of `owner`.
    pub fn is_of(&self, owner: &Aor, keys: &RandomState) -> bool {
        self.inbox == inbox(owner, keys)
    }
}

/// A number for an inbox, half as long as it could be: who is mistaken for another owner once in 2^32 is told that the
/// message is kept, and it is.
fn inbox(owner: &Aor, keys: &RandomState) -> u32 {
    u32::try_from(keys.hash_one((OF_AN_INBOX, owner)) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::fakes::bob;

    fn mark(keys: &RandomState) -> Mark {
        let origin = Origin { id: 7, owner: bob(), prefix: 44, stored_at: 1_800_000_000, expires_at: 1_800_259_200 };
        Mark::new(12_345, &origin, keys)
    }

    #[test]
    fn a_tag_says_what_it_was_made_of() {
        let keys = RandomState::new();
        let tag = mark(&keys).tag(&keys);
        assert_eq!(Mark::read(tag.as_bytes(), &keys), Some(mark(&keys)));
        assert!(tag.len() <= 64 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{tag}");
        let odd = Mark { ticket: u64::MAX, id: RowId::MIN, prefix: u64::MAX, stored_at: -1, ..mark(&keys) };
        assert_eq!(Mark::read(odd.tag(&keys).as_bytes(), &keys), Some(odd));
    }

    #[test]
    fn nobody_else_can_make_one() {
        let keys = RandomState::new();
        let tag = mark(&keys).tag(&keys);
        for at in 0..tag.len() {
            for other in [b'0', b'1', b'f', b'-', b'+', 0xff] {
                let mut forged = tag.clone().into_bytes();
                if std::mem::replace(&mut forged[at], other) != other {
                    assert_eq!(Mark::read(&forged, &keys), None, "{}", forged.escape_ascii());
                }
            }
            assert_eq!(Mark::read(&tag.as_bytes()[..at], &keys), None);
        }
        let longer = [&tag, "-0", "0", "%00"].map(|end| format!("{tag}{end}"));
        assert!(longer.iter().all(|tag| Mark::read(tag.as_bytes(), &keys).is_none()));
        assert_eq!(Mark::read(tag.to_uppercase().as_bytes(), &keys), None);
        assert_eq!(Mark::read(tag.as_bytes(), &RandomState::new()), None, "after a restart");
        assert_eq!(Mark::read(b"msilo-", &keys), None);
    }

    #[test]
    fn it_knows_its_inbox_in_any_case_of_the_host() {
        let keys = RandomState::new();
        assert!(mark(&keys).is_of(&Aor::new(b"bob", b"EXAMPLE.org").unwrap(), &keys));
        assert!(!mark(&keys).is_of(&Aor::new(b"Bob", b"example.org").unwrap(), &keys));
    }
}
