//! A failure that is expected: seen, and not shown.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

/// What stands between the message of a failure and the log that comes with it.
pub(super) const LOG_FOLLOWS: &str = "\n=== log of the server\n";

/// How a test failed.
pub struct Failure {
    /// What the panic said, without the server's log.
    pub message: String,
    /// All that would have been printed: the panic and where it was, the server's log, the SIP exchange.
    pub printed: String,
}

thread_local! {
    /// What this thread has to print, while that is held back.
    static HELD_BACK: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body`. `None` if it does not panic; if it does, how, and nothing is printed.
pub fn failure_of(body: impl FnOnce()) -> Option<Failure> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !hold_back(&described(info)) {
                usual(info);
            }
        }));
    });
    HELD_BACK.set(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    let printed = HELD_BACK.take().unwrap_or_default();
    let message = text(&*result.err()?);
    let message = message.split(LOG_FOLLOWS).next().unwrap_or_default().to_owned();
    Some(Failure { message, printed })
}

/// Prints to the standard error of the test, unless its failure is expected.
pub(super) fn say(text: &str) {
    if !hold_back(text) {
        eprintln!("{text}");
    }
}

/// Whether output is held back, and if so, keeps this.
fn hold_back(text: &str) -> bool {
    HELD_BACK.with_borrow_mut(|held| match held {
        Some(held) => {
            held.push_str(text);
            held.push('\n');
            true
        }
        None => false,
    })
}

fn described(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    format!("panicked at {place}:\n{}", text(info.payload()))
}

/// What a panic said.
fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a text").to_owned()
}
