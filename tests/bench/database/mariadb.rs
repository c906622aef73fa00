//! A MariaDB server of our own, in a directory of its own, on loopback.

use std::fs::File;
use std::io::Write;
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
/// Its user, who reaches it from this machine only; the password is no secret.
const USER: &str = "kamailio";

/// A running server, and a client that is connected to it.
pub struct MariaDb {
    process: Process,
    port: Port,
    client: Mutex<Client>,
    dir: TempDir,
}

impl MariaDb {
    /// Makes a database with the server's own create scripts.
    pub fn start(place: &Path) -> MariaDb {
        let dir = tempfile::Builder::new().prefix("mariadb-").tempdir_in(place).expect("a directory can be made");
        let data = dir.path().join("data");
        let log = dir.path().join("log");
        let mut install = Command::new("mariadb-install-db");
        install.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
        install.arg(as_us()).arg(format!("--datadir={}", data.display()));
        let output = File::create(&log).expect("a log can be made");
        let status = install.stdout(output).stderr(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "mariadb-install-db failed, see {}", log.display());
        let port = Port::reserve();
        let process = launch(dir.path(), port.number());
        create(&socket(port.number()));
        let client = Mutex::new(connect(port.number()));
        MariaDb { process, port, client, dir }
    }

    /// Stops it as an administrator would.
    pub fn stop(&mut self) {
        self.process.signal(libc::SIGTERM);
        if self.process.wait(PATIENCE).is_none() {
            self.process.kill();
            panic!("mariadbd does not stop within {PATIENCE:?}");
        }
    }

    /// Starts it again after [`MariaDb::stop`], on the same data and the same port.
    pub fn start_again(&mut self) {
        self.process = launch(self.dir.path(), self.port.number());
        self.client = Mutex::new(connect(self.port.number()));
    }

    /// What Kamailio is told to connect to.
    pub fn url(&self) -> String {
        format!("mysql://{USER}:{USER}@127.0.0.1:{}/kamailio", self.port.number())
    }

    /// CPU time that it has used.
    pub fn cpu(&self) -> Duration {
        kernel::cpu_of(self.process.pid())
    }

    /// The one line that statements give.
    pub fn ask(&self, sql: &str) -> String {
        self.client.lock().expect("nobody panics with the client").ask(sql)
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        self.process.signal(libc::SIGTERM);
        if self.process.wait(Duration::from_secs(20)).is_none() {
            self.process.kill();
        }
    }
}

/// The path of its socket: short, so that it cannot lie with the data.
fn socket(port: u16) -> PathBuf {
    std::env::temp_dir().join(format!("msilo-bench-{port}.sock"))
}

/// Starts it on the data below `dir`, and waits until it answers.
fn launch(dir: &Path, port: u16) -> Process {
    let (data, log, socket) = (dir.join("data"), dir.join("log"), socket(port));
    let mut command = Command::new(binary("mariadbd"));
    command.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve"]).arg(as_us());
    command.arg(format!("--datadir={}", data.display())).arg(format!("--port={port}"));
    command.arg(format!("--socket={}", socket.display()));
    command.arg(format!("--pid-file={}", data.join("pid").display()));
    let mut process = Process::start(&mut command, &log);
    let answers = || {
        let mut ping = Command::new("mariadb");
        ping.args(["--no-defaults", "-u", "root", "-S"]).arg(&socket).args(["-e", "SELECT 1"]);
        let ping = ping.stdout(Stdio::null()).stderr(Stdio::null()).status();
        ping.is_ok_and(|status| status.success()).then_some(())
    };
    if within(PATIENCE, answers).is_none() {
        process.kill();
        panic!("mariadbd does not come up:\n{}", std::fs::read_to_string(&log).unwrap_or_default());
    }
    process
}

/// MariaDB refuses to run as root by accident.
fn as_us() -> &'static str {
    match sys::user_id() {
        0 => "--user=root",
        _ => "--skip-symbolic-links",
    }
}

/// A server's binary, which may not be in PATH.
fn binary(name: &str) -> PathBuf {
    let places = ["/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin"].map(Path::new);
    places.iter().map(|dir| dir.join(name)).find(|file| file.exists()).unwrap_or_else(|| PathBuf::from(name))
}

fn create(socket: &Path) {
    let scripts = create_scripts().parent().map(|dir| dir.join("mysql")).unwrap_or_default();
    let mut sql = format!(
        "CREATE DATABASE kamailio CHARACTER SET utf8mb4; GRANT ALL ON kamailio.* TO '{USER}'@'127.0.0.1' \
         IDENTIFIED BY '{USER}'; GRANT PROCESS ON *.* TO '{USER}'@'127.0.0.1'; USE kamailio;\n"
    );
    for name in ["standard-create.sql", "msilo-create.sql"] {
        let script = scripts.join(name);
        sql += &std::fs::read_to_string(&script).unwrap_or_else(|error| panic!("{}: {error}", script.display()));
    }
    let mut client = Command::new("mariadb");
    client.args(["--no-defaults", "-u", "root", "-S"]).arg(socket).stdin(Stdio::piped());
    let mut client = client.spawn().expect("the client mariadb can be started");
    client.stdin.take().expect("it has a standard input").write_all(sql.as_bytes()).expect("it reads");
    assert!(client.wait().is_ok_and(|status| status.success()), "the create scripts failed");
}

/// A client that is asked line by line.
fn connect(port: u16) -> Client {
    let mut command = Command::new("mariadb");
    command.args(["--no-defaults", "-h", "127.0.0.1", "-u", USER, "--batch", "--skip-column-names", "--unbuffered"]);
    command.arg(format!("-p{USER}")).arg(format!("-P{port}")).arg("kamailio");
    Client::start(command)
}
