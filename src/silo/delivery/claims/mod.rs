//! Where several servers share one table: which rows this one may send.
//!
//! A page of an inbox is claimed as a whole before anything on it is sent, and one row of it that another server has makes
//! the inbox busy. So the oldest row is the lock of the inbox: its messages keep their order, and have one server at a time.
//! In come pages; out go statements that claim, renew and release ([`crate::silo::table::store::Store`]), the pages of many
//! inboxes in one. [`held`] knows what this server has, [`busy`] who is looked at again later; what is done when, says
//! `turns`. Where the table is not shared, nothing in here does anything.

mod busy;
mod held;
mod turns;

use std::time::Duration;

use busy::Busy;
use held::Held;

use crate::silo::config::sharing::Sharing;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::RowId;
use crate::silo::table::store::Page;

/// So many pages are claimed by one statement, where there are as many to be read.
const PAGES: usize = 32;
/// A page waits so long at most for others.
const GATHER: Duration = Duration::from_millis(5);

/// Everything that a delivery process knows about claims.
#[derive(Debug)]
pub struct Claims {
    sharing: Option<Sharing>,
    /// Pages that were read and are not claimed yet: whose, and behind which row.
    waiting: Vec<(Aor, RowId, Page)>,
    /// When the first of them came.
    waiting_since: Duration,
    held: Held,
    busy: Busy,
}

impl Claims {
    /// Nothing is claimed yet.
    pub fn new(sharing: Option<Sharing>) -> Self {
        Self {
            sharing,
            waiting: Vec::new(),
            waiting_since: Duration::ZERO,
            held: Held::default(),
            busy: Busy::default(),
        }
    }

    /// Whether there are other servers at all.
    pub fn are_needed(&self) -> bool {
        self.sharing.is_some()
    }

    /// This row of an inbox was claimed by a statement that began at `since`.
    pub fn claimed(&mut self, owner: &Aor, id: RowId, since: Duration) {
        if self.sharing.is_some() {
            self.held.add(owner, [id], since);
        }
    }

    /// This row of an inbox may have been claimed for nothing: it is given back, unless it was claimed before.
    pub fn in_vain(&mut self, owner: &Aor, id: RowId) {
        if self.sharing.is_some() && !self.held.knows(owner, id) {
            self.held.release([id]);
        }
    }

    /// Whether this server has the row of this inbox.
    pub fn has(&self, owner: &Aor, id: RowId) -> bool {
        self.sharing.is_none() || self.held.has(owner, id)
    }

    /// The fate of the row is known, and the table will be told: it is not to be given back.
    pub fn settled(&mut self, id: RowId) {
        if self.sharing.is_some() {
            self.held.settled(id);
        }
    }

    /// The table was told what it had to be, but for the rows that `is_unwritten`.
    pub fn written(&mut self, is_unwritten: impl Fn(RowId) -> bool) {
        self.held.forget_written(is_unwritten);
    }

    /// Whether all that this server has is its own for sure, so that it may be sent. That ends when it could not be renewed
    /// for long.
    pub fn are_sure(&self, now: Duration) -> bool {
        match (self.sharing, self.held.oldest()) {
            (Some(sharing), Some(oldest)) => now.saturating_sub(oldest) < sharing.safe(),
            _ => true,
        }
    }

    /// Somebody wants the inbox now: whether it waited for another server.
    pub fn wake(&mut self, owner: &Aor) -> bool {
        self.busy.wake(owner)
    }

    /// When there is something to do.
    pub fn due(&self) -> Option<Duration> {
        let claim = (!self.waiting.is_empty()).then(|| self.waiting_since.saturating_add(GATHER));
        let release = self.held.has_to_release().then_some(Duration::ZERO);
        [claim, release, self.busy.next(), self.renewal_due()].into_iter().flatten().min()
    }

    /// Puts a page to those that wait to be claimed.
    fn wait(&mut self, owner: &Aor, after: RowId, page: Page, now: Duration) {
        if self.waiting.is_empty() {
            self.waiting_since = now;
        }
        self.waiting.push((owner.clone(), after, page));
    }

    /// Whether those that wait should wait for others, where there are `more` inboxes to be read.
    fn should_gather(&self, more: bool, now: Duration) -> bool {
        more && self.waiting.len() < PAGES && now.saturating_sub(self.waiting_since) < GATHER
    }

    fn renewal_due(&self) -> Option<Duration> {
        let sharing = self.sharing?;
        self.held.oldest().map(|oldest| oldest.saturating_add(sharing.renew_after()))
    }
}
