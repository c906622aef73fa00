//! Several servers that share a table, in stories of any kind: nobody gets a message twice, none is lost, and each inbox
//! keeps its order and its one message in flight.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::tries;
use crate::silo::config::settings::{Config, Reminders};
use crate::silo::config::sharing::Sharing;
use crate::silo::delivery::engine::Delivery;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::shard::Shard;
use crate::silo::fakes::{Fake, START};
use crate::silo::message::aor::Aor;
use crate::silo::message::model::RowId;

const SECOND: Duration = Duration::from_secs(1);
const USERS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Store { user: usize },
    Remind { user: usize },
    Dump { server: usize, user: usize, most: Option<u64> },
    Register { user: usize },
    Answer { server: usize, which: usize, status: u16 },
    Wait { millis: u64 },
    Down { server: usize, down: bool },
    LoseAnswer { server: usize },
    Crash { server: usize, starts_again: bool },
    Suspend { server: usize, on: bool },
    WaitLong { seconds: u64 },
}

fn step(statuses: &'static [u16]) -> impl Strategy<Value = Step> {
    let (server, user) = (0..4_usize, 0..USERS);
    let most = prop::option::weighted(0.2, 1..4_u64);
    let dump = (server.clone(), user.clone(), most).prop_map(|(server, user, most)| Step::Dump { server, user, most });
    let answer = (server.clone(), 0..4_usize, prop::sample::select(statuses));
    prop_oneof![
        6 => user.clone().prop_map(|user| Step::Store { user }),
        1 => user.clone().prop_map(|user| Step::Remind { user }),
        4 => dump,
        4 => user.prop_map(|user| Step::Register { user }),
        12 => answer.prop_map(|(server, which, status)| Step::Answer { server, which, status }),
        3 => (0..1500_u64).prop_map(|millis| Step::Wait { millis }),
        1 => (server.clone(), any::<bool>()).prop_map(|(server, down)| Step::Down { server, down }),
        1 => server.clone().prop_map(|server| Step::LoseAnswer { server }),
        1 => (server.clone(), any::<bool>())
            .prop_map(|(server, starts_again)| Step::Crash { server, starts_again }),
        1 => (server, any::<bool>()).prop_map(|(server, on)| Step::Suspend { server, on }),
        1 => (1..700_u64).prop_map(|seconds| Step::WaitLong { seconds }),
    ]
}

fn owner(user: usize) -> Aor {
    Aor::new(format!("user{user}").as_bytes(), b"example.org").unwrap()
}

#[derive(Clone, Copy, Debug)]
struct Known {
    user: usize,
    is_reminder: bool,
    delivered: bool,
    /// It was in flight at a server that died or was suspended, or answered there a moment before.
    may_repeat: bool,
}

struct Node<'c> {
    fake: Fake,
    config: &'c Config,
    delivery: Delivery<'c, Fake, Fake>,
    suspended: bool,
    /// How many of those in flight were looked at.
    seen: usize,
}

impl<'c> Node<'c> {
    fn start(table: &Fake, config: &'c Config) -> Self {
        let fake = table.beside(config.shared.unwrap().server);
        let delivery = Delivery::new(fake.clone(), fake.clone(), config, Shard::SOLE);
        Self { fake, config, delivery, suspended: false, seen: 0 }
    }

    /// The rows that are in flight here.
    fn flying(&self) -> Vec<RowId> {
        let sent = self.fake.0.sent.borrow();
        sent.iter().map(|(_, message)| message.origin.as_ref().expect("a stored message").id).collect()
    }
}

struct Model<'c> {
    table: Fake,
    nodes: Vec<Node<'c>>,
    messages: BTreeMap<RowId, Known>,
    got: [Vec<RowId>; USERS],
}

impl<'c> Model<'c> {
    fn new(configs: &'c [Config]) -> Self {
        let table = Fake::default();
        let nodes = configs.iter().map(|config| Node::start(&table, config)).collect();
        Self { table, nodes, messages: BTreeMap::new(), got: Default::default() }
    }

    fn store(&mut self, user: usize, is_reminder: bool) {
        let id = RowId::try_from(self.messages.len()).unwrap() + 1;
        self.table.store(id, &format!("user{user}"));
        let due = START + i64::try_from(self.table.0.elapsed.get().as_secs()).unwrap() + 1;
        self.table.change(id, |row| {
            (row.expires_at, row.due_at) = (START + 10_000_000, if is_reminder { due } else { 0 });
        });
        self.messages.insert(id, Known { user, is_reminder, delivered: false, may_repeat: false });
    }

    fn take_step(&mut self, step: &Step) {
        let count = self.nodes.len();
        match *step {
            Step::Store { user } => self.store(user, false),
            Step::Remind { user } => self.store(user, true),
            Step::Dump { server, user, most } => self.dump(server % count, user, most),
            Step::Register { user } => (0..count).for_each(|server| self.dump(server, user, None)),
            Step::Answer { server, which, status } => self.answer(server % count, which, status),
            Step::Wait { millis } => self.table.wait(Duration::from_millis(millis)),
            Step::WaitLong { seconds } => {
                (0..count).for_each(|server| self.may_repeat(server));
                self.table.wait(Duration::from_secs(seconds));
            }
            Step::Down { server, down } => self.nodes[server % count].fake.0.store_is_down.set(down),
            Step::LoseAnswer { server } => self.nodes[server % count].fake.0.claim_is_lost.set(true),
            Step::Crash { server, starts_again } => self.crash(server % count, starts_again),
            Step::Suspend { server, on } => {
                self.may_repeat(server % count);
                self.nodes[server % count].suspended = on;
            }
        }
        self.work();
    }

