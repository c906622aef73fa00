//! A database on a [`Service`]: what is the same with every kind of server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use super::service::Service;
use super::{insert_sql, row, row_columns, Backend};
use crate::harness::database::table::{NewRow, Row};

/// A database, its SQL spoken through the client of its server, as an administrator.
pub struct Database {
    service: Arc<Service>,
    named: Arc<Named>,
}

/// What is removed when the last server that has it is gone, at whichever node of a cluster that is.
struct Named {
    service: Arc<Service>,
    name: String,
}

impl Database {
    /// Makes one with the stock scripts.
    pub fn create(service: Arc<Service>) -> Database {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("kamailio_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let made = (service.engine().create)(&service, &name);
        made.unwrap_or_else(|error| panic!("the create scripts failed: {error}"));
        let named = Arc::new(Named { service: Arc::clone(&service), name });
        Database { service, named }
    }

    /// The same database as another server of the same cluster has it.
    pub fn seen_from(&self, service: Arc<Service>) -> Database {
        Database { service, named: Arc::clone(&self.named) }
    }

    /// Whether its table can be read.
    pub fn answers(&self) -> bool {
        self.service.ask(&self.named.name, "SELECT COUNT(*) FROM silo;").is_ok()
    }

    #[track_caller]
    fn ask(&self, sql: &str) -> String {
        self.service.ask(&self.named.name, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let _ = self.service.ask("", &(self.service.engine().remove)(&self.name));
    }
}

impl Backend for Database {
    fn url(&self) -> String {
        let (scheme, user) = (self.service.engine().scheme, self.service.engine().user);
        format!("{scheme}://{user}:{user}@127.0.0.1:{}/{}", self.service.port(), self.named.name)
    }

    fn rows(&self) -> Vec<Row> {
        let engine = self.service.engine();
        let columns = row_columns(engine.text_digits, engine.blob_digits);
        self.ask(&format!("SELECT {columns} FROM silo ORDER BY id;")).lines().map(row).collect()
    }

    fn number(&self, sql: &str) -> i64 {
        let answer = self.ask(&format!("{sql};"));
        answer.trim().parse().unwrap_or_else(|_| panic!("{sql} gives no number: {answer}"))
    }

    fn execute(&self, sql: &str) {
        self.ask(sql);
    }

    fn insert(&self, rows: &[NewRow]) -> i64 {
        let engine = self.service.engine();
        let insert = insert_sql(rows, engine.text_literal, engine.blob_literal);
        // In one transaction: the server may delete at once what has expired.
        self.number(&format!("BEGIN; {insert} SELECT MAX(id) FROM silo; COMMIT"))
    }

    fn service(&self) -> Option<&Service> {
        Some(&self.service)
    }
}
