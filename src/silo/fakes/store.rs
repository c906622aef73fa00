//! The table that a [`Fake`] is: a map, and a list of what was asked of it.

use std::collections::BTreeMap;

use super::Fake;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Head, NewMessage, RowId, StoredMessage};
use crate::silo::table::store::{Page, Store, StoreError, Watch};
use crate::silo::time::UnixTime;

impl Store for Fake {
    fn insert(&mut self, _message: &NewMessage) -> Result<(), StoreError> {
        self.ask("insert".to_owned())
    }

    fn count(&mut self, owner: &Aor, now: UnixTime) -> Result<u64, StoreError> {
        self.ask("count".to_owned())?;
        Ok(self.select(0, usize::MAX, |row| owner.owns(&row.user, &row.host) && row.expires_at > now).messages.len()
            as u64)
    }

    fn occupied(&mut self, mut owners: Vec<Aor>) -> Result<Vec<Aor>, StoreError> {
        self.ask(format!("occupied {}", owners.len()))?;
        let rows = self.0.rows.borrow();
        owners.retain(|owner| rows.values().any(|row| owner.owns(&row.user, &row.host)));
        Ok(owners)
    }

    fn page(&mut self, owner: &Aor, after: RowId, limit: usize, now: UnixTime) -> Result<Page, StoreError> {
        self.ask(format!("page after {}", after.max(0)))?;
        if self.0.page_fails_once.take() || self.0.unreadable.borrow().as_ref() == Some(owner) {
            return Err(StoreError { action: "read".to_owned(), reason: "not this one".to_owned() });
        }
        let alive = |row: &StoredMessage| row.due_at <= 0 && row.expires_at > now;
        Ok(self.select(after, limit, |row| owner.owns(&row.user, &row.host) && alive(row)))
    }

    fn rows(&mut self, owner: &Aor, ids: &[RowId], now: UnixTime) -> Result<Vec<StoredMessage>, StoreError> {
        self.ask(format!("rows {ids:?}"))?;
        let wanted = |row: &StoredMessage| ids.contains(&row.id) && row.due_at <= 0 && row.expires_at > now;
        Ok(self.select(0, usize::MAX, |row| owner.owns(&row.user, &row.host) && wanted(row)).messages)
    }

    fn last_id(&mut self, owner: &Aor) -> Result<Option<RowId>, StoreError> {
        self.ask("last id".to_owned())?;
        Ok(self.select(0, usize::MAX, |row| owner.owns(&row.user, &row.host)).messages.last().map(|row| row.id))
    }

    fn due(&mut self, after: RowId, limit: usize, now: UnixTime) -> Result<Page, StoreError> {
        self.ask("due".to_owned())?;
        Ok(self.select(after, limit, |row| row.due_at > 0 && row.due_at <= now && row.expires_at > now))
    }

    fn holds(&mut self, id: RowId, owner: &Aor, stored_at: UnixTime) -> Result<bool, StoreError> {
        self.ask(format!("holds {id}"))?;
        let rows = self.0.rows.borrow();
        Ok(rows.get(&id).is_some_and(|row| owner.owns(&row.user, &row.host) && row.stored_at == stored_at))
    }

    fn heads(&mut self, ids: &[RowId]) -> Result<Vec<Head>, StoreError> {
        self.ask(format!("heads {ids:?}"))?;
        let rows = self.0.rows.borrow();
        let head = |row: &StoredMessage| Head {
            id: row.id,
            user: row.user.clone(),
            host: row.host.clone(),
            stored_at: row.stored_at,
            expires_at: row.expires_at,
            due_at: row.due_at,
            ..Head::default()
        };
        Ok(ids.iter().filter_map(|id| rows.get(id)).map(head).collect())
    }

