//! Whether the user that registers can receive a MESSAGE.

/// What one contact of a REGISTER says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Contact {
    /// Seconds that the binding shall last: from the contact's `expires`, else from the `Expires` header,
    /// else `None`.
    pub expires: Option<u32>,
    /// Whether the contact's `methods` parameter lists MESSAGE; `None` without that parameter.
    pub methods: Option<bool>,
}

/// Decides on the contacts of a REGISTER whether its user gets messages.
///
/// Only a contact that stays registered counts. Its own `methods` parameter (RFC 3840 section 9) decides,
/// the `Allow` header of the request where it has none, and without either MESSAGE is assumed.
pub fn can_receive(contacts: &[Contact], allow: Option<bool>) -> bool {
    contacts
        .iter()
        .filter(|contact| contact.expires != Some(0))
        .any(|contact| contact.methods.or(allow).unwrap_or(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAYS: Contact = Contact { expires: Some(60), methods: None };

    #[test]
    fn without_any_word_on_methods_message_is_assumed() {
        assert!(can_receive(&[STAYS], None));
        assert!(can_receive(&[Contact { expires: None, ..STAYS }], None));
    }

    #[test]
    fn who_leaves_gets_nothing() {
        assert!(!can_receive(&[Contact { expires: Some(0), methods: Some(true) }], Some(true)));
        assert!(!can_receive(&[], None));
    }

    #[test]
    fn the_allow_header_decides_for_contacts_without_methods() {
        assert!(can_receive(&[STAYS], Some(true)));
        assert!(!can_receive(&[STAYS], Some(false)));
    }

    #[test]
    fn the_methods_of_the_contact_come_before_allow() {
        assert!(!can_receive(&[Contact { methods: Some(false), ..STAYS }], None));
        assert!(!can_receive(&[Contact { methods: Some(false), ..STAYS }], Some(true)));
        assert!(can_receive(&[Contact { methods: Some(true), ..STAYS }], Some(false)));
    }

    #[test]
    fn one_able_contact_is_enough() {
        assert!(can_receive(&[Contact { methods: Some(false), ..STAYS }, STAYS], None));
    }
}
