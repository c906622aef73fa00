//! The remote commands, as the server calls them.

use std::ffi::{c_void, CStr};
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::ffi::{counter_val_t, rpc_export_t, rpc_register_array, rpc_t};
use crate::guard::guard;
use crate::host::rpc::Call;
use crate::host::stats::Gauge;
use crate::module::rpc::{delivery, remove, rows, Command};
use crate::module::{module, watch::Watch};
use crate::silo::delivery::control::board::Load;
use crate::silo::operator::fault::Fault;

/// The list of commands, until `mod_init` registers it.
static TABLE: AtomicPtr<rpc_export_t> = AtomicPtr::new(std::ptr::null_mut());

/// Notes the list of commands: a static one that ends with an entry without a name.
pub(super) fn remember(commands: *mut rpc_export_t) {
    TABLE.store(commands, Ordering::Relaxed);
}

/// Registers the commands. In `mod_init`.
///
/// # Errors
/// When the server does not take them, or has such ones already.
pub(super) fn register() -> Result<(), String> {
    // SAFETY: NULL, which is no list, or what `remember` was given; the server copies names and texts, and keeps no lock.
    match unsafe { rpc_register_array(TABLE.load(Ordering::Relaxed)) } {
        0 => Ok(()),
        _ => Err("the server does not take the remote commands of the module".to_owned()),
    }
}

/// # Safety
/// Both pointers must be what the server passed to the command of that name.
unsafe fn run(name: &str, rpc: *mut rpc_t, context: *mut c_void, command: Command) {
    let done = guard(name, Err(Fault::internal("an internal error, see the log")), || {
        // SAFETY: the caller vouches for them.
        unsafe { Call::new(rpc, context) }.map_or(Ok(()), |call| command(&call))
    });
    if let Err(fault) = done {
        // SAFETY: the caller vouches for them.
        guard(name, (), || unsafe { Call::new(rpc, context) }.iter().for_each(|call| call.fault(&fault)));
    }
}

macro_rules! commands {
    ($($name:ident: $command:path;)*) => {
        $(
            pub(crate) unsafe extern "C" fn $name(rpc: *mut rpc_t, context: *mut c_void) {
                // SAFETY: called by the server with what it passes to commands.
                unsafe { run(concat!("msilo.", stringify!($name)), rpc, context, $command) }
            }
        )*
    };
}

commands! {
    summary: rows::summary;
    count: rows::count;
    list: rows::list;
    show: rows::show;
    rm: remove::rm;
    purge: remove::purge;
    dump: delivery::dump;
    processes: delivery::processes;
    inbox: delivery::inbox;
    pause: delivery::pause;
    resume: delivery::resume;
}

/// The value of a statistic that is looked up when it is read.
fn gauge(name: &str, value: impl FnOnce(&Watch) -> usize) -> counter_val_t {
    guard(name, 0, || module().map_or(0, |module| counter_val_t::try_from(value(&module.watch)).unwrap_or(0)))
}

fn sum(watch: &Watch, of: impl Fn(Load) -> usize) -> usize {
    watch.boards().map(|board| of(board.load())).sum()
}

macro_rules! gauges {
    ($($name:ident: $value:expr;)*) => {
        /// The statistics that are looked up when they are read.
        pub(crate) const GAUGES: [Gauge; [$(stringify!($name)),*].len()] = [$({
            unsafe extern "C" fn $name() -> counter_val_t {
                gauge(stringify!($name), $value)
            }
            const NAME: &CStr = match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => c"",
            };
            (NAME, $name as unsafe extern "C" fn() -> counter_val_t)
        }),*];
    };
}

gauges! {
    inboxes_active: |watch| sum(watch, |load| load.inboxes);
    messages_in_flight: |watch| sum(watch, |load| load.in_flight);
    deletes_pending: |watch| sum(watch, |load| load.undeleted);
    delivery_paused: |watch| usize::from(watch.paused_since().is_some());
    store_away: |watch| usize::from(watch.store_is_away());
}
