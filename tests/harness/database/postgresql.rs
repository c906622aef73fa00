//! PostgreSQL, through db_postgres.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use super::service::{program, Service};
use super::{insert_sql, row, row_columns, Backend, Kind};
use crate::harness::sys;
use crate::harness::table::{NewRow, Row};

/// Its administrator, who needs no password on loopback.
const USER: &str = "kamailio";

/// One of its programs, which Debian keeps in a directory per version.
fn own_program(name: &str) -> Command {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut places: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    places.sort();
    places.reverse();
    program(name, &places)
}

/// It refuses to run as root: then it runs as the user that its package has made.
fn as_its_user(command: &mut Command) {
    if let Some((user, group)) = its_user() {
        command.uid(user).gid(group);
    }
}

/// The user to run as, if we are root.
fn its_user() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let number = |field: Option<&str>| field.and_then(|text| text.parse().ok());
    let ids = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some("postgres")).then_some(())?;
        Some((number(fields.nth(1))?, number(fields.next())?))
    });
    (sys::user_id() == 0).then(|| ids.expect("root cannot run PostgreSQL, and there is no user postgres"))
}

/// What makes the data directory.
pub fn install(dir: &Path) -> Command {
    if let Some((user, group)) = its_user() {
        chown(dir, Some(user), Some(group)).expect("root can give a directory away");
    }
    let mut command = own_program("initdb");
    command.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", USER, "-D"]);
    command.arg(dir.join("data")).current_dir(dir);
    as_its_user(&mut command);
    command
}

/// The server.
pub fn command(dir: &Path, port: u16) -> Command {
    let mut command = own_program("postgres");
    command.arg("-D").arg(dir.join("data")).arg("-p").arg(port.to_string()).arg("-k").arg(dir);
    let settings = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=500", "shared_buffers=64MB"];
    settings.iter().for_each(|setting| {
        command.args(["-c", setting]);
    });
    command.current_dir(dir);
    as_its_user(&mut command);
    command
}

/// The client, as an administrator.
pub fn client(dir: &Path, port: u16, database: &str) -> Command {
    let mut command = own_program("psql");
    command.args(["-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-U", USER, "-h"]);
    command.arg(dir).arg("-p").arg(port.to_string()).env("PGCLIENTENCODING", "UTF8");
    command.args(["-d", if database.is_empty() { "postgres" } else { database }]);
    command
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
        let made = service.ask("", &format!("CREATE DATABASE {name};"));
        let made = made.and_then(|_| service.ask(&name, &Kind::Postgres.create_sql()));
        made.unwrap_or_else(|error| panic!("the create scripts failed: {error}"));
        Database { service, name }
    }

    #[track_caller]
    fn ask(&self, sql: &str) -> String {
        self.service.ask(&self.name, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.service.ask("", &format!("DROP DATABASE {} WITH (FORCE);", self.name));
    }
}

impl Backend for Database {
    fn url(&self) -> String {
        format!("postgres://{USER}:{USER}@127.0.0.1:{}/{}", self.service.port(), self.name)
    }

    fn rows(&self) -> Vec<Row> {
        // Its driver writes bytes into a column of text as their digits, and reads them back from there.
        let text = |column: &str| {
            let digits = format!("encode(convert_to({column}, 'UTF8'), 'hex')");
            format!("CASE WHEN {column} LIKE '\\\\x%' THEN substr({column}, 3) ELSE {digits} END")
        };
        let blob = |column: &str| format!("encode({column}, 'hex')");
        self.ask(&format!("SELECT {} FROM silo ORDER BY id;", row_columns(text, blob))).lines().map(row).collect()
    }

    fn number(&self, sql: &str) -> i64 {
        let answer = self.ask(&format!("{sql};"));
        answer.trim().parse().unwrap_or_else(|_| panic!("{sql} gives no number: {answer}"))
    }

    fn execute(&self, sql: &str) {
        self.ask(sql);
    }

    fn insert(&self, rows: &[NewRow]) -> i64 {
        let text = |hex| format!("convert_from('\\x{hex}', 'UTF8')");
        let blob = |hex| format!("'\\x{hex}'::bytea");
        self.number(&format!("{} SELECT MAX(id) FROM silo", insert_sql(rows, text, blob)))
    }

    fn service(&self) -> Option<&Service> {
        Some(&self.service)
    }
}
