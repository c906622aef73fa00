//! The functions that C calls. Each does nothing but guard → wrap → module → return code.
//!
//! Return codes are those of every script function of the server: 1 for true, -1 for false.

pub(crate) mod rpc;
pub(crate) mod storing;
pub(crate) mod variables;

use std::cell::RefCell;
use std::ffi::{c_char, c_int};
use std::ptr;

use crate::ffi::{self, sip_msg, str_};
use crate::guard::{guard, install_hook};
use crate::host::clock::ServerClock;
use crate::host::log::ServerLog;
use crate::host::script::pv;
use crate::host::sip::msg::Request;
use crate::host::sip::tm;
use crate::host::str::bytes;
use crate::log::{LeftOut, Throttle};
use crate::module::dump::{dump, NotDumped};
use crate::module::news::events;
use crate::module::not_stored::NotStored;
use crate::module::store::{store, Addresses};
use crate::module::{self, apart, delivery, storing as storing_processes};
use crate::silo::text::Shown;
use crate::silo::time::Clock;
use crate::{lm_dbg, lm_err, log};

const TRUE: c_int = 1;
const FALSE: c_int = -1;
const OK: c_int = 0;

/// The library has been loaded. `tables` is the list of KEMI functions, `commands` that of remote commands.
pub(crate) fn loaded(tables: *mut ffi::sr_kemi_t, commands: *mut ffi::rpc_export_t) -> c_int {
    rpc::remember(commands);
    log::set_sink(&ServerLog);
    install_hook();
    // SAFETY: a static list that ends with an empty entry; the server keeps the pointer.
    unsafe { ffi::sr_kemi_modules_add(tables) }
}

pub(crate) extern "C" fn mod_init() -> c_int {
    guard("mod_init", FALSE, || match module::start(&rpc::GAUGES).and_then(|()| rpc::register()) {
        Ok(()) => OK,
        Err(reason) => {
            lm_err!("{reason}");
            FALSE
        }
    })
}

pub(crate) extern "C" fn child_init(rank: c_int) -> c_int {
    let started = || match rank {
        ffi::PROC_INIT => storing_processes::prepare(),
        ffi::PROC_TCP_MAIN => Ok(()),
        ffi::PROC_MAIN => {
            let forked = delivery::fork_all(on_final_answer).and_then(|()| apart::fork(on_final_answer));
            forked.and_then(|()| storing_processes::fork_all()).and_then(|()| events::fork()).map_err(str::to_owned)
        }
        _ => module::connect(),
    };
    guard("child_init", FALSE, || match started() {
        Ok(()) => OK,
        Err(reason) => {
            lm_err!("process of rank {rank} cannot start: {reason}");
            FALSE
        }
    })
}

pub(crate) extern "C" fn destroy() {
    guard("destroy", (), module::disconnect);
}

/// What tm calls, in any process, with the final answer to a message of ours.
pub(crate) unsafe extern "C" fn on_final_answer(_: *mut ffi::cell, _: c_int, params: *mut ffi::tmcb_params) {
    guard("tm callback", (), || {
        // SAFETY: tm passes its parameters, which live during the call.
        if let Some((ticket, status)) = unsafe { tm::final_answer(params) } {
            delivery::answered(ticket, status);
        }
    });
}

thread_local! {
    /// The lines of this process about a database that does not take messages.
    static NOT_STORED: RefCell<Throttle> = const { RefCell::new(Throttle::new()) };
    /// Those about dumps for which there is no memory.
    static NOT_DUMPED: RefCell<Throttle> = const { RefCell::new(Throttle::new()) };
}

/// Stores, and turns the outcome into a return code.
fn store_and_log(request: &Request<'_>, addresses: Addresses<'_>) -> c_int {
    outcome(request, store(request, addresses))
}

/// Turns what became of a request into a return code, and logs why it is not stored.
fn outcome(request: &Request<'_>, stored: Result<(), NotStored>) -> c_int {
    let Err(reason) = stored else { return TRUE };
    module::refused(&reason);
    let end = match reason.is_fault_of_database() {
        true => NOT_STORED.with_borrow_mut(|throttle| throttle.pass(ServerClock.monotonic())),
        false => Some(LeftOut::NONE),
    };
    if let Some(end) = end {
        let from = request.from_uri().unwrap_or(b"an unknown sender");
        lm_err!("message from {} for {} not stored: {reason}{end}", Shown(from), Shown(request.uri()));
    }
    FALSE
}

/// Dumps, and turns the outcome into a return code.
fn dump_and_log(request: &Request<'_>, owner: Option<&[u8]>, most: Option<u64>) -> c_int {
    let Err(reason) = dump(request, owner, most) else { return TRUE };
    let end = match reason {
        NotDumped::CannotReceive => {
            lm_dbg!("nothing delivered: {reason}");
            None
        }
        NotDumped::NoMemory(_) => NOT_DUMPED.with_borrow_mut(|throttle| throttle.pass(ServerClock.monotonic())),
        _ => Some(LeftOut::NONE),
    };
    if let Some(end) = end {
        lm_err!("no messages delivered: {reason}{end}");
    }
    FALSE
}

fn no_request(function: &str) -> c_int {
    lm_err!("{function}: works on requests only");
    FALSE
}

