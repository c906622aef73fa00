//! Nothing that goes wrong in here may go on in C.
//!
//! A panic that unwinds into the server kills all of it. So every function that C calls runs its work under
//! [`guard`], which turns a panic into a critical log line and an error code: it costs that one request.

use std::cell::RefCell;
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};

use crate::lm_crit;

thread_local! {
    /// Where and why the panic under way began; the hook knows it, the guard reports it.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Makes panics silent until a guard has caught them, since the server may have no standard error. Call once.
pub fn install_hook() {
    set_hook(Box::new(|panic| PANIC.with(|text| *text.borrow_mut() = panic.to_string().replace('\n', " "))));
}

/// Does `work` and returns what it comes to, or `failure` when it panics.
///
/// A closure that panics may leave values it was changing half changed. What the closures of this module
/// change is either the delivery, which is put right afterwards (`Delivery::recover`), or belongs to the one request
/// that is lost.
pub fn guard<R>(entry: &str, failure: R, work: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let reason = PANIC.with(RefCell::take);
        lm_crit!("{entry}: internal error, please report it: {reason}");
        failure
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_costs_the_request_and_nothing_else() {
        assert_eq!(guard("test", -1, || panic!("out of cheese")), -1);
        assert_eq!(guard("test", -1, || 1), 1);
    }
}
