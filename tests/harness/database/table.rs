//! The `silo` table, looked at and altered from outside the server.

use crate::harness::database::shared::SharedDatabase;
use crate::harness::database::{database_under_test, Backend, Kind, Relay, Service};
use crate::harness::wait::{now, until_none_is_left};

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the columns
pub struct Row {
    pub id: i64,
    pub src_addr: String,
    pub dst_addr: String,
    pub username: String,
    pub domain: String,
    pub inc_time: i64,
    pub exp_time: i64,
    pub snd_time: i64,
    pub ctype: String,
    pub body: Vec<u8>,
    pub extra_hdrs: Vec<u8>,
    pub callid: String,
    pub status: i64,
}

/// A row to put in, as C msilo would have stored it.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // the columns
pub struct NewRow {
    pub src_addr: String,
    pub dst_addr: String,
    pub username: String,
    pub domain: String,
    pub inc_time: i64,
    pub exp_time: i64,
    pub snd_time: i64,
    pub ctype: String,
    pub body: Vec<u8>,
    pub extra_hdrs: Vec<u8>,
}

impl NewRow {
    /// A text message between two users of a domain, stored just now.
    pub fn text(from: &str, to: &str, domain: &str, body: &str) -> NewRow {
        NewRow {
            src_addr: format!("sip:{from}@{domain}"),
            dst_addr: format!("sip:{to}@{domain}"),
            username: to.to_owned(),
            domain: domain.to_owned(),
            inc_time: now(),
            exp_time: now() + 3600,
            snd_time: 0,
            ctype: "text/plain".to_owned(),
            body: body.as_bytes().to_vec(),
            extra_hdrs: Vec::new(),
        }
    }
}

/// The database of a server.
pub struct Table {
    database: SharedDatabase,
    relay: Option<Relay>,
}

impl Table {
    /// The database as one server sees it; `relayed` through a network of its own.
    pub(in crate::harness) fn new(database: SharedDatabase, relayed: bool) -> Table {
        let port = || database.backend().service().expect("this database has a server").port();
        let relay = relayed.then(|| Relay::start(port()));
        Table { database, relay }
    }

    fn backend(&self) -> &dyn Backend {
        self.database.backend()
    }

    /// What the server is told to connect to.
    pub fn url(&self) -> String {
        let url = self.backend().url();
        match (&self.relay, self.backend().service()) {
            (Some(relay), Some(service)) => {
                url.replace(&format!(":{}/", service.port()), &format!(":{}/", relay.port()))
            }
            _ => url,
        }
    }

    /// The network between, if there is one.
    pub(in crate::harness) fn relay(&self) -> Option<&Relay> {
        self.relay.as_ref()
    }

    /// The network between the server and its database, of a server built with
    /// [`ServerBuilder::relayed_database`](crate::harness::ServerBuilder::relayed_database).
    #[track_caller]
    pub fn network(&self) -> &Relay {
        self.relay.as_ref().expect("the server was built with relayed_database()")
    }

    /// The database server behind it. SQLite and db_text have none.
    #[track_caller]
    pub fn service(&self) -> &Service {
        self.backend().service().expect("this database has a server")
    }

    /// All rows in the order of their ids.
    #[track_caller]
    pub fn rows(&self) -> Vec<Row> {
        self.backend().rows()
    }

    /// The only row there is.
    #[track_caller]
    pub fn only_row(&self) -> Row {
        let mut rows = self.rows();
        assert_eq!(rows.len(), 1, "the table holds {rows:#?}");
        rows.remove(0)
    }

    /// How many rows there are.
    #[track_caller]
    pub fn count(&self) -> i64 {
        self.backend().count()
    }

    /// How many rows a user has.
    #[track_caller]
    pub fn count_of(&self, user: &str) -> i64 {
        self.rows().iter().filter(|row| row.username == user).count() as i64
    }

    /// Waits until every row is gone.
    #[track_caller]
    pub fn wait_until_empty(&self) {
        until_none_is_left("the table silo is empty", || self.count());
    }

    /// The number a query gives.
    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        self.backend().number(sql)
    }

    /// Runs any SQL.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        self.backend().execute(sql);
    }

    /// Has the database refuse every DELETE of rows that meet `condition`, with the words `the trigger refuses`.
    #[track_caller]
    pub fn refuse_deletes(&self, condition: &str) {
        self.refuse("keep", "DELETE", condition, "old");
    }

    /// Has the database refuse every INSERT of a row that meets `condition`.
    #[track_caller]
    pub fn refuse_inserts(&self, condition: &str) {
        self.refuse("keep_out", "INSERT", condition, "new");
    }

    fn refuse(&self, name: &str, statement: &str, condition: &str, row: &str) {
        const REFUSES: &str = "the trigger refuses";
        let when = format!("TRIGGER {name} BEFORE {statement} ON silo");
        self.execute(&match database_under_test() {
            Kind::Mysql => format!(
                "DELIMITER //\nCREATE {when} FOR EACH ROW IF {condition} THEN \
                 SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{REFUSES}'; END IF//\n"
            ),
            Kind::Postgres => format!(
                "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN \
                 RAISE EXCEPTION '{REFUSES}'; END IF; RETURN {row}; END $$; \
                 CREATE {when} FOR EACH ROW EXECUTE FUNCTION {name}();"
            ),
            Kind::Sqlite | Kind::Text => {
                format!("CREATE {when} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{REFUSES}'); END")
            }
        });
    }

    /// Has it allow them again.
    #[track_caller]
    pub fn allow_deletes(&self) {
        self.execute(match database_under_test() {
            Kind::Postgres => "DROP TRIGGER keep ON silo; DROP FUNCTION keep();",
            _ => "DROP TRIGGER keep",
        });
    }

    /// Makes the column of the ids one of 64 bits, which it is not in every stock table.
    #[track_caller]
    pub fn widen_ids(&self) {
        match database_under_test() {
            Kind::Mysql => self.execute("ALTER TABLE silo MODIFY id BIGINT UNSIGNED AUTO_INCREMENT NOT NULL"),
            Kind::Postgres => self.execute("ALTER TABLE silo ALTER id TYPE BIGINT"),
            Kind::Sqlite | Kind::Text => {}
        }
    }

    /// Puts a row in, and gives its id.
    #[track_caller]
    pub fn insert(&self, row: &NewRow) -> i64 {
        self.backend().insert(std::slice::from_ref(row))
    }

    /// Puts rows in, in their order.
    #[track_caller]
    pub fn insert_all(&self, rows: &[NewRow]) {
        self.backend().insert(rows);
    }
}
