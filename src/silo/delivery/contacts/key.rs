//! Under which key the user location keeps an address of record (`registrar/common.c`).

use crate::silo::message::aor::Aor;

/// How the server's registrar makes its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyRule {
    /// `use_domain` of usrloc: the domain is part of the key.
    pub use_domain: bool,
    /// `case_sensitive` of the registrar: letters of the user part are kept as they are.
    pub case_sensitive: bool,
    /// `realm_prefix` of the registrar: left out where a domain begins with it.
    pub realm_prefix: Vec<u8>,
}

impl KeyRule {
    /// The key of an address of record: its user part without escapes, and the domain where the rule says so.
    pub fn key(&self, owner: &Aor) -> Vec<u8> {
        let mut key = unescape(owner.user());
        if !self.case_sensitive {
            key.make_ascii_lowercase();
        }
        if self.use_domain {
            key.push(b'@');
            let host = owner.host();
            let prefix = &self.realm_prefix[..];
            let rest = host.strip_prefix(prefix).filter(|rest| !prefix.is_empty() && !rest.is_empty());
            key.extend(rest.unwrap_or(host).iter().map(u8::to_ascii_lowercase));
        }
        key
    }
}

/// `%40` is one character (RFC 3261 section 19.1.2); what is no escape stays as it is.
fn unescape(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|&b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let (mut plain, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(&byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                plain.push(high << 4 | low);
                at += 3;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(rule: &KeyRule, user: &str, host: &str) -> String {
        String::from_utf8(rule.key(&Aor::new(user.as_bytes(), host.as_bytes()).unwrap())).unwrap()
    }

    #[test]
    fn the_key_follows_the_settings_of_the_registrar() {
        let plain = KeyRule { case_sensitive: true, ..KeyRule::default() };
        assert_eq!(key(&plain, "Bob", "Example.org"), "Bob");
        assert_eq!(key(&KeyRule::default(), "Bob", "Example.org"), "bob");
        let domain = KeyRule { use_domain: true, ..plain };
        assert_eq!(key(&domain, "Bob", "Example.org"), "Bob@example.org");
        let realm = KeyRule { realm_prefix: b"sip.".to_vec(), ..domain };
        assert_eq!(key(&realm, "bob", "sip.example.org"), "bob@example.org");
        assert_eq!(key(&realm, "bob", "sip."), "bob@sip.");
    }

    #[test]
    fn escapes_in_the_user_part_are_undone() {
        let rule = KeyRule { case_sensitive: true, ..KeyRule::default() };
        assert_eq!(key(&rule, "a%40B%7e%zz%4", "x"), "a@B~%zz%4");
    }
}
