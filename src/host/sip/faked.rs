//! A request that nobody has sent, for what needs one (`core/fmsg.h`).

use super::msg::Request;
use crate::ffi;

/// Does something with a request that the server makes up: its variables have values, and mean nothing. `None` when the
/// server cannot make it.
pub fn with_request<R>(work: impl FnOnce(&Request<'_>) -> R) -> Option<R> {
    // SAFETY: the server has one such message in each process, parses it once, and gives it a new number each time. It
    // takes no lock and waits for nothing.
    let msg = unsafe { ffi::faked_msg_get_next() };
    // SAFETY: it lives as long as the process, and nobody else uses it during this call: single thread.
    let request = unsafe { Request::new(msg) }?;
    Some(work(&request))
}