    fn delete(&mut self, ids: &[RowId]) -> Result<(), StoreError> {
        self.ask(format!("delete {ids:?}"))?;
        if self.0.undeletable.get().is_some_and(|id| ids.contains(&id)) {
            return Err(StoreError { action: "delete".to_owned(), reason: "a row is kept".to_owned() });
        }
        self.0.rows.borrow_mut().retain(|id, _| !ids.contains(id) || self.is_lost(*id));
        Ok(())
    }

    fn make_ordinary(&mut self, ids: &[RowId]) -> Result<(), StoreError> {
        self.ask(format!("make ordinary {ids:?}"))?;
        let mut rows = self.0.rows.borrow_mut();
        for (id, row) in rows.iter_mut().filter(|(id, _)| ids.contains(id) && !self.is_lost(**id)) {
            row.due_at = 0;
            self.0.leases.borrow_mut().remove(id);
        }
        Ok(())
    }

    fn claim(&mut self, ids: &[RowId]) -> Result<Vec<RowId>, StoreError> {
        self.ask(format!("claim {ids:?}"))?;
        self.take(ids, |id| self.holder(id).is_none_or(|holder| holder == self.0.server.get()));
        let taken = ids.iter().copied().filter(|id| self.holder(*id) == Some(self.0.server.get())).collect();
        match self.0.claim_is_lost.take() {
            true => Err(StoreError { action: "claim".to_owned(), reason: "the answer is lost".to_owned() }),
            false => Ok(taken),
        }
    }

    fn renew(&mut self, ids: &[RowId]) -> Result<Vec<RowId>, StoreError> {
        self.ask(format!("renew {ids:?}"))?;
        Ok(self.take(ids, |id| !self.is_lost(id)))
    }

    fn release(&mut self, ids: &[RowId]) -> Result<(), StoreError> {
        self.ask(format!("release {ids:?}"))?;
        self.0.leases.borrow_mut().retain(|id, (server, _)| !ids.contains(id) || *server != self.0.server.get());
        Ok(())
    }

    fn check(&mut self) -> Result<(), StoreError> {
        self.ask("check".to_owned())
    }

    fn count_expired(&mut self, now: UnixTime) -> Result<u64, StoreError> {
        Ok(self.0.rows.borrow().values().filter(|row| row.expires_at <= now).count() as u64)
    }

    fn delete_expired(&mut self, now: UnixTime) -> Result<(), StoreError> {
        self.ask("delete expired".to_owned())?;
        self.0.rows.borrow_mut().retain(|_, row| row.expires_at > now);
        Ok(())
    }
}

impl Watch for Fake {
    fn over(&mut self, after: RowId, limit: usize, now: UnixTime) -> Result<Page, StoreError> {
        self.ask(format!("over after {}", after.max(0)))?;
        Ok(self.select(after, limit, |row| row.expires_at <= now))
    }

    fn delete_over(&mut self, ids: &[RowId]) -> Result<(), StoreError> {
        self.ask(format!("delete over {ids:?}"))?;
        self.0.rows.borrow_mut().retain(|id, _| !ids.contains(id));
        Ok(())
    }

    fn waiting(&mut self, after: RowId, before: UnixTime, now: UnixTime) -> Result<Vec<RowId>, StoreError> {
        self.ask("waiting".to_owned())?;
        let old = |row: &StoredMessage| row.stored_at <= before && row.expires_at > now && row.due_at <= 0;
        let mut first = BTreeMap::new();
        for row in self.select(0, usize::MAX, old).messages {
            first.entry(row.user).or_insert(row.id);
        }
        Ok(first.into_values().filter(|&id| id > after).collect())
    }

    fn of_anybody(&mut self, ids: &[RowId], now: UnixTime) -> Result<Vec<StoredMessage>, StoreError> {
        Ok(self.select(0, usize::MAX, |row| ids.contains(&row.id) && row.expires_at > now).messages)
    }

    fn row_of(&mut self, _message: &NewMessage) -> Result<Option<RowId>, StoreError> {
        Ok(self.ids().last().copied())
    }
}
