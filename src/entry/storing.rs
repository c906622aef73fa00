//! What C calls for `m_store_async()`.

use std::ffi::{c_char, c_int, c_void, CStr, CString};

use super::{no_request, outcome, with_arguments, FALSE};
use crate::ffi::{self, sip_msg, str_};
use crate::guard::guard;
use crate::host::sip::msg::Request;
use crate::host::sip::suspend::Route;
use crate::host::str::bytes;
use crate::lm_err;
use crate::module::not_stored::NotStored;
use crate::module::store::Addresses;
use crate::module::storing::{store_later, will_be_used};
use crate::silo::text::Shown;

/// Reads an argument of `m_store_async()`, at start.
pub(crate) unsafe extern "C" fn fixup_2(argument: *mut *mut c_void, number: c_int) -> c_int {
    // SAFETY: called by the server with where it keeps the text of the argument.
    unsafe { fixup("m_store_async", argument, number, 2) }
}

/// Reads an argument of `m_store_addrs_async()`, at start.
pub(crate) unsafe extern "C" fn fixup_4(argument: *mut *mut c_void, number: c_int) -> c_int {
    // SAFETY: called by the server with where it keeps the text of the argument.
    unsafe { fixup("m_store_addrs_async", argument, number, 4) }
}

/// The last argument names a route, which has to be there unless a variable names it.
///
/// # Safety
/// `argument` must be where the server keeps a text of the script that ends with a NUL.
unsafe fn fixup(function: &str, argument: *mut *mut c_void, number: c_int, last: c_int) -> c_int {
    guard(function, FALSE, || {
        will_be_used();
        // SAFETY: the caller vouches for it.
        let Some(text) = (unsafe { argument.as_ref() }).filter(|text| !text.is_null()) else { return FALSE };
        // SAFETY: as above.
        let name = unsafe { CStr::from_ptr(text.cast::<c_char>()) };
        if number == last && !name.to_bytes().contains(&b'$') && Route::named(name).is_none() {
            lm_err!("{function}: there is no route[{}]", Shown(name.to_bytes()));
            return FALSE;
        }
        // SAFETY: as the server would call it.
        unsafe { ffi::fixup_spve_all(argument, number) }
    })
}

/// Stores later, and turns the outcome into a return code.
fn store_later_and_log(request: &Request<'_>, addresses: Addresses<'_>, route: &[u8]) -> c_int {
    let named = CString::new(route).ok().and_then(|name| Route::named(&name));
    let stored = match named {
        Some(route) => store_later(request, addresses, &route),
        None => Err(NotStored::NoRoute(route.to_vec())),
    };
    outcome(request, stored)
}

/// `m_store_async(owner, route)`
pub(crate) unsafe extern "C" fn m_store_async(msg: *mut sip_msg, owner: *mut c_char, route: *mut c_char) -> c_int {
    // SAFETY: called by the server with what the export table says.
    unsafe {
        with_arguments("m_store_async", msg, [owner, route], |request, [owner, route]| {
            let addresses = Addresses { owner, ..Addresses::default() };
            store_later_and_log(request, addresses, route.unwrap_or_default())
        })
    }
}

/// `m_store_addrs_async(owner, srcaddr, dstaddr, route)`
pub(crate) unsafe extern "C" fn m_store_addrs_async(
    msg: *mut sip_msg,
    owner: *mut c_char,
    from: *mut c_char,
    to: *mut c_char,
    route: *mut c_char,
) -> c_int {
    // SAFETY: called by the server with what the export table says.
    unsafe {
        with_arguments("m_store_addrs_async", msg, [owner, from, to, route], |request, [owner, from, to, route]| {
            store_later_and_log(request, Addresses { owner, from, to }, route.unwrap_or_default())
        })
    }
}

/// `KSR.msilo.mstore_async(owner, callback)`
pub(crate) unsafe extern "C" fn ki_mstore_async(msg: *mut sip_msg, owner: *mut str_, callback: *mut str_) -> c_int {
    // SAFETY: the server passes the message being processed, and texts.
    unsafe { ki_mstore_addrs_async(msg, owner, std::ptr::null_mut(), std::ptr::null_mut(), callback) }
}

/// `KSR.msilo.mstore_addrs_async(owner, srcaddr, dstaddr, callback)`
pub(crate) unsafe extern "C" fn ki_mstore_addrs_async(
    msg: *mut sip_msg,
    owner: *mut str_,
    from: *mut str_,
    to: *mut str_,
    callback: *mut str_,
) -> c_int {
    guard("mstore_async", FALSE, || {
        // SAFETY: the server passes the message being processed, and texts or NULL, which live during the call.
        let (request, [owner, from, to, callback]) = unsafe {
            (Request::new(msg), [owner, from, to, callback].map(|text| text.as_ref().map(|text| bytes(text))))
        };
        let Some(request) = request else { return no_request("mstore_async") };
        store_later_and_log(&request, Addresses { owner, from, to }, callback.unwrap_or_default())
    })
}
