//! The contacts of a REGISTER (`core/parser/contact/`).

use super::msg::{Request, Unparsable};
use crate::ffi;
use crate::host::str::{bytes, Lent};
use crate::silo::delivery::contacts::receiver::Contact;

impl<'a> Request<'a> {
    /// The contacts of all Contact headers; none for `Contact: *`.
    ///
    /// # Errors
    /// When one of them is malformed.
    pub fn contacts(&self) -> Result<Vec<Contact>, Unparsable> {
        self.raw_contacts()?.into_iter().map(|contact| self.describe(contact)).collect()
    }

    /// The URIs of all contacts.
    pub fn contact_uris(&self) -> Vec<Vec<u8>> {
        let contacts = self.raw_contacts().unwrap_or_default();
        // SAFETY: message; the texts point into its buffer.
        contacts.into_iter().map(|contact| unsafe { bytes(&contact.uri) }.to_vec()).collect()
    }

    /// The URI of the first contact.
    pub fn contact_uri(&self) -> Option<&'a [u8]> {
        // SAFETY: message; the text points into its buffer.
        self.raw_contacts().ok()?.first().map(|contact| unsafe { bytes(&contact.uri) })
    }

    fn raw_contacts(&self) -> Result<Vec<&'a ffi::contact_t>, Unparsable> {
        let unparsable = Unparsable("Contact header");
        let header = self.raw().contact;
        if header.is_null() {
            return Ok(Vec::new());
        }
        // SAFETY: message; the body exists after its parser succeeded.
        let star = unsafe {
            if ffi::parse_contact(header) < 0 {
                return Err(unparsable);
            }
            (*(*header).parsed.cast::<ffi::contact_body_t>()).star != 0
        };
        let (mut contacts, mut contact) = (Vec::new(), std::ptr::null_mut());
        if star {
            return Ok(contacts);
        }
        loop {
            let previous = contact;
            // SAFETY: message; the iterator parses further Contact headers and walks their contacts.
            match unsafe { ffi::contact_iterator(&mut contact, self.as_ptr(), previous) } {
                // SAFETY: message; the iterator found it there.
                0 if !contact.is_null() => contacts.extend(unsafe { contact.as_ref() }),
                // From a header without contacts the iterator would start again at the first one.
                0 | 1 => return Ok(contacts),
                _ => return Err(unparsable),
            }
        }
    }

    fn describe(&self, contact: &ffi::contact_t) -> Result<Contact, Unparsable> {
        // SAFETY: message; parameters are null or point into it.
        let parameter = |parameter: *mut ffi::param_t| unsafe { parameter.as_ref().map(|it| bytes(&it.body)) };
        let expires = parameter(contact.expires).filter(|value| !value.is_empty()).or(self.expires());
        Ok(Contact {
            expires: expires.and_then(seconds),
            methods: parameter(contact.methods).map(lists_message).transpose()?,
        })
    }
}

/// A number of seconds; `None` when it is none, and then the registrar's default holds.
fn seconds(value: &[u8]) -> Option<u32> {
    let digits = value.trim_ascii();
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0_u32, |sum, d| sum.saturating_mul(10).saturating_add(u32::from(d - b'0'))))
}

/// Whether a list of methods holds MESSAGE.
fn lists_message(methods: &[u8]) -> Result<bool, Unparsable> {
    let mut mask = 0;
    // SAFETY: the parser reads the lent text and writes the mask.
    match unsafe { ffi::parse_methods(&Lent::new(methods).raw(), &mut mask) } {
        0 => Ok(mask & ffi::METHOD_MESSAGE != 0),
        _ => Err(Unparsable("methods parameter of a Contact")),
    }
}
