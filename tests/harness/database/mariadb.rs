//! MariaDB, or MySQL, through db_mysql.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use super::service::{program, Service};
use super::{insert_sql, row, row_columns, Backend, Kind};
use crate::harness::sys;
use crate::harness::table::{NewRow, Row};

/// Its user, who reaches it from this machine only; the password is no secret.
const USER: &str = "kamailio";

/// What makes the data directory.
pub fn install(dir: &Path) -> Command {
    let mut command = Command::new("mariadb-install-db");
    command.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
    command.arg(as_us()).arg(format!("--datadir={}", dir.join("data").display()));
    own_temporaries(&mut command, dir);
    command
}

/// A MariaDB that starts removes the temporary tables of all others in the same directory.
fn own_temporaries(command: &mut Command, dir: &Path) {
    command.env("TMPDIR", dir);
}

/// The server.
pub fn command(dir: &Path, port: u16) -> Command {
    let mut command = program("mariadbd", &["/usr/sbin", "/usr/libexec", "/usr/local/sbin"].map(PathBuf::from));
    command.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=1000"]);
    command.args(["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", "--performance-schema=off"]);
    command.args(["--character-set-server=utf8mb4", "--innodb-log-file-size=16M"]).arg(as_us());
    own_temporaries(&mut command, dir);
    command.arg(format!("--datadir={}", dir.join("data").display())).arg(format!("--port={port}"));
    command.arg(format!("--socket={}", dir.join("s").display()));
    command.arg(format!("--pid-file={}", dir.join("pid").display()));
    command
}

/// The client, as an administrator.
pub fn client(dir: &Path, database: &str) -> Command {
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

/// A database on it.
pub struct Database {
    service: Arc<Service>,
    name: String,
}

impl Database {
    /// Makes one with the stock scripts.
    pub fn create(service: Arc<Service>) -> Database {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("kamailio_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let sql = format!(
            "CREATE DATABASE {name}; GRANT ALL ON {name}.* TO '{USER}'@'127.0.0.1' IDENTIFIED BY '{USER}'; USE {name};\n{}",
            Kind::Mysql.create_sql()
        );
        service.ask("", &sql).unwrap_or_else(|error| panic!("the create scripts failed: {error}"));
        Database { service, name }
    }

    #[track_caller]
    fn ask(&self, sql: &str) -> String {
        self.service.ask(&self.name, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.service.ask("", &format!("DROP DATABASE {};", self.name));
    }
}

impl Backend for Database {
    fn url(&self) -> String {
        format!("mysql://{USER}:{USER}@127.0.0.1:{}/{}", self.service.port(), self.name)
    }

    fn rows(&self) -> Vec<Row> {
        let hex = |column: &str| format!("HEX({column})");
        self.ask(&format!("SELECT {} FROM silo ORDER BY id;", row_columns(hex, hex))).lines().map(row).collect()
    }

    fn number(&self, sql: &str) -> i64 {
        let answer = self.ask(&format!("{sql};"));
        answer.trim().parse().unwrap_or_else(|_| panic!("{sql} gives no number: {answer}"))
    }

    fn execute(&self, sql: &str) {
        self.ask(sql);
    }

    fn insert(&self, rows: &[NewRow]) -> i64 {
        let literal = |hex| format!("x'{hex}'");
        let sql = format!("{} SELECT MAX(id) FROM silo", insert_sql(rows, literal, literal));
        self.number(&sql)
    }

    fn service(&self) -> Option<&Service> {
        Some(&self.service)
    }
}
