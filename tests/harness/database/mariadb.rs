//! MariaDB, or MySQL, through db_mysql.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::service::{program, Engine, Service};
use super::Kind;
use crate::harness::sys;

/// Its user, who reaches it from this machine only; the password is no secret.
const USER: &str = "kamailio";

/// How it is run and spoken to.
pub const ENGINE: Engine = Engine {
    scheme: "mysql",
    user: USER,
    install,
    command,
    client,
    stop: libc::SIGTERM,
    end: libc::SIGKILL,
    create,
    remove: |name| format!("DROP DATABASE {name};"),
    text_digits: digits,
    blob_digits: digits,
    text_literal: literal,
    blob_literal: literal,
};

/// What makes the data directory.
fn install(dir: &Path) -> Command {
    install_as(as_us(), dir)
}

/// The same as another user.
pub fn install_as(user: &str, dir: &Path) -> Command {
    let mut command = Command::new("mariadb-install-db");
    command.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
    command.arg(user).arg(format!("--datadir={}", dir.join("data").display()));
    own_temporaries(&mut command, dir);
    command
}

/// A MariaDB that starts removes the temporary tables of all others in the same directory.
fn own_temporaries(command: &mut Command, dir: &Path) {
    command.env("TMPDIR", dir);
}

/// The server.
fn command(dir: &Path, port: u16) -> Command {
    command_as(as_us(), dir, port)
}

/// The same as another user.
pub fn command_as(user: &str, dir: &Path, port: u16) -> Command {
    let mut command = program("mariadbd", &["/usr/sbin", "/usr/libexec", "/usr/local/sbin"].map(PathBuf::from));
    command.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=1000"]);
    command.args(["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", "--performance-schema=off"]);
    command.args(["--character-set-server=utf8mb4", "--innodb-log-file-size=16M"]).arg(user);
    own_temporaries(&mut command, dir);
    command.arg(format!("--datadir={}", dir.join("data").display())).arg(format!("--port={port}"));
    command.arg(format!("--socket={}", dir.join("s").display()));
    command.arg(format!("--pid-file={}", dir.join("pid").display()));
    command
}

/// The client, as an administrator.
fn client(dir: &Path, _port: u16, database: &str) -> Command {
    let mut command = Command::new("mariadb");
    command.args(["--no-defaults", "--batch", "--skip-column-names", "--raw", "-u", "root"]);
    command.args(["--default-character-set=utf8mb4", "-S"]).arg(dir.join("s"));
    if !database.is_empty() {
        command.arg(database);
    }
    command
}

/// MariaDB refuses to run as root by accident.
fn as_us() -> &'static str {
    match sys::user_id() {
        0 => "--user=root",
        _ => "--skip-symbolic-links",
    }
}

fn create(service: &Service, name: &str) -> Result<String, String> {
    let user = format!("GRANT ALL ON {name}.* TO '{USER}'@'127.0.0.1' IDENTIFIED BY '{USER}'");
    service.ask("", &format!("CREATE DATABASE {name}; {user}; USE {name};\n{}", Kind::Mysql.create_sql()))
}

fn digits(column: &str) -> String {
    format!("HEX({column})")
}

fn literal(hex: String) -> String {
    format!("x'{hex}'")
}
