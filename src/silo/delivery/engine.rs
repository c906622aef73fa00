//! The delivery: everything that happens between `m_dump()` and the DELETE of a row.
//!
//! One process owns a [`Delivery`] and with it every inbox that hashes to it, so there is nothing to lock. The
//! process feeds it with what the SIP workers post ([`Delivery::dump`], [`Delivery::result`]) and calls
//! [`Delivery::work`], which does what is due and says when to call again.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::time::Duration;

use super::claims::Claims;
use super::flight::Flights;
use super::inbox::{DumpRequest, Inbox};
use super::server::Server;
use super::shard::Shard;
use crate::lm_err;
use crate::log::Throttle;
use crate::silo::config::settings::{Config, DeliverTo};
use crate::silo::delivery::news::agenda::News;
use crate::silo::delivery::pacing::backoff::Backoff;
use crate::silo::delivery::pacing::hosts::Hosts;
use crate::silo::delivery::pacing::lane::Lane;
use crate::silo::delivery::pacing::lookups::Lookups;
use crate::silo::delivery::pacing::mistakes::Mistakes;
use crate::silo::delivery::pacing::pace::Pace;
use crate::silo::delivery::pacing::schedule::Schedule;
use crate::silo::delivery::pacing::unanswered::Unanswered;
use crate::silo::delivery::writes::write_behind::WriteBehind;
use crate::silo::message::aor::Aor;
use crate::silo::message::compose::Kind;
use crate::silo::message::model::RowId;
use crate::silo::table::store::{Store, StoreError};
use crate::silo::time::UnixTime;

/// Messages handed to the network in one go before the caller looks at its queue again.
const TURN: usize = 32;
/// When no answer has come for so long, none will just now, and there is time for the table. Shorter than it takes a
/// phone to answer over any network, longer than on the same machine: there the next message is more urgent.
const QUIET: Duration = Duration::from_millis(1);
/// So many delivered messages do not wait for a quiet moment: as many would come twice if the server were killed. Where more
/// are in flight, as many as that.
const MOST_TWICE: usize = 24;
/// How long a store that failed is left alone.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// All deliveries of one process.
#[derive(Debug)]
pub struct Delivery<'c, S, N> {
    pub(super) store: S,
    pub(super) server: N,
    pub(super) config: &'c Config,
    pub(super) shard: Shard,
    pub(super) inboxes: HashMap<Aor, Inbox>,
    /// Inboxes that may have something to send, each once.
    pub(super) ready: VecDeque<Aor>,
    pub(super) lookups: Lookups,
    pub(super) flights: Flights,
    pub(super) claims: Claims,
    pub(super) writes: WriteBehind,
    pub(super) pace: Pace,
    pub(super) unanswered: Unanswered,
    pub(super) hosts: Hosts,
    pub(super) lane: Lane,
    pub(super) backoff: Backoff,
    pub(super) mistakes: Mistakes,
    pub(super) schedule: Schedule,
    /// Reminders that wait in an inbox or are in flight, and must not be read from the table again.
    pub(super) reminders: HashSet<RowId>,
    pub(super) reported: HashSet<RowId>,
    pub(super) news: News,
    /// The inbox whose turn it is, and the message that is just being sent: see [`Delivery::recover`].
    pub(super) serving: Option<Aor>,
    pub(super) sending: Option<(RowId, UnixTime, Kind)>,
    /// When the last message was sent or answered.
    pub(super) busy_at: Duration,
    /// Until then nothing is read or sent, because the store failed.
    pub(super) store_back: Duration,
    complaints: Throttle,
    /// What went wrong last, until it is shown.
    pub(super) last_error: Option<String>,
}

impl<'c, S: Store, N: Server> Delivery<'c, S, N> {
    /// A delivery that has nothing to do yet.
    pub fn new(store: S, server: N, config: &'c Config, shard: Shard) -> Self {
        let schedule = Schedule::new(config, shard, server.monotonic());
        Self {
            store,
            server,
            config,
            shard,
            inboxes: HashMap::new(),
            ready: VecDeque::new(),
            lookups: Lookups::default(),
            flights: Flights::new(shard),
            claims: Claims::new(config.shared),
            writes: WriteBehind::default(),
            pace: Pace::default(),
            unanswered: Unanswered::default(),
            hosts: Hosts::default(),
            lane: Lane::default(),
            backoff: Backoff::default(),
            mistakes: Mistakes::default(),
            schedule,
            reminders: HashSet::new(),
            reported: HashSet::new(),
            news: News::default(),
            serving: None,
            sending: None,
            busy_at: Duration::ZERO,
            store_back: Duration::ZERO,
            complaints: Throttle::new(),
            last_error: None,
        }
    }

    /// The user is there: deliver what waits in the inbox.
    pub fn dump(&mut self, owner: Aor, request: DumpRequest) {
        if self.inboxes.entry(owner.clone()).or_default().dump(request) {
            self.lookups.add(owner, self.server.monotonic());
            return;
        }
        if self.claims.wake(&owner) {
            self.look_again(owner.clone());
        }
        if self.config.deliver_to != DeliverTo::Aor {
            self.list(owner);
        }
    }

