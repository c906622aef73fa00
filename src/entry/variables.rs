//! What C calls for the variables `$msilo(name)`.

use std::ffi::c_int;

use super::{FALSE, OK};
use crate::ffi::{pv_param_t, pv_spec_t, pv_value_t, sip_msg, str_};
use crate::guard::guard;
use crate::host::script::variables;
use crate::module::news::stored;

/// The parser of the name in the brackets.
pub(crate) unsafe extern "C" fn parse_name(spec: *mut pv_spec_t, name: *mut str_) -> c_int {
    // SAFETY: called by the server with what its parser has read.
    guard("$msilo", FALSE, || if unsafe { variables::parse_name(spec, name) } { OK } else { FALSE })
}

/// The getter.
pub(crate) unsafe extern "C" fn value(msg: *mut sip_msg, param: *mut pv_param_t, result: *mut pv_value_t) -> c_int {
    // SAFETY: called by the server with what it keeps of a name that was parsed.
    guard("$msilo", FALSE, || unsafe {
        let request = msg.as_ref().map(|msg| msg.id);
        variables::value(msg, param, result, |variable| stored::value(request?, variable))
    })
}
