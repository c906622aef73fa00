//! The tables that Kamailio reads, easy to compare with those of the C module.
#![allow(non_upper_case_globals, reason = "the server looks these symbols up by their names in C")]

use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int, c_uint, c_void, CStr};
use std::ptr::{null, null_mut};

use crate::entry;
use crate::ffi::{self, cmd_export_t, param_export_t, rpc_export_t, sr_kemi_t, str_};
use crate::host::rpc::{HEAVY, LIST};
use crate::host::script::param::Param;
use crate::module::params::cells;

/// A table that C gets a pointer to.
#[repr(transparent)]
pub struct Exported<T>(UnsafeCell<T>);

// SAFETY: single thread; the server reads the tables while it loads the module and scripts.
unsafe impl<T> Sync for Exported<T> {}

impl<T> Exported<T> {
    /// The pointer for C.
    pub const fn get(&self) -> *mut T {
        self.0.get()
    }
}

/// The version of the server that the module is for.
#[no_mangle]
pub static module_version: Exported<*const c_char> = Exported(UnsafeCell::new(ffi::KAMAILIO_VERSION_STRING.as_ptr()));

/// The compile flags of the server that the module is for.
#[no_mangle]
pub static module_flags: Exported<*const c_char> = Exported(UnsafeCell::new(ffi::KAMAILIO_FLAGS_STRING.as_ptr()));

/// The version of the module interface.
#[no_mangle]
pub static module_interface_ver: c_uint = ffi::MODULE_INTERFACE_VER;

/// The module.
#[no_mangle]
pub static exports: Exported<ffi::module_exports> = Exported(UnsafeCell::new(ffi::module_exports {
    name: c"msilo".as_ptr().cast_mut(),
    dlflags: ffi::DEFAULT_DLFLAGS as c_uint,
    cmds: COMMANDS.get().cast(),
    params: PARAMS.get().cast(),
    // Registered in mod_init: servers from 6.0 on take shared memory for `HEAVY` ones, and have none yet when they load modules.
    rpc_methods: null_mut(),
    pv_items: VARIABLES.get().cast(),
    response_f: None,
    init_mod_f: Some(entry::mod_init),
    init_child_f: Some(entry::child_init),
    destroy_mod_f: Some(entry::destroy),
}));

/// Called when the library has been loaded, and before its parameters are read.
#[no_mangle]
pub extern "C" fn mod_register(_path: *mut c_char, _flags: *mut c_int, _p1: *mut c_void, _p2: *mut c_void) -> c_int {
    entry::loaded(KEMI.get().cast(), RPC.get().cast())
}

type Script = unsafe extern "C" fn(*mut ffi::sip_msg, *mut c_char, *mut c_char) -> c_int;
type Script4 = unsafe extern "C" fn(*mut ffi::sip_msg, *mut c_char, *mut c_char, *mut c_char, *mut c_char) -> c_int;
type Script3 = unsafe extern "C" fn(*mut ffi::sip_msg, *mut c_char, *mut c_char, *mut c_char) -> c_int;

/// Where messages can be stored, as in C.
const STORE: c_uint = ffi::REQUEST_ROUTE | ffi::FAILURE_ROUTE;
/// Where inboxes can be dumped: in C only request routes; event routes, and with them timer routes, as in OpenSIPS.
const DUMP: c_uint = ffi::REQUEST_ROUTE | ffi::EVENT_ROUTE;

const fn command(name: &'static CStr, function: Script, arguments: c_int, flags: c_uint) -> cmd_export_t {
    let name = name.as_ptr().cast_mut();
    cmd_export_t { name, function: Some(function), param_no: arguments, fixup: None, free_fixup: None, flags }
}

/// A function whose arguments may hold pseudo-variables.
const fn with_one(command: cmd_export_t) -> cmd_export_t {
    cmd_export_t { fixup: Some(ffi::fixup_spve_null), free_fixup: Some(ffi::fixup_free_spve_null), ..command }
}

/// A function all of whose arguments may hold pseudo-variables.
const fn with_all(command: cmd_export_t) -> cmd_export_t {
    cmd_export_t { fixup: Some(ffi::fixup_spve_all), free_fixup: Some(ffi::fixup_free_spve_all), ..command }
}

// SAFETY: the server calls a function with as many arguments as its entry says; the table has one type for all.
const M_STORE_ADDRS: Script = unsafe { std::mem::transmute::<Script3, Script>(entry::m_store_addrs) };

// SAFETY: as above.
const M_STORE_ADDRS_ASYNC: Script =
    unsafe { std::mem::transmute::<Script4, Script>(entry::storing::m_store_addrs_async) };

/// A function whose last argument names a route.
const fn with_route(command: cmd_export_t, fixup: ffi::fixup_function) -> cmd_export_t {
    cmd_export_t { fixup, ..command }
}