    /// Does what is due. Returns how long nothing will be, unless something is posted.
    pub fn work(&mut self) -> Duration {
        let now = self.server.monotonic();
        self.pace.forget_old(now);
        self.give_up_lost(now);
        if now >= self.store_back && !self.writes.is_full() {
            if let Err(error) = self.work_with_store(now) {
                self.store_failed(&error);
            }
        }
        // After the sending: meanwhile phones answer.
        self.write();
        self.idle_for()
    }

    pub(super) fn list(&mut self, owner: Aor) {
        if let Some(inbox) = self.inboxes.get_mut(&owner).filter(|inbox| !inbox.listed) {
            inbox.listed = true;
            self.ready.push_back(owner);
        }
    }

    /// Whether the inbox belongs to this process.
    pub(super) fn is_mine(&self, owner: &Aor) -> bool {
        owner.shard(self.shard.count) == self.shard.index
    }

    /// Like [`Delivery::list`], before all others.
    pub(super) fn list_first(&mut self, owner: Aor) {
        if let Some(inbox) = self.inboxes.get_mut(&owner).filter(|inbox| !inbox.listed) {
            inbox.listed = true;
            self.ready.push_front(owner);
        }
    }

    fn writes_are_due(&self) -> bool {
        self.writes_due().is_some_and(|due| due <= self.server.monotonic())
    }

    /// Tells the table what has become of its rows, when that is due.
    fn write(&mut self) {
        if self.writes_are_due() {
            if let Err(error) = self.writes.settle(&mut self.store, &self.server) {
                let waiting = self.writes.unwritten();
                self.complain(format_args!(
                    "{error}; trying again every second ({waiting} delivered messages wait for it)"
                ));
            }
            self.claims.written(|id| self.writes.holds(id));
        }
    }

    /// When the table is told what has become of its rows: when there is nothing else to do, or too much for too long.
    fn writes_due(&self) -> Option<Duration> {
        self.writes.due(self.busy_at.saturating_add(QUIET), MOST_TWICE.max(self.flights.count()))
    }

    /// Deletes what is over. It is not sent anyway, so a failure is no reason to stop.
    fn sweep(&mut self) {
        if let Err(error) = self.begin_sweep() {
            self.complain(format_args!("{error}; trying again at the next sweep"));
        }
    }

    fn work_with_store(&mut self, now: Duration) -> Result<(), StoreError> {
        self.tend_claims(now)?;
        if self.schedule.sweep_is_due(now) {
            self.schedule.swept(now);
            self.sweep();
        }
        if self.schedule.waking_is_due(now) {
            self.schedule.woke(now);
            if let Err(error) = self.begin_waking() {
                self.complain(format_args!("{error}; trying again at the next look"));
            }
        }
        if self.news.is_busy() {
            if let Err(error) = self.go_on_sweeping().and_then(|()| self.go_on_waking()) {
                self.news.give_up();
                self.complain(format_args!("{error}; trying again later"));
            }
        }
        if self.schedule.reminders_are_due(now) {
            self.look_for_reminders()?;
        }
        self.look_into(now);
        for _ in 0..TURN {
            if !self.may_send() || !self.serve_one()? || self.writes_are_due() {
                break;
            }
        }
        self.finish_claims()
    }

    /// Asks the store which lookups have messages, and forgets the others.
    fn look_into(&mut self, now: Duration) {
        let mut lookups = self.lookups.take(now);
        if lookups.len() > 1 {
            // When this fails they are read one by one, and then it shows what is wrong.
            let occupied = self.store.occupied(lookups.clone()).unwrap_or_else(|_| lookups.clone());
            let occupied: HashSet<Aor> = occupied.into_iter().collect();
            for owner in lookups.iter().filter(|owner| !occupied.contains(owner)) {
                if let Some(inbox) = self.inboxes.get_mut(owner) {
                    inbox.give_up_run();
                }
            }
        }
        lookups.drain(..).for_each(|owner| self.list(owner));
    }

    fn store_failed(&mut self, error: &StoreError) {
        self.store_back = self.server.monotonic().saturating_add(STORE_PAUSE);
        self.complain(format_args!("{error}; nothing is delivered until that works, trying again every second"));
    }

    /// Logs what is wrong with the store: that is one line a second at most, whatever fails meanwhile.
    pub(super) fn complain(&mut self, line: fmt::Arguments<'_>) {
        if let Some(left_out) = self.complaints.pass(self.server.monotonic()) {
            self.last_error = Some(line.to_string());
            lm_err!("{line}{left_out}");
        }
    }

    fn may_send(&self) -> bool {
        !self.server.is_stopping()
            && !self.server.is_paused()
            && self.pace.allows(self.server.monotonic(), self.server.memory_is_low())
    }

    fn idle_for(&self) -> Duration {
        let now = self.server.monotonic();
        let mut due = vec![self.writes_due(), self.flights.next_loss()];
        if !self.writes.is_full() {
            let (busy, news) = (!self.ready.is_empty() || self.lane.has_next(), self.news.is_busy().then_some(now));
            let turn = busy
                .then(|| match (self.may_send(), self.server.is_paused()) {
                    (true, _) => Some(now),
                    (false, true) => None,
                    (false, false) => self.pace.next_chance(self.server.memory_is_low()),
                })
                .flatten();
            due.extend(
                [turn, news, self.lookups.due(), self.schedule.next(), self.claims.due()]
                    .map(|due| due.map(|due| due.max(self.store_back))),
            );
        }
        due.into_iter().flatten().min().unwrap_or(Duration::MAX).saturating_sub(now)
    }
}
