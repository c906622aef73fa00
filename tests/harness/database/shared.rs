//! A database that several servers share.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::harness::database::{database_under_test, start_galera, Backend, Kind};

/// A database that lives as long as somebody has it: a server, or the test.
#[derive(Clone)]
pub struct SharedDatabase(Arc<Home>);

struct Home {
    backend: Box<dyn Backend>,
    /// Where a database without a server lies, unless that is with its one Kamailio.
    _dir: Option<TempDir>,
}

impl SharedDatabase {
    /// A new one of the kind under test, with the stock tables.
    #[track_caller]
    pub fn create() -> SharedDatabase {
        SharedDatabase::create_with(None)
    }

    /// The same on a database server of its own, started with these options, which the test may stop.
    #[track_caller]
    pub fn create_on_own_server(options: &[&str]) -> SharedDatabase {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        SharedDatabase::create_with(Some(&options))
    }

    fn create_with(options: Option<&[String]>) -> SharedDatabase {
        let dir =
            tempfile::Builder::new().prefix("msilo-shared-").tempdir().expect("a temporary directory can be made");
        let backend = database_under_test().create(dir.path(), options);
        SharedDatabase(Arc::new(Home { backend, _dir: Some(dir) }))
    }

    /// One on so many nodes of a Galera cluster, as each node has it.
    pub fn create_on_galera(nodes: usize) -> Vec<SharedDatabase> {
        let views = start_galera(nodes).into_iter();
        views.map(|view| SharedDatabase(Arc::new(Home { backend: Box::new(view), _dir: None }))).collect()
    }

    /// That of one server, whose directory is `dir`.
    pub(in crate::harness) fn of_one(kind: Kind, dir: &Path, options: Option<&[String]>) -> SharedDatabase {
        SharedDatabase(Arc::new(Home { backend: kind.create(dir, options), _dir: None }))
    }

    pub(in crate::harness) fn backend(&self) -> &dyn Backend {
        &*self.0.backend
    }
}
