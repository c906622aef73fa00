//! `$msilo(name)`: what the module has to say to the script route or event route that it runs (`core/pvar.h`).
//!
//! The values are there while that route runs, in the process that runs it; outside of it the variables are null.

use std::cell::RefCell;
use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::ffi;
use crate::host::str::{bytes, Lent};

/// The names in the brackets. To add one is to add it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// 1 when the message of `m_store_async()` is stored, -1 when it is not.
    Stored,
    /// Why it is not.
    Reason,
    /// The id of the row.
    Id,
    /// Whose inbox it is, as a SIP URI.
    Owner,
    /// The sender: a URI, or a name with a URI in angle brackets.
    From,
    /// The URI it is sent to.
    To,
    /// Its content type.
    Ctype,
    /// Its Call-ID.
    Callid,
    /// Seconds since it was stored.
    Age,
    /// The status of the answer.
    Code,
    /// What happened: `delivered` ...
    Event,
    /// How many messages the inbox holds.
    Count,
}

impl Variable {
    const ALL: [(&'static [u8], Self); 12] = [
        (b"stored", Self::Stored),
        (b"reason", Self::Reason),
        (b"id", Self::Id),
        (b"owner", Self::Owner),
        (b"from", Self::From),
        (b"to", Self::To),
        (b"ctype", Self::Ctype),
        (b"callid", Self::Callid),
        (b"age", Self::Age),
        (b"code", Self::Code),
        (b"event", Self::Event),
        (b"count", Self::Count),
    ];

    fn named(name: &[u8]) -> Option<usize> {
        Self::ALL.iter().position(|(known, _)| *known == name)
    }
}

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number; a script that asks for text gets its digits.
    Number(i64),
    /// A text.
    Text(Vec<u8>),
}

/// Which variables scripts have named so far, a bit for each.
static USED: AtomicU32 = AtomicU32::new(0);

/// Whether a script has named this variable. Scripts that are not in the server's own language name it when they ask.
pub fn is_used(variable: Variable) -> bool {
    USED.load(Ordering::Relaxed) & 1 << variable as u32 != 0
}

thread_local! {
    static VALUES: RefCell<Vec<(Variable, Value)>> = const { RefCell::new(Vec::new()) };
}

/// Puts back what was there before, even when the route panics.
struct Before(Vec<(Variable, Value)>);

impl Drop for Before {
    fn drop(&mut self) {
        VALUES.set(std::mem::take(&mut self.0));
    }
}

/// Runs a route in which these variables have these values, and no others.
pub fn with_values<R>(values: Vec<(Variable, Value)>, route: impl FnOnce() -> R) -> R {
    let _before = Before(VALUES.replace(values));
    route()
}

/// Reads the name in the brackets, when the server parses a script; `false` when there is no such variable.
///
/// # Safety
/// Both must be what the server passed to the parser of the class, during that call.
pub unsafe fn parse_name(spec: *mut ffi::pv_spec_t, name: *mut ffi::str_) -> bool {
    // SAFETY: the caller vouches for both.
    let (Some(spec), Some(name)) = (unsafe { (spec.as_mut(), name.as_ref()) }) else { return false };
    // SAFETY: the server's text lives during the call.
    let Some(number) = Variable::named(unsafe { bytes(name) }) else { return false };
    USED.fetch_or(1 << number, Ordering::Relaxed);
    spec.pvp.pvn.type_ = ffi::PV_NAME_INTSTR as c_int;
    // The position among the names: always a small number.
    spec.pvp.pvn.u.isname.name.n = number as _;
    true
}

/// Gives the value of a variable to the server; the code that its getter returns. What the route that is running has no value
/// for, `otherwise` may know.
///
/// # Safety
/// All three must be what the server passed to the getter, during that call, for a name that [`parse_name`] has read.
#[allow(clippy::useless_conversion, reason = "from 6.0 on the number is a long")]
pub unsafe fn value(
    msg: *mut ffi::sip_msg,
    param: *mut ffi::pv_param_t,
    result: *mut ffi::pv_value_t,
    otherwise: impl FnOnce(Variable) -> Option<Value>,
) -> c_int {
    // SAFETY: the caller vouches for it: the member of the union is the one that `parse_name` wrote.
    let number = unsafe { param.as_ref().map(|param| param.pvn.u.isname.name.n) };
    let variable = number.and_then(|number| Variable::ALL.get(usize::try_from(number).ok()?)).map(|(_, name)| *name);
    VALUES.with_borrow(|values| {
        let value = values.iter().find(|(name, _)| Some(*name) == variable).map(|(_, value)| value);
        let other = if value.is_none() { variable.and_then(otherwise) } else { None };
        let value = value.or(match &other {
            Some(Value::Number(_)) => other.as_ref(),
            // A text would not live as long as the server looks at it.
            _ => None,
        });
        // SAFETY: the server's own functions fill its result. A text stays where it is while the route runs.
        unsafe {
            match value {
                None => ffi::pv_get_null(msg, param, result),
                Some(Value::Number(number)) => {
                    // What all releases can hold.
                    let number = (*number).clamp(i64::from(-c_int::MAX), i64::from(c_int::MAX)) as _;
                    ffi::pv_get_sintval(msg, param, result, number)
                }
                Some(Value::Text(text)) => ffi::pv_get_strval(msg, param, result, Lent::new(text).as_ptr()),
            }
        }
    })
}
