//! Safe wrappers over the server, a type per file.
//!
//! Three promises of Kamailio hold for everything in here, and the SAFETY comments refer to them by name:
//!
//! * **single thread**: the server is made of processes, and every function of a module is called on the one
//!   thread of its process; what `mod_init` sets up is copied to the others by `fork`.
//! * **start-up**: module parameters are written before `mod_init`, and `mod_init` runs before any other
//!   function of the module.
//! * **message**: the `sip_msg` a function gets, its buffer and everything parsed from it, live at least until
//!   the function returns.

pub mod clock;
pub mod db;
pub mod log;
pub mod process;
pub mod rpc;
pub mod script;
pub mod settings;
pub mod shared;
pub mod sip;
pub mod stats;
pub mod str;
