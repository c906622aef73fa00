//! The database of the soak: a MariaDB of our own, which can be restarted.

use super::mariadb::MariaDb;

/// A running MariaDB with the server's own tables.
pub struct Database {
    server: MariaDb,
}

impl Database {
    /// In a directory below `target`, for it may become large.
    pub fn start() -> Database {
        let place = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/soak");
        std::fs::create_dir_all(&place).unwrap_or_else(|error| panic!("{}: {error}", place.display()));
        Database { server: MariaDb::start(&place) }
    }

    /// What the server is told to connect to.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// How many messages are stored.
    pub fn count(&self) -> usize {
        let answer = self.server.ask("SELECT COUNT(*) FROM silo");
        answer.trim().parse().unwrap_or_else(|_| panic!("{answer:?} is no count of rows"))
    }

    /// Stops it, has `meanwhile` done, and starts it again.
    pub fn restart(&mut self, meanwhile: impl FnOnce()) {
        self.server.stop();
        meanwhile();
        self.server.start_again();
    }
}
