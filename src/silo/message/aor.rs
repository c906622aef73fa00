//! Addresses of record: whose inbox it is.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::silo::text::Shown;

/// The owner of an inbox: `user@host`, without scheme, port and parameters, as the table keeps it.
///
/// The host is held in lower case because hosts compare without regard to case; the user part is compared
/// byte by byte (RFC 3261 section 19.1.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Aor {
    user: Vec<u8>,
    host: Vec<u8>,
}

/// Why a URI names no inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAor {
    /// The URI has no user part.
    NoUser,
    /// The URI has no host part (a `tel:` URI, for example).
    NoHost,
    /// A part is not text: it holds a control character or is not UTF-8, which no table can look up.
    NoText,
}

impl Aor {
    /// The address of record that these two parts of a URI make.
    ///
    /// # Errors
    /// When either part is empty or is not text: such a URI is no complete address of record.
    pub fn new(user: &[u8], host: &[u8]) -> Result<Self, NoAor> {
        match (user.is_empty(), host.is_empty()) {
            (true, _) => Err(NoAor::NoUser),
            (_, true) => Err(NoAor::NoHost),
            _ if !is_text(user) || !is_text(host) => Err(NoAor::NoText),
            _ => Ok(Self { user: user.to_vec(), host: host.to_ascii_lowercase() }),
        }
    }

    /// The user part, byte for byte as it was in the URI.
    pub fn user(&self) -> &[u8] {
        &self.user
    }

    /// The host part in lower case.
    pub fn host(&self) -> &[u8] {
        &self.host
    }

    /// Which of `count` delivery processes owns the inbox. All processes of a server come to the same answer.
    pub fn shard(&self, count: usize) -> usize {
        if count <= 1 {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        let hash = usize::try_from(hasher.finish() % u64::try_from(count).unwrap_or(1));
        hash.unwrap_or(0)
    }

    /// Whether a row with these two columns belongs to this inbox.
    pub fn owns(&self, user: &[u8], host: &[u8]) -> bool {
        self.user == user && self.host.eq_ignore_ascii_case(host)
    }
}

fn is_text(part: &[u8]) -> bool {
    std::str::from_utf8(part).is_ok_and(|text| !text.chars().any(char::is_control))
}

impl fmt::Display for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", Shown(&self.user), Shown(&self.host))
    }
}

impl fmt::Display for NoAor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoUser => "it has no user part",
            Self::NoHost => "it has no host part",
            Self::NoText => "it holds bytes that are no text",
        })
    }
}

impl std::error::Error for NoAor {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_compare_without_case_and_users_with_it() {
        let bob = Aor::new(b"bob", b"Example.ORG").unwrap();
        assert_eq!(bob, Aor::new(b"bob", b"example.org").unwrap());
        assert_ne!(bob, Aor::new(b"Bob", b"example.org").unwrap());
        assert!(bob.owns(b"bob", b"EXAMPLE.org") && !bob.owns(b"BOB", b"example.org"));
    }

    #[test]
    fn a_uri_without_user_or_host_names_no_inbox() {
        assert_eq!(Aor::new(b"", b"example.org"), Err(NoAor::NoUser));
        assert_eq!(Aor::new(b"+49301234", b""), Err(NoAor::NoHost));
    }

    #[test]
    fn bytes_that_are_no_text_name_no_inbox() {
        assert_eq!(Aor::new(b"ev\xffil", b"x"), Err(NoAor::NoText));
        assert_eq!(Aor::new(b"ev\0il", b"x"), Err(NoAor::NoText));
        assert!(Aor::new("žofie".as_bytes(), b"x").is_ok());
    }
}