static COMMANDS: Exported<[cmd_export_t; 10]> = Exported(UnsafeCell::new([
    command(c"m_store", entry::m_store, 0, STORE),
    with_one(command(c"m_store", entry::m_store, 1, STORE)),
    with_all(command(c"m_store_addrs", M_STORE_ADDRS, 3, STORE)),
    with_route(command(c"m_store_async", entry::storing::m_store_async, 2, STORE), Some(entry::storing::fixup_2)),
    with_route(command(c"m_store_addrs_async", M_STORE_ADDRS_ASYNC, 4, STORE), Some(entry::storing::fixup_4)),
    command(c"m_dump", entry::m_dump, 0, DUMP),
    with_one(command(c"m_dump", entry::m_dump, 1, DUMP)),
    with_all(command(c"m_dump", entry::m_dump, 2, DUMP)),
    command(c"bind_msilo", entry::bind_msilo, 1, ffi::ANY_ROUTE),
    cmd_export_t { name: null_mut(), function: None, param_no: 0, fixup: None, free_fixup: None, flags: 0 },
]));

const fn param<T>(name: &'static CStr, type_: c_uint, cell: &'static Param<T>) -> param_export_t {
    param_export_t { name: name.as_ptr().cast_mut(), type_, param_pointer: cell.place() }
}

const INT: c_uint = ffi::PARAM_INT;
const STR: c_uint = ffi::PARAM_STR;
const STRING: c_uint = ffi::PARAM_STRING;

static PARAMS: Exported<[param_export_t; 47]> = Exported(UnsafeCell::new([
    param(c"db_url", STR, &cells::db_url),
    param(c"db_table", STR, &cells::db_table),
    param(c"from_address", STRING, &cells::from_address),
    param(c"contact_hdr", STRING, &cells::contact_hdr),
    param(c"extra_hdrs", STRING, &cells::extra_hdrs),
    param(c"content_type_hdr", STRING, &cells::content_type_hdr),
    param(c"offline_message", STRING, &cells::offline_message),
    param(c"reminder", STR, &cells::reminder),
    param(c"outbound_proxy", STR, &cells::outbound_proxy),
    param(c"deliver_to", STR, &cells::deliver_to),
    param(c"location", STR, &cells::location),
    param(c"expire_time", INT, &cells::expire_time),
    param(c"check_time", INT, &cells::check_time),
    param(c"send_time", INT, &cells::send_time),
    param(c"clean_period", INT, &cells::clean_period),
    param(c"use_contact", INT, &cells::use_contact),
    param(c"sc_mid", STR, &cells::sc_mid),
    param(c"sc_from", STR, &cells::sc_from),
    param(c"sc_to", STR, &cells::sc_to),
    param(c"sc_uri_user", STR, &cells::sc_uri_user),
    param(c"sc_uri_host", STR, &cells::sc_uri_host),
    param(c"sc_body", STR, &cells::sc_body),
    param(c"sc_ctype", STR, &cells::sc_ctype),
    param(c"sc_exp_time", STR, &cells::sc_exp_time),
    param(c"sc_inc_time", STR, &cells::sc_inc_time),
    param(c"sc_snd_time", STR, &cells::sc_snd_time),
    param(c"sc_stored_hdrs", STR, &cells::sc_stored_hdrs),
    param(c"sc_callid", STR, &cells::sc_callid),
    param(c"sc_status", STR, &cells::sc_status),
    param(c"snd_time_avp", STR, &cells::snd_time_avp),
    param(c"extra_hdrs_avp", STR, &cells::extra_hdrs_avp),
    param(c"add_date", INT, &cells::add_date),
    param(c"max_messages", INT, &cells::max_messages),
    param(c"add_contact", INT, &cells::add_contact),
    param(c"skip_notification_flag", INT, &cells::skip_notification_flag),
    param(c"use_mode", INT, &cells::use_mode),
    // Beyond C:
    param(c"dump_window", INT, &cells::dump_window),
    param(c"delivery_processes", INT, &cells::delivery_processes),
    param(c"storing_processes", INT, &cells::storing_processes),
    param(c"store_timeout", INT, &cells::store_timeout),
    param(c"imdn", INT, &cells::imdn),
    param(c"wake_after", INT, &cells::wake_after),
    param(c"event_callback", STR, &cells::event_callback),
    param(c"shared_table", INT, &cells::shared_table),
    param(c"offline_prefix", STR, &cells::offline_prefix),
    param(c"reminder_prefix", STR, &cells::reminder_prefix),
    param_export_t { name: null_mut(), type_: 0, param_pointer: null_mut() },
]));

/// The variables, a class of them.
static VARIABLES: Exported<[ffi::pv_export_t; 2]> = Exported(UnsafeCell::new([
    class(text(c"msilo"), Some(entry::variables::value), Some(entry::variables::parse_name)),
    class(str_ { s: null_mut(), len: 0 }, None, None),
]));

const fn class(name: str_, getf: ffi::pv_getf_t, parse_name: ffi::pv_parse_name_f) -> ffi::pv_export_t {
    let (type_, setf, parse_index, init_param) = (ffi::PVT_OTHER, None, None, None);
    ffi::pv_export_t { name, type_, getf, setf, parse_name, parse_index, init_param, iparam: 0 }
}

