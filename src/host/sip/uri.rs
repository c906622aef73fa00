//! SIP URIs, as the server's parser sees them (`core/parser/parse_uri.c`).

use std::ffi::c_int;
use std::mem::MaybeUninit;

use crate::ffi;
use crate::host::str::bytes;
use crate::silo::intake::submission::SipUri;

/// Parses a URI; `None` when the server does not accept it as one.
pub fn parse(text: &[u8]) -> Option<SipUri<'_>> {
    let uri = parsed(text)?;
    // SAFETY: the parts of a parsed URI point into the text it was parsed from.
    let (user, host) = unsafe { (bytes(&uri.user), bytes(&uri.host)) };
    Some(SipUri { text, user, host })
}

/// The parts of a URI, which point into its text.
fn parsed(text: &[u8]) -> Option<ffi::sip_uri> {
    let length = c_int::try_from(text.len()).ok().filter(|&length| length > 0)?;
    let mut uri = MaybeUninit::<ffi::sip_uri>::zeroed();
    // SAFETY: the parser reads `length` bytes of `text` and fills `uri`, for which all zeroes is a value.
    let parsed = unsafe { ffi::parse_uri(text.as_ptr().cast_mut().cast(), length, uri.as_mut_ptr()) };
    if parsed != 0 {
        return None;
    }
    // SAFETY: zeroed above, so every field has a value.
    Some(unsafe { uri.assume_init() })
}

/// Whether the URI names this server: one of its addresses or aliases, with its port.
pub fn is_self(text: &[u8]) -> bool {
    let Some(uri) = parsed(text) else { return false };
    let port = if uri.port_no == 0 { ffi::SIP_PORT } else { uri.port_no.into() };
    let (mut host, any_protocol) = (uri.host, 0);
    // SAFETY: the server compares the host, which points into the text, with its own.
    let found = unsafe { ffi::check_self(&mut host, u16::try_from(port).unwrap_or(0), any_protocol) };
    found == 1
}

/// Whether the URI is a `sip:` or `sips:` URI that a request can be sent to.
pub fn is_sip(text: &[u8]) -> bool {
    let scheme = text.split(|&b| b == b':').next().unwrap_or_default();
    let sip = scheme.eq_ignore_ascii_case(b"sip") || scheme.eq_ignore_ascii_case(b"sips");
    sip && parse(text).is_some_and(|uri| !uri.host.is_empty())
}
