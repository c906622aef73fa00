//! The whole delivery against a model of what its users see, in stories of any kind.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::tries;
use crate::guard::guard;
use crate::silo::config::settings::{Config, Reminders};
use crate::silo::delivery::engine::Delivery;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::delivery::server::Counter;
use crate::silo::delivery::shard::Shard;
use crate::silo::fakes::{Fake, START};
use crate::silo::message::aor::Aor;
use crate::silo::message::model::RowId;

const SECOND: Duration = Duration::from_secs(1);
const USERS: usize = 3;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Store { user: usize, lives: u16 },
    Remind { user: usize, in_seconds: u8 },
    Dump { user: usize, most: Option<u64> },
    Answer { which: usize, status: u16 },
    Lose { which: usize },
    Wait { millis: u64 },
    Down(bool),
    Keep(bool),
    Unsendable { user: usize, on: bool },
    Panic(&'static str),
}

fn step(statuses: &'static [u16]) -> impl Strategy<Value = Step> {
    let user = 0..USERS;
    prop_oneof![
        6 => (user.clone(), 600..2000_u16).prop_map(|(user, lives)| Step::Store { user, lives }),
        1 => (user.clone(), 1..5_u16).prop_map(|(user, lives)| Step::Store { user, lives }),
        1 => (user.clone(), 0..9_u8).prop_map(|(user, in_seconds)| Step::Remind { user, in_seconds }),
        4 => (user.clone(), prop::option::weighted(0.2, 1..4_u64)).prop_map(|(user, most)| Step::Dump { user, most }),
        9 => (0..8_usize, prop::sample::select(statuses)).prop_map(|(which, status)| Step::Answer { which, status }),
        1 => (0..8_usize).prop_map(|which| Step::Lose { which }),
        3 => (0..1500_u64).prop_map(|millis| Step::Wait { millis }),
        1 => any::<bool>().prop_map(Step::Down),
        1 => any::<bool>().prop_map(Step::Keep),
        1 => (user, any::<bool>()).prop_map(|(user, on)| Step::Unsendable { user, on }),
        1 => prop::sample::select(&["send", "page", "rows", "occupied", "due", "delete", "make"][..]).prop_map(Step::Panic),
    ]
}

fn name(user: usize) -> String {
    format!("user{user}")
}

/// What is known of a message.
#[derive(Clone, Debug)]
struct Known {
    user: usize,
    over_at: i64,
    delivered: bool,
    in_flight: bool,
}

/// The users, and what they have seen.
struct Model<'c> {
    fake: Fake,
    delivery: Delivery<'c, Fake, Fake>,
    window: usize,
    messages: BTreeMap<RowId, Known>,
    /// What was delivered to each, in order.
    got: [Vec<RowId>; USERS],
    seen: usize,
}

impl<'c> Model<'c> {
    fn new(config: &'c Config) -> Self {
        let fake = Fake::default();
        let delivery = Delivery::new(fake.clone(), fake.clone(), config, Shard::SOLE);
        let window = config.dump_window;
        Self { fake, delivery, window, messages: BTreeMap::new(), got: Default::default(), seen: 0 }
    }

    fn time(&self) -> i64 {
        START + i64::try_from(self.fake.0.elapsed.get().as_secs()).unwrap()
    }

    fn store(&mut self, user: usize, lives: i64, due_at: i64) {
        let id = RowId::try_from(self.messages.len()).unwrap() + 1;
        let over_at = self.time().max(due_at) + lives;
        self.fake.store(id, &name(user));
        self.fake.change(id, |row| (row.expires_at, row.due_at) = (over_at, due_at));
        self.messages.insert(id, Known { user, over_at, delivered: false, in_flight: false });
    }

    fn id(body: &[u8]) -> RowId {
        let text = String::from_utf8_lossy(body).into_owned();
        text.rsplit(' ').next().and_then(|id| id.parse().ok()).expect("the body names its row")
    }

    /// The message that has been in flight for the longest time.
    fn first_in_flight(&self) -> Option<RowId> {
        self.fake.0.sent.borrow().first().map(|(_, message)| Self::id(&message.body))
    }