    fn dump(&mut self, server: usize, user: usize, most: Option<u64>) {
        let node = &mut self.nodes[server];
        if !node.suspended {
            node.delivery.dump(owner(user), DumpRequest { most, ..DumpRequest::default() });
        }
    }

    fn answer(&mut self, server: usize, which: usize, status: u16) {
        let node = &mut self.nodes[server];
        let ids = node.flying();
        let Some(at) = which.checked_rem(ids.len()).filter(|_| !node.suspended) else { return };
        let (ticket, _) = node.fake.0.sent.borrow_mut().remove(at);
        node.seen -= 1;
        if (200..300).contains(&status) {
            let known = self.messages.get_mut(&ids[at]).unwrap();
            assert!(!known.delivered || known.may_repeat, "message {} is delivered twice", ids[at]);
            if !std::mem::replace(&mut known.delivered, true) {
                self.got[known.user].push(ids[at]);
            }
        }
        node.delivery.result(ticket, status);
    }

    /// Whatever this server has in flight, or was told and has not written down, may come again.
    fn may_repeat(&mut self, server: usize) {
        let node = &self.nodes[server];
        let delivered = node.fake.ids().into_iter().filter(|id| self.messages[id].delivered);
        let ids: Vec<_> = node.flying().into_iter().chain(delivered).collect();
        ids.iter().for_each(|id| self.messages.get_mut(id).unwrap().may_repeat = true);
    }

    fn crash(&mut self, server: usize, starts_again: bool) {
        self.may_repeat(server);
        let config = self.nodes[server].config;
        self.nodes[server] = Node::start(&self.table, config);
        if starts_again {
            let number = config.shared.unwrap().server;
            self.table.0.leases.borrow_mut().retain(|_, (holder, _)| *holder != number);
        }
    }

    fn work(&mut self) {
        for server in 0..self.nodes.len() {
            let node = &mut self.nodes[server];
            if node.suspended {
                continue;
            }
            let turns = (0..10_000).position(|_| !node.delivery.work().is_zero());
            assert!(turns.is_some(), "server {server} does not come to rest");
            for id in node.flying().into_iter().skip(node.seen) {
                let known = self.messages[&id];
                assert!(!known.delivered || known.may_repeat, "message {id} is sent again after its 200");
                let holder = node.fake.holder(id);
                assert_eq!(holder, Some(node.fake.0.server.get()), "message {id} is sent by a server that has it not");
            }
            node.seen = node.flying().len();
        }
    }

    /// In each inbox one message is in flight, over all servers.
    fn one_in_flight(&self) {
        let mut flying = [0; USERS];
        for id in self.nodes.iter().flat_map(Node::flying).filter(|id| !self.messages[id].is_reminder) {
            flying[self.messages[&id].user] += 1;
        }
        assert!(flying.iter().all(|count| *count <= 1), "{flying:?} in flight");
    }

    fn nothing_is_lost(&self) {
        let rows = self.table.ids();
        let lost = self.messages.iter().find(|(id, known)| !known.delivered && !rows.contains(id));
        assert!(lost.is_none(), "lost: {lost:?}");
    }

    fn end_well(&mut self) {
        for node in &mut self.nodes {
            node.suspended = false;
            node.fake.0.store_is_down.set(false);
            node.fake.0.claim_is_lost.set(false);
        }
        // Until the claims of servers that are no more are over.
        for _ in 0..40 {
            self.work();
            for user in 0..USERS {
                (0..self.nodes.len()).for_each(|server| self.dump(server, user, None));
            }
            self.work();
            while let Some(server) = (0..self.nodes.len()).find(|server| self.nodes[*server].seen > 0) {
                self.answer(server, 0, 200);
                self.work();
            }
            self.table.wait(31 * SECOND);
        }
        self.work();
        assert!(self.messages.values().all(|known| known.delivered), "{:?}", self.messages);
        assert_eq!(self.table.ids(), []);
    }
}

fn configs(count: u8, reminders: bool) -> Vec<Config> {
    let reminders = reminders.then(|| Reminders { from: b"sip:reg@example.org".to_vec(), every: 1 });
    let config = |server| Config {
        shared: Some(Sharing { server, speed: 1 }),
        reminders: reminders.clone(),
        ..Config::default()
    };
    (1..=count).map(config).collect()
}

proptest! {
    #![proptest_config(tries(200))]

    #[test]
    fn servers_at_one_table_deliver_each_message_once_and_in_order(
        count in 2..5_u8, steps in vec(step(&[200]), 0..150),
    ) {
        let configs = configs(count, false);
        let mut model = Model::new(&configs);
        let mishap = |step: &&Step| {
            matches!(step, Step::Remind { .. } | Step::Crash { .. } | Step::Suspend { .. } | Step::WaitLong { .. })
        };
        for step in steps.iter().filter(|step| !mishap(step)) {
            model.take_step(step);
            model.nothing_is_lost();
            model.one_in_flight();
        }
        model.end_well();
        for got in &model.got {
            prop_assert!(got.is_sorted(), "{:?}", got);
        }
    }

    #[test]
    fn servers_that_are_refused_crash_and_sleep_repeat_only_what_was_in_flight(
        count in 2..5_u8, steps in vec(step(&[200, 200, 200, 202, 408, 480, 503]), 0..150),
    ) {
        let configs = configs(count, true);
        let mut model = Model::new(&configs);
        for step in &steps {
            model.take_step(step);
            model.nothing_is_lost();
        }
        model.end_well();
    }
}
