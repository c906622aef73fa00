//! The remote commands, as the server calls them.

use std::ffi::c_void;

use crate::ffi::rpc_t;
use crate::guard::guard;
use crate::host::rpc::Call;
use crate::module::rpc::{rows, Command};
use crate::silo::operator::fault::Fault;

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
}
