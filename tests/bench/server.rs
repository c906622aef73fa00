//! A Kamailio to be measured.

use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::config::Config;
use crate::database::Database;
use crate::environment;
use crate::kernel;
use crate::ports::Port;
use crate::process::Process;
use crate::rpc::Rpc;
use crate::sip::DOMAIN;

/// How long a start may take; under valgrind it takes long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which module is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Module {
    /// Kamailio's own.
    C,
    /// Ours, with this `dump_window`.
    Ours(u32),
    /// Ours, with this `dump_window`, straight to the registered contacts.
    Contacts(u32),
    /// Ours, with this `dump_window`, and a table that it may share with others.
    Shared(u32),
}

impl Module {
    /// Ours as it is without any parameter.
    pub const OURS: Module = Module::Ours(1);

    /// The server's search path for modules.
    pub fn path(self) -> String {
        let system = environment::system_modules();
        let ours = std::env::var_os("MSILO_MODULE_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/modules"), PathBuf::from);
        match self {
            Module::C => format!("{}/", system.display()),
            Module::Ours(_) | Module::Contacts(_) | Module::Shared(_) => {
                format!("{}/:{}/", ours.display(), system.display())
            }
        }
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Module::C => f.write_str("C"),
            Module::Ours(window) => write!(f, "ours, window {window}"),
            Module::Shared(window) => write!(f, "ours with claims, window {window}"),
            Module::Contacts(window) => write!(f, "ours to contacts, window {window}"),
        }
    }
}

/// A running server.
pub struct Server {
    process: Process,
    port: Port,
    rpc: Rpc,
    dir: TempDir,
}

impl Server {
    /// Starts a server, and waits until it answers.
    pub fn start(config: &Config, database: &Database) -> Server {
        Server::start_under(config, database, &[])
    }

    /// The same, run by another program, such as valgrind.
    pub fn start_under(config: &Config, database: &Database, runner: &[String]) -> Server {
        let dir = tempfile::Builder::new().prefix("msilo-bench-").tempdir().expect("a directory can be made");
        fs::create_dir(dir.path().join("run")).expect("a directory can be made");
        let port = Port::reserve();
        let file = dir.path().join("kamailio.cfg");
        let text = config.render(database, port.number(), dir.path());
        fs::write(&file, text).expect("the config can be written");
        let words: Vec<String> =
            runner.iter().cloned().chain([environment::kamailio().to_string_lossy().into_owned()]).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg("-f").arg(&file).arg("-Y").arg(dir.path().join("run"));
        // C msilo reads a whole inbox into the private memory of its process: 128 MB are enough for 20 000 messages.
        command.args(["-m", "1024", "-M", "128", "-DD", "-E"]).arg("-w").arg(dir.path()).env("TZ", "UTC");
        if let Some(manager) = memory_manager() {
            command.args(["-x", &manager]);
        }
        command.current_dir(dir.path());
        let process = Process::start(&mut command, &dir.path().join("log"));
        let rpc = Rpc::new(&dir.path().join("ctl"));
        let mut server = Server { process, port, rpc, dir };
        server.wait_until_up();
        server
    }

    fn wait_until_up(&mut self) {
        let probe = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket can be bound");
        let _ = probe.set_read_timeout(Some(Duration::from_millis(20)));
        let own = probe.local_addr().expect("a bound socket has an address");
        let request = format!(
            "OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK-probe\r\nMax-Forwards: 9\r\n\
             From: <sip:probe@{DOMAIN}>;tag=probe\r\nTo: <sip:{DOMAIN}>\r\nCall-ID: probe-{own}\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n"
        );
        let end = Instant::now() + PATIENCE;
        loop {
            let sent = probe.send_to(request.as_bytes(), self.address());
            if sent.is_ok() && probe.recv_from(&mut [0; 4096]).is_ok() && self.rpc.processes().is_ok() {
                return;
            }
            if self.process.exited().is_some() || Instant::now() > end {
                self.process.kill();
                panic!("the server does not come up:\n{}", self.log());
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port.number()))
    }

    /// Its control interface.
    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read(self.dir.path().join("log")).map(|it| String::from_utf8_lossy(&it).into_owned()).unwrap_or_default()
    }

    /// CPU time that all its processes have used.
    pub fn cpu(&self) -> Duration {
        self.process.pids().into_iter().map(kernel::cpu_of).sum()
    }

    /// The pids of all its processes.
    pub fn pids(&self) -> Vec<u32> {
        self.process.pids()
    }

    /// Waits until it has nothing more to do.
    pub fn settle(&self) {
        let end = Instant::now() + PATIENCE;
        let mut before = self.cpu();
        while Instant::now() < end {
            thread::sleep(Duration::from_millis(100));
            let after = self.cpu();
            if after.saturating_sub(before) < Duration::from_millis(2) {
                return;
            }
            before = after;
        }
    }

    /// Datagrams that found the buffer of its socket full.
    pub fn drops(&self) -> u64 {
        let own = format!(":{:04X}", self.port.number());
        let table = fs::read_to_string("/proc/net/udp").unwrap_or_default();
        let line = table.lines().find(|line| line.split_whitespace().nth(1).is_some_and(|local| local.ends_with(&own)));
        line.and_then(|line| line.split_whitespace().last()?.parse().ok()).unwrap_or(0)
    }

    /// Bytes of shared memory that its modules use.
    pub fn shared_memory(&self) -> f64 {
        let text = self.rpc.call(&["core.shmmem"]).unwrap_or_default();
        let used = text.lines().find_map(|line| line.trim().strip_prefix("used:")?.trim().parse().ok());
        used.unwrap_or(f64::NAN)
    }

    /// How long `m_dump()` took, each time that it was called.
    pub fn holds(&self) -> Vec<Duration> {
        let times = |line: &str| {
            let mut words = line.split("m_dump took from ").nth(1)?.split_whitespace();
            Some((microseconds(words.next()?)?, microseconds(words.next()?)?))
        };
        let log = self.log();
        let holds = log.lines().filter_map(times);
        holds.map(|(from, to)| Duration::from_micros(to.saturating_sub(from))).collect()
    }

    /// Asks it to end, as an administrator would, and waits for that.
    pub fn stop(mut self) {
        self.process.signal(libc::SIGTERM);
        let _ = self.process.wait(PATIENCE);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill();
    }
}

/// Which of Kamailio's memory managers is used: `MEMORY=fm` names one, else it is the server's own choice.
pub fn memory_manager() -> Option<String> {
    std::env::var("MEMORY").ok().filter(|name| !name.is_empty())
}

/// A time such as `1795318000.000123`.
fn microseconds(text: &str) -> Option<u64> {
    let (seconds, micros) = text.split_once('.')?;
    let seconds: u64 = seconds.parse().ok()?;
    Some(seconds * 1_000_000 + format!("{micros:0<6}").get(..6)?.parse::<u64>().ok()?)
}
