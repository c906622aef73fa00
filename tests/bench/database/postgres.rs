//! A PostgreSQL server of our own, in a directory of its own, on loopback.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;

use super::client::Client;
use crate::environment::create_scripts;
use crate::kernel;
use crate::ports::Port;
use crate::process::Process;
use crate::sys;
use crate::wait::within;

/// How long its start may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Its user, who needs no password on loopback.
const USER: &str = "kamailio";

/// A running server, and a client that is connected to it.
pub struct Postgres {
    process: Process,
    port: Port,
    client: Mutex<Client>,
    _dir: TempDir,
}

impl Postgres {
    /// Makes a database with the server's own create scripts, with the durability that PostgreSQL has by default: every
    /// commit is on the disk when it is answered.
    pub fn start(place: &Path) -> Postgres {
        // Not below a directory of root's alone: it runs as the user that its package has made.
        let dir = tempfile::Builder::new().prefix("msilo-bench-postgres-").tempdir().expect("a directory can be made");
        let log = place.join("postgres.log");
        if let Some((user, group)) = its_user() {
            chown(dir.path(), Some(user), Some(group)).expect("root can give a directory away");
        }
        let mut install = program(dir.path(), "initdb");
        install
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", USER, "-D"])
            .arg(dir.path().join("data"));
        let status = install.stdout(File::create(&log).expect("a log can be made")).stderr(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "initdb failed, see {}", log.display());
        let port = Port::reserve();
        let mut command = program(dir.path(), "postgres");
        command.arg("-D").arg(dir.path().join("data")).arg("-p").arg(port.number().to_string());
        command.arg("-k").arg(dir.path()).args(["-c", "listen_addresses=127.0.0.1"]);
        let mut process = Process::start(&mut command, &log);
        let answers = || {
            let mut ping = client(port.number(), "postgres");
            ping.args(["-c", "SELECT 1"]).stdout(Stdio::null()).stderr(Stdio::null());
            ping.status().is_ok_and(|status| status.success()).then_some(())
        };
        if within(PATIENCE, answers).is_none() {
            process.kill();
            panic!("postgres does not come up:\n{}", fs::read_to_string(&log).unwrap_or_default());
        }
        create(port.number());
        let client = Mutex::new(Client::start(client(port.number(), "kamailio")));
        Postgres { process, port, client, _dir: dir }
    }

    /// What Kamailio is told to connect to.
    pub fn url(&self) -> String {
        format!("postgres://{USER}:{USER}@127.0.0.1:{}/kamailio", self.port.number())
    }

    /// CPU time that all its processes have used. It has one for each connection, whose time counts from its start.
    pub fn cpu(&self) -> Duration {
        kernel::cpu_of(self.process.pid()) + kernel::cpu_of_children(self.process.pid())
    }

    /// The one line that statements give.
    pub fn ask(&self, sql: &str) -> String {
        self.client.lock().expect("nobody panics with the client").ask(sql)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.process.signal(libc::SIGINT);
        if self.process.wait(Duration::from_secs(20)).is_none() {
            self.process.kill();
        }
    }
}

/// One of its programs, which Debian keeps in a directory per version, run as its user.
fn program(dir: &Path, name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin").join(name)).collect();
    files.retain(|file| file.exists());
    files.sort();
    let mut command = Command::new(files.pop().unwrap_or_else(|| PathBuf::from(name)));
    command.current_dir(dir);
    if let Some((user, group)) = its_user() {
        command.uid(user).gid(group);
    }
    command
}

/// It refuses to run as root: then it runs as the user that its package has made.
fn its_user() -> Option<(u32, u32)> {
    let ids = || sys::ids_of("postgres").expect("root cannot run PostgreSQL, and there is no user postgres");
    (sys::user_id() == 0).then(ids)
}

/// The client program; it writes nothing but rows.
fn client(port: u16, database: &str) -> Command {
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", USER]);
    command.arg("-p").arg(port.to_string()).args(["-d", database]);
    command
}

fn create(port: u16) {
    let made = client(port, "postgres").args(["-c", "CREATE DATABASE kamailio"]).status();
    assert!(made.is_ok_and(|status| status.success()), "the database cannot be made");
    let scripts = create_scripts().parent().map(|dir| dir.join("postgres")).unwrap_or_default();
    let mut sql = String::from("SET client_min_messages = warning;\n");
    for name in ["standard-create.sql", "msilo-create.sql"] {
        let script = scripts.join(name);
        sql += &fs::read_to_string(&script).unwrap_or_else(|error| panic!("{}: {error}", script.display()));
    }
    let mut client = client(port, "kamailio").stdin(Stdio::piped()).spawn().expect("the client psql can be started");
    client.stdin.take().expect("it has a standard input").write_all(sql.as_bytes()).expect("it reads");
    assert!(client.wait().is_ok_and(|status| status.success()), "the create scripts failed");
}
