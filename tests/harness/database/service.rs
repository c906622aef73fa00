//! A database server: MariaDB or PostgreSQL, started for the tests and gone with them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::{client, mariadb, postgresql, Kind};
use crate::harness::ports::Port;
use crate::harness::process::Process;
use crate::harness::sys;
use crate::harness::wait::within;

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The one that the servers of this test process share, unless they want one of their own.
static SHARED: OnceLock<Arc<Service>> = OnceLock::new();

/// How the kinds of servers differ.
pub(super) struct Engine {
    /// What a URL of its driver starts with.
    pub scheme: &'static str,
    /// The user of the databases, and his password.
    pub user: &'static str,
    /// What makes the data directory, below the one given.
    pub install: fn(&Path) -> Command,
    /// The server, in that directory, on a port.
    pub command: fn(&Path, u16) -> Command,
    /// The client, as an administrator, in a database or in none.
    pub client: fn(&Path, u16, &str) -> Command,
    /// The signal that stops it as an administrator would, and the one that ends it at once.
    pub stop: i32,
    pub end: i32,
    /// Makes a database of that name with the stock scripts.
    pub create: fn(&Service, &str) -> Result<String, String>,
    /// The SQL that removes it.
    pub remove: fn(&str) -> String,
    /// SQL for a column as hexadecimal digits.
    pub text_digits: fn(&str) -> String,
    pub blob_digits: fn(&str) -> String,
    /// SQL for a value given as hexadecimal digits.
    pub text_literal: fn(String) -> String,
    pub blob_literal: fn(String) -> String,
}

/// A running database server.
pub struct Service {
    engine: Engine,
    dir: TempDir,
    port: Port,
    options: Vec<String>,
    process: Mutex<Option<Process>>,
    /// Other ports that it listens at.
    ports: Vec<Port>,
}

impl Service {
    /// The shared one, started if need be.
    pub(super) fn shared(kind: Kind) -> Arc<Service> {
        let start = || {
            sys::at_exit(end_shared);
            let (sender, receiver) = mpsc::channel();
            // It ends with the thread that started it: one that ends with the process.
            thread::spawn(move || {
                let _ = sender.send(Service::start(kind, &[]));
                drop(sender);
                loop {
                    thread::park();
                }
            });
            Arc::new(receiver.recv().expect("the database server starts"))
        };
        Arc::clone(SHARED.get_or_init(start))
    }

    /// Starts one with these options besides the usual ones.
    pub(super) fn start(kind: Kind, options: &[String]) -> Service {
        match kind {
            Kind::Mysql => Service::start_engine(mariadb::ENGINE, options),
            Kind::Postgres => Service::start_engine(postgresql::ENGINE, options),
            Kind::Sqlite | Kind::Text => panic!("{kind:?} needs no server"),
        }
    }

    /// The same with an engine of its own.
    pub(super) fn start_engine(engine: Engine, options: &[String]) -> Service {
        let dir = tempfile::Builder::new().prefix("msilo-db-").tempdir().expect("a directory can be made");
        let mut install = (engine.install)(dir.path());
        let log = File::create(dir.path().join("install.log")).expect("a log can be made");
        install.stderr(log.try_clone().expect("the log can be shared")).stdout(log).stdin(Stdio::null());
        let status = install.status().unwrap_or_else(|error| panic!("{install:?} does not start: {error}"));
        let text = || fs::read_to_string(dir.path().join("install.log")).unwrap_or_default();
        assert!(status.success(), "{install:?} failed: {}", text());
        let options = options.to_vec();
        let service =
            Service { engine, dir, port: Port::reserve(), options, process: Mutex::new(None), ports: Vec::new() };
        service.start_again();
        service
    }

    /// Keeps these ports for as long as it lives.
    pub(super) fn with_ports(mut self, ports: impl IntoIterator<Item = Port>) -> Service {
        self.ports.extend(ports);
        self
    }

    /// Of which kind it is.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its port on loopback.
    pub(in crate::harness) fn port(&self) -> u16 {
        self.port.number()
    }

    /// Its directory.
    fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Starts it, as after [`Service::stop`], and waits until it answers.
    pub fn start_again(&self) {
        let mut command = (self.engine.command)(self.dir(), self.port());
        let log = self.dir().join("log");
        let mut process = Process::start(command.args(&self.options), &log);
        let mut answers = || process.exited().is_some() || self.ask("", "SELECT 1;").is_ok();
        let up = within(PATIENCE, || answers().then_some(())).is_some() && process.exited().is_none();
        if !up {
            process.kill();
            panic!("the database server does not come up:\n{}", fs::read_to_string(&log).unwrap_or_default());
        }
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(process);
    }

    /// Stops it, as an administrator would.
    pub fn stop(&self) {
        let Some(mut process) = self.process.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        process.signal(self.engine.stop);
        if process.wait(PATIENCE).is_none() {
            process.kill();
            panic!("the database server does not stop");
        }
    }

    /// What its client prints for `sql` in a database, with the rights of an administrator.
    pub(super) fn ask(&self, database: &str, sql: &str) -> Result<String, String> {
        client::ask((self.engine.client)(self.dir(), self.port(), database), sql)
    }

    /// Ends it at once: what it holds is of no use any more.
    fn end(&self) {
        if let Some(mut process) = self.process.lock().unwrap_or_else(PoisonError::into_inner).take() {
            process.signal(self.engine.end);
            let _ = process.wait(Duration::from_secs(5));
            process.kill();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end();
    }
}

extern "C" fn end_shared() {
    if let Some(service) = SHARED.get() {
        service.end();
        let _ = fs::remove_dir_all(service.dir());
    }
}

/// A program that may not be in PATH: in one of these directories.
pub(super) fn program(name: &str, places: &[PathBuf]) -> Command {
    let found = places.iter().map(|dir| dir.join(name)).find(|file| file.exists());
    Command::new(found.unwrap_or_else(|| PathBuf::from(name)))
}
