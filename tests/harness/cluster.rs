//! Several servers on one database, as an administrator sets them up who has outgrown one machine.

use std::ops::{Deref, DerefMut};

use super::builder::ServerBuilder;
use super::server::Server;
use super::shared::SharedDatabase;

/// Servers with the `server_id` 1, 2, ... and one table `silo`.
///
/// Each has registrations of its own (usrloc in memory), so a phone that several are to know registers at each of them:
/// [`Agent::register_at`](super::Agent::register_at).
pub struct Cluster {
    servers: Vec<Server>,
    database: SharedDatabase,
}

impl Cluster {
    /// Starts so many on a new database; `describe` says what each is like besides, by its `server_id`.
    #[track_caller]
    pub fn start(count: u8, describe: impl Fn(u8, ServerBuilder) -> ServerBuilder) -> Cluster {
        Cluster::start_on(&SharedDatabase::create(), count, describe)
    }

    /// The same on a database that is there.
    #[track_caller]
    pub fn start_on(
        database: &SharedDatabase,
        count: u8,
        describe: impl Fn(u8, ServerBuilder) -> ServerBuilder,
    ) -> Cluster {
        let start = |id| describe(id, Server::builder().database(database).server_id(id)).start();
        Cluster { servers: (1..=count).map(start).collect(), database: database.clone() }
    }

    /// What they share.
    pub fn database(&self) -> &SharedDatabase {
        &self.database
    }
}

impl Deref for Cluster {
    type Target = [Server];

    fn deref(&self) -> &[Server] {
        &self.servers
    }
}

impl DerefMut for Cluster {
    fn deref_mut(&mut self) -> &mut [Server] {
        &mut self.servers
    }
}