    /// Takes a message that is in flight from the network.
    fn take(&mut self, which: usize) -> Option<(crate::silo::delivery::server::Ticket, RowId)> {
        let mut sent = self.fake.0.sent.borrow_mut();
        let at = which.checked_rem(sent.len())?;
        let (ticket, message) = sent.remove(at);
        self.seen -= 1;
        Some((ticket, Self::id(&message.body)))
    }

    fn take_step(&mut self, step: &Step) {
        match *step {
            Step::Store { user, lives } => self.store(user, lives.into(), 0),
            Step::Remind { user, in_seconds } => {
                let due = self.time() + i64::from(in_seconds);
                self.store(user, 1000, due);
            }
            Step::Dump { user, most } => self.dump(user, most),
            Step::Answer { which, status } => self.answer(which, status),
            // Its result will be given up; the phone has no memory of it.
            Step::Lose { which } => drop(self.take(which)),
            Step::Wait { millis } => self.fake.wait(Duration::from_millis(millis)),
            Step::Down(down) => self.fake.0.store_is_down.set(down),
            Step::Panic(at) => self.fake.0.panics_at.set(at),
            Step::Keep(keep) => {
                let newest = self.messages.keys().next_back().copied();
                self.fake.0.undeletable.set(newest.filter(|_| keep));
            }
            Step::Unsendable { user, on } => {
                let uri = format!("sip:{}@example.org", name(user)).into_bytes();
                let mut unsendable = self.fake.0.unsendable.borrow_mut();
                unsendable.retain(|have| *have != uri);
                unsendable.extend(Some(uri).filter(|_| on));
            }
        }
        self.work();
    }

    fn dump(&mut self, user: usize, most: Option<u64>) {
        let owner = Aor::new(name(user).as_bytes(), b"example.org").unwrap();
        self.delivery.dump(owner, DumpRequest { most, ..DumpRequest::default() });
    }

    fn answer(&mut self, which: usize, status: u16) {
        let Some((ticket, id)) = self.take(which) else { return };
        let known = self.messages.get_mut(&id).expect("only stored messages are sent");
        known.in_flight = false;
        if (200..300).contains(&status) {
            assert!(!known.delivered, "message {id} is delivered twice");
            known.delivered = true;
            self.got[known.user].push(id);
        }
        self.delivery.result(ticket, status);
    }

    /// Lets the delivery do what it wants to, and looks at what it sent.
    fn work(&mut self) {
        let turns = (0..10_000).position(|_| match guard("test", None, || Some(self.delivery.work())) {
            Some(idle) => !idle.is_zero(),
            None => {
                self.delivery.recover();
                false
            }
        });
        assert!(turns.is_some(), "it does not come to rest");
        let now = self.time();
        let sent = self.fake.0.sent.borrow();
        for (_, message) in sent.iter().skip(self.seen) {
            let id = Self::id(&message.body);
            let known = self.messages.get_mut(&id).expect("only stored messages are sent");
            assert!(!known.delivered, "message {id} is sent again after its 200");
            assert!(known.over_at > now, "message {id} is sent after it was over");
            known.in_flight = true;
        }
        self.seen = sent.len();
        for user in 0..USERS {
            let flying = sent.iter().filter(|(_, message)| self.messages[&Self::id(&message.body)].user == user);
            let mut ids: Vec<RowId> = flying.map(|(_, message)| Self::id(&message.body)).collect();
            assert!(ids.len() <= self.window, "{ids:?} are in flight to one user");
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), sent.iter().filter(|(_, m)| self.messages[&Self::id(&m.body)].user == user).count());
        }
    }

    /// Nothing that was not delivered is missing.
    fn nothing_is_lost(&self) {
        let rows = self.fake.ids();
        for (id, known) in &self.messages {
            let here = rows.contains(id);
            assert!(here || known.delivered || known.over_at <= self.time(), "message {id} is lost");
        }
    }

    /// Everything works again, and every phone is there.
    fn end_well(&mut self) {
        self.fake.0.store_is_down.set(false);
        self.fake.0.undeletable.set(None);
        self.fake.0.panics_at.set("");
        self.fake.0.unsendable.borrow_mut().clear();
        while !self.fake.0.sent.borrow().is_empty() {
            self.answer(0, 200);
            self.work();
        }
        // Beyond the time after which a lost result is given up, and beyond every reminder.
        self.fake.wait(301 * SECOND);
        for _ in 0..20 {
            (0..USERS).for_each(|user| self.dump(user, None));
            self.work();
            while !self.fake.0.sent.borrow().is_empty() {
                self.answer(0, 200);
                self.work();
            }
            self.fake.wait(2 * SECOND);
            self.work();
        }
        for (id, known) in &self.messages {
            assert!(known.delivered || known.over_at <= self.time(), "message {id} never arrives: {known:?}");
        }
        assert_eq!(self.delivery.unwritten(), 0);
        let left = self.fake.ids();
        assert!(left.iter().all(|id| self.messages[id].over_at <= self.time()), "rows {left:?} stay for ever");
        let delivered = self.messages.values().filter(|known| known.delivered).count();
        let counted = [Counter::DumpedMessages, Counter::DumpedReminders].map(|counter| self.fake.counted(counter));
        assert_eq!(counted[0] + counted[1], delivered);
    }
}

