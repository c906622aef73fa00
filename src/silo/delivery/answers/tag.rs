//! The tag in the From header of a message (RFC 3261 section 19.3): it comes back in every answer, through however many
//! proxies.

use std::hash::{BuildHasher, RandomState};

use crate::silo::delivery::server::Ticket;

/// Makes the tags of one run of the server, and recognises them. All its processes must use the same one.
#[derive(Debug)]
pub struct Tags {
    /// Keyed with random numbers, so that nobody can make the tag of a message that was not sent to them.
    secret: RandomState,
}

impl Tags {
    /// Those of a server that starts now.
    #[allow(clippy::new_without_default)] // no two are the same
    pub fn new() -> Self {
        Self { secret: RandomState::new() }
    }

    /// The tag of the message that this ticket was given for.
    pub fn tag(&self, ticket: Ticket) -> String {
        format!("{:x}.{:016x}", ticket.0, self.secret.hash_one(ticket))
    }

    /// The ticket of a tag that [`Tags::tag`] made.
    pub fn ticket(&self, tag: &[u8]) -> Option<Ticket> {
        let text = std::str::from_utf8(tag).ok()?;
        let (ticket, _) = text.split_once('.')?;
        let ticket = Ticket(usize::from_str_radix(ticket, 16).ok()?);
        (self.tag(ticket) == text).then_some(ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_leads_back_to_its_ticket() {
        let tags = Tags::new();
        for ticket in [0, 1, 0xabc, usize::MAX].map(Ticket) {
            let tag = tags.tag(ticket);
            assert_eq!(tags.ticket(tag.as_bytes()), Some(ticket));
            assert!(tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'), "{tag} is a token");
        }
    }

    #[test]
    fn no_other_text_is_a_tag() {
        let tags = Tags::new();
        let tag = tags.tag(Ticket(0x1a));
        let (_, mac) = tag.split_once('.').unwrap();
        let others = [
            Tags::new().tag(Ticket(0x1a)),
            format!("1b.{mac}"),
            format!("1A.{mac}"),
            format!("+1a.{mac}"),
            format!("01a.{mac}"),
            format!("{tag}0"),
            "1a".to_owned(),
            String::new(),
        ];
        for other in others {
            assert_eq!(tags.ticket(other.as_bytes()), None, "{other}");
        }
        assert_eq!(tags.ticket(&[0xff, b'.']), None);
    }
}
