//! A real Kamailio in a directory of its own, which has to end as cleanly as it started.

pub mod builder;
pub mod cluster;
pub mod config;
pub mod ending;
pub mod jsonrpc;
pub mod launch;
pub mod log;
mod whole_lines;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::harness::database::table::Table;
use crate::harness::environment::Under;
use crate::harness::ports::Port;
use crate::harness::process::Process;
use crate::harness::rpc::Rpc;
use crate::harness::server::builder::ServerBuilder;
use crate::harness::server::config::DOMAIN;
use crate::harness::server::log::Log;
use crate::harness::sip::agent::Agent;
use crate::harness::sip::exchange::Exchange;
use crate::harness::sip::transport::Transport;
use crate::harness::wait::until;

/// How long a start or a stop may take.
pub(in crate::harness) const PATIENCE: Duration = Duration::from_secs(20);

/// A running server. Dropping it stops it and checks that it ended cleanly.
pub struct Server {
    pub(in crate::harness) spec: ServerBuilder,
    pub(in crate::harness) port: Port,
    pub(in crate::harness) log: Log,
    pub(in crate::harness) table: Table,
    pub(in crate::harness) rpc: Rpc,
    pub(in crate::harness) exchange: Arc<Exchange>,
    pub(in crate::harness) process: Option<Process>,
    pub(in crate::harness) dir: TempDir,
}

impl Server {
    /// A server with all defaults.
    #[track_caller]
    pub fn start() -> Server {
        Server::builder().start()
    }

    /// A server to be described.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::new()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port.number()))
    }

    /// The domain it is responsible for.
    pub fn domain(&self) -> &'static str {
        DOMAIN
    }

    /// A user agent over UDP.
    pub fn agent(&self, name: &str) -> Agent {
        Agent::start(name, DOMAIN, self.address(), Transport::udp(), Arc::clone(&self.exchange))
    }

    /// A user agent over TCP, of a server that was built with [`ServerBuilder::tcp`].
    pub fn tcp_agent(&self, name: &str) -> Agent {
        let transport = Transport::tcp(self.address()).expect("the server takes TCP connections");
        Agent::start(name, DOMAIN, self.address(), transport, Arc::clone(&self.exchange))
    }

    /// A user agent in a browser, of a server that was built with [`ServerBuilder::websocket`].
    pub fn ws_agent(&self, name: &str) -> Agent {
        let transport = Transport::ws(self.address()).expect("the server takes WebSockets");
        Agent::start(name, DOMAIN, self.address(), transport, Arc::clone(&self.exchange))
    }

    /// A user agent over TLS, of a server that listens for it at this port.
    pub fn tls_agent(&self, name: &str, port: &Port) -> Agent {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.number()));
        let transport = Transport::tls(address).expect("openssl starts");
        Agent::start(name, DOMAIN, address, transport, Arc::clone(&self.exchange))
    }

    /// Its table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Its control interface.
    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// A file in its directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The pid of its main process.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().map_or(0, Process::pid)
    }

    /// Waits for a log line that contains `pattern`.
    #[track_caller]
    pub fn wait_for_log(&self, pattern: &str) -> String {
        self.log.wait_for(pattern)
    }

    /// Announces that an error containing `part` may be logged.
    pub fn expect_log_error(&self, part: &str) {
        self.log.expect_error(part);
    }

    /// The value of one of msilo's statistics, such as `stored_messages`.
    #[track_caller]
    pub fn statistic(&self, name: &str) -> i64 {
        self.rpc.statistic("msilo", name).unwrap_or_else(|| panic!("the server has no statistic msilo:{name}"))
    }

    /// Waits until a statistic of msilo has that value.
    #[track_caller]
    pub fn wait_for_statistic(&self, name: &str, value: i64) {
        until(&format!("{name} is {value}"), || self.statistic(name) == value);
    }

    /// Whether the main process is alive.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.exited().is_none())
    }

    /// Stores a message for a user who then registers and gets it: whatever the server had to send before is on its
    /// way by then.
    #[track_caller]
    pub fn settle(&self) {
        let (sender, receiver) = (self.agent("settle-sender"), self.agent("settle-receiver"));
        sender.message("settle-receiver").text("settle").send().expect_code(202);
        receiver.register();
        receiver.receive();
        receiver.unregister();
    }

    /// Has this contact in the location table, as from a REGISTER that did not ask for stored messages: a server that looks
    /// for them late finds nothing that is stored next.
    #[track_caller]
    pub fn locate(&self, agent: &Agent, contact: &str) {
        let aor = format!("{}@{}", agent.name(), self.domain());
        let (an_hour, priority, no_path, flags, all_methods) = ("3600", "1.0", ".", "0", "65535");
        let added = ["ul.add", "location", &aor, contact, an_hour, priority, no_path, flags, flags, all_methods];
        self.rpc.call(&added).expect("ul.add answers");
    }

    /// Whether its list of TCP, TLS and WebSocket connections shows this text: an address, a port, a kind.
    #[track_caller]
    pub fn lists_connection(&self, mark: &str) -> bool {
        self.rpc().call(&["core.tcp_list"]).expect("core.tcp_list answers").contains(mark)
    }

    /// Stops it as an administrator would, and checks how it ended.
    #[track_caller]
    pub fn stop(&mut self) {
        let Some(process) = self.process.take() else {
            return;
        };
        if let Err(complaint) = self.stop_checked(process) {
            panic!("{complaint}{}", self.report());
        }
    }

    /// Kills everything of it with SIGKILL: power failure.
    pub fn kill_9(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    /// Stops the clock of all its processes (SIGSTOP), as a machine that is suspended, until [`Server::resume`].
    pub fn suspend(&self) {
        if let Some(process) = &self.process {
            process.signal_all(libc::SIGSTOP);
        }
    }

    /// Has its processes go on.
    pub fn resume(&self) {
        if let Some(process) = &self.process {
            process.signal_all(libc::SIGCONT);
        }
    }

    /// Stops it, and starts it again with the other of the two modules, on the same database.
    #[track_caller]
    pub fn change_to(&mut self, module: Under) {
        self.stop();
        self.spec.config.module = module;
        self.start_again();
    }

    /// Starts it again after [`Server::stop`] or [`Server::kill_9`], on the same port and database.
    #[track_caller]
    pub fn start_again(&mut self) {
        if let Err(refusal) = self.launch() {
            panic!("the server does not start again ({}){}", refusal.status, self.report());
        }
    }
}