fn config(window: usize, reminders: bool) -> Config {
    let reminders = reminders.then(|| Reminders { from: b"sip:reg@example.org".to_vec(), every: 1 });
    Config { dump_window: window, reminders, sweep_every: 7 * SECOND, ..Config::default() }
}

proptest! {
    #![proptest_config(tries(300))]

    #[test]
    fn whatever_happens_every_message_arrives_once_or_waits(
        window in 1..4_usize, steps in vec(step(&[200, 200, 200, 202, 408, 415, 480, 503]), 0..120),
    ) {
        let config = config(window, true);
        let mut model = Model::new(&config);
        for step in &steps {
            model.take_step(step);
            model.nothing_is_lost();
        }
        model.end_well();
    }

    #[test]
    fn one_in_flight_keeps_the_order(steps in vec(step(&[200]), 0..150)) {
        let config = config(1, false);
        let mut model = Model::new(&config);
        // A result that is lost makes its message come later, and so does an address that cannot be sent to,
        // or a panic.
        let smooth = |step: &&Step| {
            !matches!(step, Step::Lose { .. } | Step::Unsendable { .. } | Step::Remind { .. } | Step::Panic(_))
        };
        steps.iter().filter(smooth).for_each(|step| model.take_step(step));
        model.end_well();
        for got in &model.got {
            prop_assert!(got.is_sorted(), "{:?}", got);
        }
    }

    #[test]
    fn at_each_register_the_fewest_times_unanswered_come_first_and_of_them_the_oldest(
        count in 1..230_i64, poison in vec(1..230_i64, 0..6), window in 1..4_usize,
    ) {
        let config = config(window, false);
        let mut model = Model::new(&config);
        (0..count).for_each(|_| model.store(0, 60_000, 0));
        let mut times = BTreeMap::<RowId, u32>::new();
        let poisonous: Vec<RowId> = (1..=count).filter(|id| poison.contains(id)).collect();
        for _ in 0..=poisonous.len() {
            let before = times.clone();
            let mut order = Vec::new();
            model.dump(0, None);
            model.work();
            while let Some(first) = model.first_in_flight() {
                order.push((before.get(&first).copied().unwrap_or(0), first));
                let silent = poisonous.contains(&first);
                *times.entry(first).or_default() += u32::from(silent);
                model.answer(0, if silent { 408 } else { 200 });
                model.work();
            }
            prop_assert!(order.is_sorted(), "{:?}", order);
            prop_assert!(order.iter().filter(|(_, id)| poisonous.contains(id)).count() <= window, "{:?}", order);
            model.fake.wait(SECOND);
            model.work();
        }
        prop_assert_eq!(model.fake.ids(), poisonous);
    }
}
