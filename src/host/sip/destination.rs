//! Where a request goes, found out without looking anything up (`core/forward.c`, `modules/tm/ut.h`).

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::ffi;
use crate::host::settings;
use crate::host::str::{bytes, Lent};
use crate::silo::delivery::pacing::hosts::{Host, Trust};

/// The host that tm would send a request for this URI to, where that can take long: it looks names up, and over TCP
/// without `tcp_async` it waits for the peer to take the connection. `None` for addresses that are sent to at once, and
/// for what is no URI.
pub fn slow_host(request_uri: &[u8]) -> Option<Host> {
    let length = c_int::try_from(request_uri.len()).ok().filter(|&length| length > 0)?;
    let mut uri = MaybeUninit::<ffi::sip_uri>::zeroed();
    // SAFETY: the parser reads `length` bytes of the text and fills `uri`, for which all zeroes is a value.
    if unsafe { ffi::parse_uri(request_uri.as_ptr().cast_mut().cast(), length, uri.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: zeroed above, so every field has a value.
    let uri = unsafe { uri.assume_init() };
    // SAFETY: the parts of a parsed URI point into the text it was parsed from.
    let (host, maddr, port) = unsafe { (bytes(&uri.host), bytes(&uri.maddr_val), bytes(&uri.port)) };
    let datagrams = uri.type_ != ffi::SIPS_URI_T && [ffi::PROTO_NONE, ffi::PROTO_UDP].contains(&uri.proto.into());
    let waits = !datagrams && settings::int(b"tcp", b"async") == Some(0);
    // A server may be built to go where maddr says.
    match (is_address(host) && maddr.is_empty(), is_own(host)) {
        (true, _) if waits => Some(Host { name: [host, b":", port].concat(), trust: Trust::Slow }),
        (true, _) => None,
        (false, true) if maddr.is_empty() => Some(Host { name: host.to_ascii_lowercase(), trust: Trust::Own }),
        (false, _) => {
            let trust = if waits { Trust::Slow } else { Trust::Foreign };
            Some(Host { name: [host, maddr].concat().to_ascii_lowercase(), trust })
        }
    }
}

fn is_address(host: &[u8]) -> bool {
    let text = std::str::from_utf8(host).unwrap_or_default();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    text.parse::<Ipv4Addr>().is_ok() || bare.unwrap_or(text).parse::<Ipv6Addr>().is_ok()
}

/// Whether the server takes this name for its own.
fn is_own(host: &[u8]) -> bool {
    let mut host = Lent::new(host);
    // SAFETY: compares the lent text with lists that the server made at start, and asks modules that keep such lists
    // (domain), as any process of the server may. No lock of the core is taken.
    unsafe { ffi::check_self(host.as_ptr(), 0, 0) == 1 }
}
