//! What the delivery does about claims, and when.

use std::collections::HashSet;
use std::time::Duration;

use crate::silo::delivery::engine::Delivery;
use crate::silo::delivery::inbox::Halt;
use crate::silo::delivery::server::{Counter, Server};
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{RowId, StoredMessage};
use crate::silo::table::store::{Page, Store, StoreError};
use crate::{lm_dbg, lm_warn};

impl<S: Store, N: Server> Delivery<'_, S, N> {
    /// Before anything is sent: renews what is old, and has those inboxes looked at again whose time has come.
    pub(in crate::silo::delivery) fn tend_claims(&mut self, now: Duration) -> Result<(), StoreError> {
        if let Some(sharing) = self.claims.sharing.filter(|_| self.claims.renewal_due().is_some_and(|due| due <= now)) {
            let asked = self.claims.held.held_since(now.saturating_sub(sharing.renew_after()));
            let kept = if asked.is_empty() { Vec::new() } else { self.store.renew(&asked)? };
            let lost = self.claims.held.renewed(&asked, &kept, now);
            self.lose(&lost);
        }
        for owner in self.claims.busy.take_due(now) {
            self.look_again(owner);
        }
        Ok(())
    }

    /// Behind the sending: claims what was read meanwhile, and gives back what is not needed any more.
    pub(in crate::silo::delivery) fn finish_claims(&mut self) -> Result<(), StoreError> {
        let more = !self.ready.is_empty();
        if !self.claims.waiting.is_empty() && !self.claims.should_gather(more, self.server.monotonic()) {
            self.claim_waiting()?;
        }
        self.release()
    }

    /// A page was read for the run of this inbox, behind the row `after`. Where the table is shared it has to be claimed
    /// first, together with those of others.
    pub(in crate::silo::delivery) fn take_page(
        &mut self,
        owner: &Aor,
        after: RowId,
        page: Page,
    ) -> Result<(), StoreError> {
        let Some(sharing) = self.claims.sharing else { return self.add_page(owner, page) };
        // One that a run before has read is out of date.
        self.claims.waiting.retain(|(other, _, _)| other != owner);
        let in_page = |id: &RowId| page.messages.binary_search_by_key(id, |message| message.id).is_ok();
        // What the table says is this server's own, and is not known here, was claimed in vain: it is claimed anew.
        let taken = page.holders.iter().find(|(id, holder)| in_page(id) && *holder != sharing.server);
        match taken {
            Some((id, holder)) => {
                lm_dbg!("message {id} for {owner} is claimed by server_id {holder}");
                self.find_busy(owner);
            }
            None => {
                let claims = &mut self.claims;
                if page.messages.iter().all(|message| claims.held.knows(owner, message.id)) {
                    claims.busy.remove(owner);
                    return self.add_page(owner, page);
                }
                claims.wait(owner, after, page, self.server.monotonic());
                if let Some(inbox) = self.inboxes.get_mut(owner) {
                    inbox.halt = Halt::Claiming;
                }
            }
        }
        Ok(())
    }

    /// Claims these reminders. Returns those that this server has now.
    pub(in crate::silo::delivery) fn claim_reminders(&mut self, page: &Page) -> Result<HashSet<RowId>, StoreError> {
        let own = self.claims.sharing.map(|sharing| sharing.server);
        let is_taken = |id: RowId| page.holders.iter().any(|(held, holder)| *held == id && Some(*holder) != own);
        let is_wanted = |message: &&StoredMessage| {
            let is_new = !self.writes.holds(message.id) && !self.reminders.contains(&message.id);
            let owner = Aor::new(&message.user, &message.host);
            is_new && !is_taken(message.id) && owner.is_ok_and(|owner| self.is_mine(&owner))
        };
        let ids: Vec<_> = page.messages.iter().filter(is_wanted).map(|message| message.id).collect();
        let claimed = if ids.is_empty() { Vec::new() } else { self.store.claim(&ids)? };
        Ok(claimed.into_iter().collect())
    }

    /// An inbox has nothing more to do: what is left in it is not this server's any more.
    pub(in crate::silo::delivery) fn close(&mut self, owner: &Aor) {
        self.inboxes.remove(owner);
        if self.claims.are_needed() {
            self.claims.held.release_all_of(owner);
            self.claims.busy.remove(owner);
        }
    }

    /// Has an inbox that another server was delivering from looked at again.
    pub(in crate::silo::delivery) fn look_again(&mut self, owner: Aor) {
        match self.inboxes.get_mut(&owner) {
            Some(inbox) if inbox.halt == Halt::Busy => {
                inbox.halt = Halt::No;
                self.list(owner);
            }
            Some(_) => {}
            None => self.claims.busy.remove(&owner),
        }
    }

    /// After a mishap: pages that were not claimed are forgotten, with the runs that wanted them.
    pub(in crate::silo::delivery) fn recover_claims(&mut self) {
        for (owner, _, page) in std::mem::take(&mut self.claims.waiting) {
            page.messages.iter().for_each(|message| self.claims.in_vain(&owner, message.id));
        }
        for inbox in self.inboxes.values_mut().filter(|inbox| inbox.halt == Halt::Claiming) {
            inbox.halt = Halt::No;
            inbox.give_up_run();
        }
    }

    /// Gives back everything, because the process ends.
    ///
    /// # Errors
    /// When the table does not take it: then others have to wait until the claims are over.
    pub fn give_back(&mut self) -> Result<(), StoreError> {
        self.claims.held.release_everything();
        self.release()
    }

    /// Claims all pages that wait for it by one statement.
    fn claim_waiting(&mut self) -> Result<(), StoreError> {
        let since = self.server.monotonic();
        let mut ids = Vec::new();
        for (owner, _, page) in &self.claims.waiting {
            let rows = page.messages.iter().map(|message| message.id);
            ids.extend(rows.filter(|id| !self.claims.held.knows(owner, *id)));
        }
        ids.sort_unstable();
        let claimed = if ids.is_empty() { Vec::new() } else { self.store.claim(&ids)? };
        let claimed: HashSet<RowId> = claimed.into_iter().collect();
        for (owner, _, page) in &self.claims.waiting {
            let got = page.messages.iter().map(|message| message.id).filter(|id| claimed.contains(id));
            self.claims.held.add(owner, got, since);
        }
        while let Some((owner, after, page)) = self.claims.waiting.pop() {
            let has_all = page.messages.iter().all(|message| self.claims.held.has(&owner, message.id));
            let is_wanted = self.inboxes.get_mut(&owner).is_some_and(|inbox| inbox.end_of_claim(after));
            match (has_all, is_wanted) {
                (true, true) => {
                    self.claims.busy.remove(&owner);
                    if let Err(error) = self.add_page(&owner, page) {
                        self.complain(format_args!("{error}; its messages stay in the silo"));
                        self.inboxes.entry(owner.clone()).or_default().give_up_run();
                    }
                }
                (_, is_wanted) => {
                    let ids = page.messages.iter().map(|message| message.id);
                    self.claims.held.release(ids.filter(|id| claimed.contains(id)));
                    if is_wanted {
                        self.find_busy(&owner);
                        continue;
                    }
                }
            }
            self.list_first(owner);
        }
        Ok(())
    }

    /// Another server is delivering from this inbox.
    fn find_busy(&mut self, owner: &Aor) {
        let has_place = self.claims.busy.add(owner, self.server.monotonic());
        let Some(inbox) = self.inboxes.get_mut(owner) else { return };
        if has_place {
            inbox.halt = Halt::Busy;
        } else {
            inbox.give_up_run();
            self.list(owner.clone());
        }
    }

    /// Puts a page into the run that wants it.
    fn add_page(&mut self, owner: &Aor, page: Page) -> Result<(), StoreError> {
        let Some(run) = self.inboxes.get_mut(owner).and_then(|inbox| inbox.run()) else { return Ok(()) };
        let end = if run.wants_end(&page) { self.store.last_id(owner)? } else { None };
        run.add_page(page, end, |id| self.unanswered.times(id));
        Ok(())
    }

    fn release(&mut self) -> Result<(), StoreError> {
        if self.claims.held.has_to_release() {
            let ids = self.claims.held.to_release();
            self.store.release(&ids)?;
            self.claims.held.released(&ids);
        }
        Ok(())
    }

    /// These rows are another server's by now, or gone: what is in flight is, but nothing more is sent.
    fn lose(&mut self, lost: &HashSet<RowId>) {
        if lost.is_empty() {
            return;
        }
        lm_warn!("{} messages that this server had claimed are another server's by now, or gone", lost.len());
        self.server.add(Counter::ClaimsLost, lost.len() as u64);
        let mut dropped = Vec::new();
        for inbox in self.inboxes.values_mut() {
            for reminder in inbox.give_back(lost) {
                self.reminders.remove(&reminder);
            }
            dropped.extend(inbox.lines.give_back(lost));
        }
        self.let_go(dropped);
    }
}
