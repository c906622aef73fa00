//! Several servers on one database, as an administrator sets them up who has outgrown one machine.

use std::ops::{Deref, DerefMut};

use crate::harness::database::shared::SharedDatabase;
use crate::harness::server::builder::ServerBuilder;
use crate::harness::server::Server;

/// Servers with the `server_id` 1, 2, ... and one table `silo`.
///
/// Each has registrations of its own (usrloc in memory), so a phone that several are to know registers at each of them:
/// [`Agent::register_at`](crate::harness::Agent::register_at).
pub struct Cluster {
    servers: Vec<Server>,
}

impl Cluster {
    /// Starts so many on a new database; `describe` says what each is like besides, by its `server_id`.
    #[track_caller]
    pub fn start(count: u8, describe: impl Fn(u8, ServerBuilder) -> ServerBuilder) -> Cluster {
        Cluster::start_on(&[SharedDatabase::create()], count, describe)
    }

    /// The same on a database that is there, as its nodes have it: each server takes the next of these in turn.
    #[track_caller]
    pub fn start_on(
        nodes: &[SharedDatabase],
        count: u8,
        describe: impl Fn(u8, ServerBuilder) -> ServerBuilder,
    ) -> Cluster {
        let node = |id: u8| &nodes[usize::from(id - 1) % nodes.len()];
        let start = |id| describe(id, Server::builder().database(node(id)).server_id(id)).start();
        Cluster { servers: (1..=count).map(start).collect() }
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
