//! PostgreSQL, through db_postgres.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::service::{program, Engine, Service};
use super::Kind;
use crate::harness::sys;

/// Its administrator, who needs no password on loopback.
const USER: &str = "kamailio";

/// How it is run and spoken to.
pub const ENGINE: Engine = Engine {
    scheme: "postgres",
    user: USER,
    install,
    command,
    client,
    stop: libc::SIGINT,
    end: libc::SIGQUIT,
    create,
    remove: |name| format!("DROP DATABASE {name} WITH (FORCE);"),
    text_digits,
    blob_digits: |column| format!("encode({column}, 'hex')"),
    text_literal: |hex| format!("convert_from('\\x{hex}', 'UTF8')"),
    blob_literal: |hex| format!("'\\x{hex}'::bytea"),
};

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
    let ids = || sys::ids_of("postgres").expect("root cannot run PostgreSQL, and there is no user postgres");
    (sys::user_id() == 0).then(ids)
}

/// What makes the data directory.
fn install(dir: &Path) -> Command {
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
fn command(dir: &Path, port: u16) -> Command {
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
fn client(dir: &Path, port: u16, database: &str) -> Command {
    let mut command = own_program("psql");
    command.args(["-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-U", USER, "-h"]);
    command.arg(dir).arg("-p").arg(port.to_string()).env("PGCLIENTENCODING", "UTF8");
    command.args(["-d", if database.is_empty() { "postgres" } else { database }]);
    command
}

fn create(service: &Service, name: &str) -> Result<String, String> {
    service.ask("", &format!("CREATE DATABASE {name};"))?;
    service.ask(name, &Kind::Postgres.create_sql())
}

/// Its driver writes bytes into a column of text as their digits, and reads them back from there.
fn text_digits(column: &str) -> String {
    let digits = format!("encode(convert_to({column}, 'UTF8'), 'hex')");
    format!("CASE WHEN {column} LIKE '\\\\x%' THEN substr({column}, 3) ELSE {digits} END")
}