/// Runs `work` with the request and the texts that the arguments of a script function come to.
///
/// # Safety
/// `msg` must be what the server passed; each argument NULL or what a `fixup_spve_*` left of it.
unsafe fn with_arguments<const N: usize>(
    function: &str,
    msg: *mut sip_msg,
    arguments: [*mut c_char; N],
    work: impl FnOnce(&Request<'_>, [Option<&[u8]>; N]) -> c_int,
) -> c_int {
    guard(function, FALSE, || {
        // SAFETY: the caller vouches for the message.
        let Some(request) = (unsafe { Request::new(msg) }) else { return no_request(function) };
        let mut texts: [Option<Vec<u8>>; N] = [const { None }; N];
        for (number, (text, argument)) in texts.iter_mut().zip(arguments).enumerate() {
            if !argument.is_null() {
                // SAFETY: the caller vouches for the argument.
                *text = unsafe { pv::argument(&request, argument) };
                if text.is_none() {
                    lm_err!("{function}: argument {} has no value", number + 1);
                    return FALSE;
                }
            }
        }
        work(&request, texts.each_ref().map(Option::as_deref))
    })
}

/// `m_store()`, `m_store(owner)`
pub(crate) unsafe extern "C" fn m_store(msg: *mut sip_msg, owner: *mut c_char, _: *mut c_char) -> c_int {
    // SAFETY: called by the server with what the export table says.
    unsafe {
        with_arguments("m_store", msg, [owner], |request, [owner]| {
            store_and_log(request, Addresses { owner, ..Addresses::default() })
        })
    }
}

/// `m_store_addrs(owner, srcaddr, dstaddr)`
pub(crate) unsafe extern "C" fn m_store_addrs(
    msg: *mut sip_msg,
    owner: *mut c_char,
    from: *mut c_char,
    to: *mut c_char,
) -> c_int {
    // SAFETY: called by the server with what the export table says.
    unsafe {
        with_arguments("m_store_addrs", msg, [owner, from, to], |request, [owner, from, to]| {
            store_and_log(request, Addresses { owner, from, to })
        })
    }
}

/// `m_dump()`, `m_dump(owner)`, `m_dump(owner, maxmsg)`
pub(crate) unsafe extern "C" fn m_dump(msg: *mut sip_msg, owner: *mut c_char, most: *mut c_char) -> c_int {
    // SAFETY: called by the server with what the export table says.
    unsafe {
        with_arguments("m_dump", msg, [owner, most], |request, [owner, most]| match most.map(number) {
            Some(None) => {
                lm_err!("m_dump: maxmsg \"{}\" must be a number, 0 for all", Shown(most.unwrap_or_default()));
                FALSE
            }
            most => dump_and_log(request, owner, most.flatten().filter(|&most| most > 0)),
        })
    }
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

/// `KSR.msilo.mstore()`
pub(crate) unsafe extern "C" fn ki_mstore(msg: *mut sip_msg) -> c_int {
    // SAFETY: the server passes the message being processed.
    unsafe { ki_mstore_addrs(msg, ptr::null_mut(), ptr::null_mut(), ptr::null_mut()) }
}

/// `KSR.msilo.mstore_uri(owner)`, and `m_store` of the C API
pub(crate) unsafe extern "C" fn ki_mstore_uri(msg: *mut sip_msg, owner: *mut str_) -> c_int {
    // SAFETY: the server passes the message being processed, and a text or NULL.
    unsafe { ki_mstore_addrs(msg, owner, ptr::null_mut(), ptr::null_mut()) }
}

/// `KSR.msilo.mstore_addrs(owner, srcaddr, dstaddr)`
pub(crate) unsafe extern "C" fn ki_mstore_addrs(
    msg: *mut sip_msg,
    owner: *mut str_,
    from: *mut str_,
    to: *mut str_,
) -> c_int {
    guard("mstore", FALSE, || {
        // SAFETY: the server passes the message being processed, and texts or NULL, which live during the call.
        let (request, [owner, from, to]) =
            unsafe { (Request::new(msg), [owner, from, to].map(|text| text.as_ref().map(|text| bytes(text)))) };
        request.map_or_else(|| no_request("mstore"), |request| store_and_log(&request, Addresses { owner, from, to }))
    })
}

/// `KSR.msilo.mdump()`
pub(crate) unsafe extern "C" fn ki_mdump(msg: *mut sip_msg) -> c_int {
    // SAFETY: the server passes the message being processed.
    unsafe { ki_mdump_uri(msg, ptr::null_mut()) }
}

/// `KSR.msilo.mdump_uri(owner)`, and `m_dump` of the C API
pub(crate) unsafe extern "C" fn ki_mdump_uri(msg: *mut sip_msg, owner: *mut str_) -> c_int {
    guard("mdump", FALSE, || {
        // SAFETY: the server passes the message being processed, and a text or NULL, which lives during the call.
        let (request, owner) = unsafe { (Request::new(msg), owner.as_ref().map(|owner| bytes(owner))) };
        request.map_or_else(|| no_request("mdump"), |request| dump_and_log(&request, owner, None))
    })
}

/// The C API of the module: what other modules get from `bind_msilo` (`modules/msilo/api.h`).
#[repr(C)]
pub struct MsiloApi {
    m_store: unsafe extern "C" fn(*mut sip_msg, *mut str_) -> c_int,
    m_dump: unsafe extern "C" fn(*mut sip_msg, *mut str_) -> c_int,
}

/// `bind_msilo(api)`, which other modules find by its name
pub(crate) unsafe extern "C" fn bind_msilo(api: *mut sip_msg, _: *mut c_char, _: *mut c_char) -> c_int {
    // SAFETY: the caller passes a place for the table, or NULL; the type of the argument is that of script
    // functions because that is what the export table holds.
    match unsafe { api.cast::<MsiloApi>().as_mut() } {
        Some(api) => {
            *api = MsiloApi { m_store: ki_mstore_uri, m_dump: ki_mdump_uri };
            OK
        }
        None => FALSE,
    }
}
