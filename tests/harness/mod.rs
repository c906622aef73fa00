//! The test harness: a real Kamailio server, SIP user agents that talk to it, and a look into its table.
//!
//! A test reads like a story:
//!
//! ```ignore
//! let server = Server::start();
//! let (alice, bob) = (server.agent("alice"), server.agent("bob"));
//! alice.message("bob").text("hello").send().expect_code(202);
//! bob.register();
//! assert_eq!(bob.receive().text(), "[Offline message - Tue Nov 21 10:00:00 2026] hello");
//! ```
//!
//! When the test ends the server is stopped, and it has to stop cleanly: exit status 0, no process left behind, no
//! error in its log that the test did not announce with [`Server::expect_log_error`]. When a test fails, the
//! server's log and the whole SIP exchange are printed.
//!
//! # Environment
//! | variable | meaning | default |
//! |---|---|---|
//! | `MSILO_UNDER_TEST` | `ours` or `theirs`: whose msilo.so is loaded | `ours` |
//! | `MSILO_DB` | `sqlite`, `mysql`, `postgres` or `text`: the database of the servers | `sqlite` |
//! | `MSILO_TEST_DELIVER_TO` | `contacts`: the servers of our module deliver to the registered contacts unless a test says otherwise | `aor` |
//! | `MSILO_MODULE_DIR` | directory of our msilo.so | `target/modules` of the repository |
//! | `KAMAILIO` | the server's binary | `kamailio`, from PATH |
//! | `KAMCMD` | the control client | `kamcmd`, from PATH |
//! | `KAMAILIO_MODULES` | directory of the server's own modules | looked for in the usual places |
//! | `KAMAILIO_SQL` | directory of the SQLite create scripts; those of other databases lie next to it | looked for in the usual places |
//! | `MSILO_TEST_DEBUG` | log level of the server (3 is debug) | 2 |
//! | `MSILO_TEST_SHOW` | set: log and exchange are printed of every test, not only of those that fail | not set |
//! | `MSILO_TEST_KEEP` | set: the server's directory is left behind | not set |

// Each test target uses a part of the harness only.
#![allow(dead_code, unused_imports)]

mod database;
mod dates;
mod environment;
mod failure;
mod gateway;
mod names;
mod ports;
mod process;
mod rpc;
mod server;
mod sip;
mod stack;
mod sys;
mod wait;

pub use database::shared::SharedDatabase;
pub use database::table::{NewRow, Row, Table};
pub use database::{database_under_test, galera_provider, stock_tables, Kind, Relay, Service};
pub use dates::{compact, ctime, sip_date};
pub use environment::{
    create_scripts, kamailio_release, kamailio_version, module_under_test, second_pass, system_modules, under_test,
    Under,
};
pub use failure::{failure_of, Failure};
pub use gateway::Gateway;
pub use names::{NameServer, SilentPeer};
pub use ports::Port;
pub use server::builder::{Refusal, ServerBuilder};
pub use server::cluster::Cluster;
pub use server::config::Script;
pub use server::jsonrpc::{http, over_http, over_socket, Fault};
pub use server::Server;
pub use sip::agent::Agent;
pub use sip::dialogue::Answer;
pub use sip::message::SipMessage;
pub use sip::request::Draft;
pub use stack::{stack, waits_for_a_dead_timer};
pub use sys::{end_with_us, send_signal, user_id};
pub use wait::{now, until, until_none_is_left, within, DEADLINE};
