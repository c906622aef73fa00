//! The database of a server under test: `MSILO_DB` says which.
//!
//! MariaDB and PostgreSQL are started once per test process, when the first server needs one, in a directory of their
//! own and reachable on loopback only. Each server gets a database of its own, made by the stock create scripts.

mod client;
mod galera;
mod mariadb;
mod postgresql;
mod relay;
mod served;
mod service;
pub mod shared;
mod sqlite;
pub mod table;
mod text;

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::harness::database::table::{NewRow, Row};
use crate::harness::environment::create_scripts;
use crate::harness::server::config::Value;

pub use galera::provider as galera_provider;
pub(in crate::harness) use galera::start as start_galera;
pub use relay::Relay;
pub use service::Service;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file of SQLite's.
    Sqlite,
    /// MariaDB, or MySQL.
    Mysql,
    /// PostgreSQL.
    Postgres,
    /// The text files of db_text.
    Text,
}

/// Reads `MSILO_DB`.
pub fn database_under_test() -> Kind {
    match env::var("MSILO_DB").as_deref() {
        Ok("sqlite") | Err(env::VarError::NotPresent) => Kind::Sqlite,
        Ok("mysql") => Kind::Mysql,
        Ok("postgres") => Kind::Postgres,
        Ok("text") => Kind::Text,
        other => panic!("MSILO_DB is {other:?}, not \"sqlite\", \"mysql\", \"postgres\" or \"text\""),
    }
}

impl Kind {
    /// The server's module for it.
    pub fn driver(self) -> &'static str {
        match self {
            Kind::Sqlite => "db_sqlite",
            Kind::Mysql => "db_mysql",
            Kind::Postgres => "db_postgres",
            Kind::Text => "db_text",
        }
    }

    /// What its driver is told besides.
    pub(in crate::harness) fn params(self) -> Vec<(String, String, Value)> {
        let params: &[(&str, &str, i32)] = match self {
            // Its files are up to date at any time, and may hold a long body.
            Kind::Text => &[("db_text", "db_mode", 1), ("db_text", "file_buffer_size", 262_144)],
            // It counts seconds between two attempts to reach a server that is away.
            Kind::Mysql => &[("db_mysql", "timeout_interval", 2)],
            Kind::Postgres | Kind::Sqlite => &[],
        };
        let owned = |(module, name, value): &(&str, &str, i32)| ((*module).into(), (*name).into(), (*value).into());
        params.iter().map(owned).collect()
    }

    /// Makes a database for one server, whose directory is `dir`; on a service of its own if there are options.
    pub(in crate::harness) fn create(self, dir: &Path, options: Option<&[String]>) -> Box<dyn Backend> {
        let service = || match options {
            Some(options) => Arc::new(Service::start(self, options)),
            None => Service::shared(self),
        };
        match self {
            Kind::Sqlite => Box::new(sqlite::Sqlite::create(&dir.join("kamailio.sqlite"))),
            Kind::Mysql | Kind::Postgres => Box::new(served::Database::create(service())),
            Kind::Text => Box::new(text::Text::create(&dir.join("dbtext"))),
        }
    }

    /// The directory of its create scripts, next to those of SQLite.
    fn scripts(self) -> PathBuf {
        let sqlite = create_scripts();
        let all = sqlite.parent().unwrap_or(Path::new("/")).to_owned();
        match self {
            Kind::Sqlite => sqlite,
            Kind::Mysql => all.join("mysql"),
            Kind::Postgres => all.join("postgres"),
            Kind::Text => all.join("dbtext/kamailio"),
        }
    }

    /// The create scripts, one after the other.
    fn create_sql(self) -> String {
        let script = |name: &str| {
            let file = self.scripts().join(name);
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        };
        format!("{}\n{}", script("standard-create.sql"), script("msilo-create.sql"))
    }
}

/// The stock script that creates the tables of another module, such as `usrloc`, in the database under test.
pub fn stock_tables(module: &str) -> String {
    let file = database_under_test().scripts().join(format!("{module}-create.sql"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// One server's database.
pub(in crate::harness) trait Backend: Send + Sync {
    /// What the server is told to connect to.
    fn url(&self) -> String;
    /// All rows in the order of their ids.
    fn rows(&self) -> Vec<Row>;
    /// The number a query gives.
    fn number(&self, sql: &str) -> i64;
    /// How many rows there are.
    fn count(&self) -> i64 {
        self.number("SELECT count(*) FROM silo")
    }
    /// Runs any SQL.
    fn execute(&self, sql: &str);
    /// Puts rows in, and gives the id of the last.
    fn insert(&self, rows: &[NewRow]) -> i64;
    /// The process behind it, if there is one.
    fn service(&self) -> Option<&Service> {
        None
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The columns of a [`Row`] as [`row`] reads them: `text` and `blob` say how a column becomes hexadecimal digits.
fn row_columns(text: impl Fn(&str) -> String, blob: impl Fn(&str) -> String) -> String {
    let texts = ["src_addr", "dst_addr", "username", "domain", "ctype", "callid", "extra_hdrs"].map(text);
    format!("id, inc_time, exp_time, snd_time, status, {}, {}", texts.join(", "), blob("body"))
}

/// A row of [`row_columns`], as a client prints it.
fn row(line: &str) -> Row {
    let mut fields = line.split('\t');
    let mut next = || fields.next().unwrap_or_default();
    let [id, inc_time, exp_time, snd_time, status] =
        [(); 5].map(|()| next().parse().unwrap_or_else(|_| panic!("no number: {line}")));
    let mut texts = [(); 8].map(|()| unhex(next()));
    let body = std::mem::take(&mut texts[7]);
    let extra_hdrs = std::mem::take(&mut texts[6]);
    let mut text = texts.into_iter().map(|bytes| String::from_utf8(bytes).expect("the column holds UTF-8"));
    let mut text = || text.next().unwrap_or_default();
    let (src_addr, dst_addr, username, domain) = (text(), text(), text(), text());
    let (ctype, callid) = (text(), text());
    Row {
        id,
        src_addr,
        dst_addr,
        username,
        domain,
        inc_time,
        exp_time,
        snd_time,
        ctype,
        body,
        extra_hdrs,
        callid,
        status,
    }
}

/// The bytes behind hexadecimal digits; nothing for NULL.
fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).filter(|_| digits != "NULL");
    pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// The INSERT for rows: `text` and `blob` make a literal of hexadecimal digits.
fn insert_sql(rows: &[NewRow], text: impl Fn(String) -> String, blob: impl Fn(String) -> String) -> String {
    let values = rows.iter().map(|row| {
        let [src, dst, user, domain, ctype] = [&row.src_addr, &row.dst_addr, &row.username, &row.domain, &row.ctype]
            .map(|value| text(hex(value.as_bytes())));
        let (headers, body) = (text(hex(&row.extra_hdrs)), blob(hex(&row.body)));
        let (inc, exp, snd) = (row.inc_time, row.exp_time, row.snd_time);
        format!("({src}, {dst}, {user}, {domain}, {inc}, {exp}, {snd}, {ctype}, {body}, {headers})")
    });
    let values = values.collect::<Vec<_>>().join(", ");
    format!(
        "INSERT INTO silo (src_addr, dst_addr, username, domain, inc_time, exp_time, snd_time, ctype, body, extra_hdrs) \
         VALUES {values};"
    )
}