type Rpc = unsafe extern "C" fn(*mut ffi::rpc_t, *mut c_void);
/// What a command does, for `kamcmd help`; and the end of the list.
type Help = Exported<[*const c_char; 2]>;

const fn help(text: &'static CStr) -> Help {
    Exported(UnsafeCell::new([text.as_ptr(), null()]))
}

const fn rpc(name: &'static CStr, function: Rpc, help: &'static Help, flags: c_uint) -> rpc_export_t {
    rpc_export_t { name: name.as_ptr(), function: Some(function), doc_str: help.get().cast(), flags }
}

static SUMMARY: Help = help(c"How much is in the silo.");
static COUNT: Help = help(c"How much is in an inbox: owner.");
static LISTING: Help = help(c"The messages of an inbox: owner, limit (100), after_id.");
static SHOW: Help = help(c"One message with its headers: id, \"body\" to see that, too.");

static DUMP_INBOX: Help = help(c"Delivers an inbox, as m_dump() does: owner, max.");
static RM: Help = help(c"Removes a message that is not in flight: id.");
static PURGE: Help = help(c"Removes messages: owner, \"expired\", or \"older\" and days; then limit (100).");
static PROCESSES: Help = help(c"What the delivery processes are doing.");
static INBOX: Help = help(c"How the delivery of an inbox stands: owner.");
static PAUSE: Help = help(c"Sends nothing more until msilo.resume; messages are stored.");
static RESUME: Help = help(c"Sends again after msilo.pause.");

/// The remote commands.
static RPC: Exported<[rpc_export_t; 12]> = Exported(UnsafeCell::new([
    rpc(c"msilo.summary", entry::rpc::summary, &SUMMARY, HEAVY),
    rpc(c"msilo.count", entry::rpc::count, &COUNT, 0),
    rpc(c"msilo.list", entry::rpc::list, &LISTING, LIST | HEAVY),
    rpc(c"msilo.show", entry::rpc::show, &SHOW, 0),
    rpc(c"msilo.dump", entry::rpc::dump, &DUMP_INBOX, 0),
    rpc(c"msilo.rm", entry::rpc::rm, &RM, 0),
    rpc(c"msilo.purge", entry::rpc::purge, &PURGE, HEAVY),
    rpc(c"msilo.processes", entry::rpc::processes, &PROCESSES, LIST),
    rpc(c"msilo.inbox", entry::rpc::inbox, &INBOX, 0),
    rpc(c"msilo.pause", entry::rpc::pause, &PAUSE, 0),
    rpc(c"msilo.resume", entry::rpc::resume, &RESUME, 0),
    rpc_export_t { name: null(), function: None, doc_str: null_mut(), flags: 0 },
]));

const fn text(text: &'static CStr) -> str_ {
    // The length of a literal in this crate always fits.
    str_ { s: text.as_ptr().cast_mut(), len: text.count_bytes() as c_int }
}

const NONE: c_int = ffi::SR_KEMIP_NONE;
const TEXT: c_int = ffi::SR_KEMIP_STR;

const fn kemi(name: &'static CStr, func: *const c_void, arguments: [c_int; 3]) -> sr_kemi_t {
    let [a, b, c] = arguments;
    kemi4(name, func, [a, b, c, NONE])
}

const fn kemi4(name: &'static CStr, func: *const c_void, [a, b, c, d]: [c_int; 4]) -> sr_kemi_t {
    let ptypes = [a, b, c, d, NONE, NONE];
    sr_kemi_t { mname: text(c"msilo"), fname: text(name), rtype: ffi::SR_KEMIP_INT, func: func.cast_mut(), ptypes }
}

/// The functions for scripts in Lua, Python, JavaScript …
pub static KEMI: Exported<[sr_kemi_t; 8]> = Exported(UnsafeCell::new([
    kemi(c"mstore", entry::ki_mstore as *const c_void, [NONE; 3]),
    kemi(c"mstore_uri", entry::ki_mstore_uri as *const c_void, [TEXT, NONE, NONE]),
    kemi(c"mstore_addrs", entry::ki_mstore_addrs as *const c_void, [TEXT; 3]),
    kemi(c"mstore_async", entry::storing::ki_mstore_async as *const c_void, [TEXT, TEXT, NONE]),
    kemi4(c"mstore_addrs_async", entry::storing::ki_mstore_addrs_async as *const c_void, [TEXT; 4]),
    kemi(c"mdump", entry::ki_mdump as *const c_void, [NONE; 3]),
    kemi(c"mdump_uri", entry::ki_mdump_uri as *const c_void, [TEXT, NONE, NONE]),
    sr_kemi_t {
        mname: str_ { s: null_mut(), len: 0 },
        fname: str_ { s: null_mut(), len: 0 },
        rtype: 0,
        func: null::<c_void>().cast_mut(),
        ptypes: [NONE; 6],
    },
]));
