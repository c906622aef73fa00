//! What msilo has sent and a script hands back to `m_store()`, across all processes of the server.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::Ordering;

use super::not_stored::NotStored;
use super::{with_table, Module};
use crate::host::clock::ServerClock;
use crate::host::shared::words::Words;
use crate::host::sip::msg::Request;
use crate::lm_dbg;
use crate::silo::delivery::server::Ticket;
use crate::silo::intake::mark::Mark;
use crate::silo::intake::returned::{Book, HandedBack};
use crate::silo::intake::submission::Owner;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::{Origin, RowId};
use crate::silo::table::store::Store;
use crate::silo::time::{Clock, UnixTime};

/// 64 KiB of shared memory: the flights of a minute at 68 messages a second. Of older ones the table is asked. More than
/// the flights between an answer and its DELETE, where nothing is sent any more once 1000 of those wait.
const FLIGHTS: usize = 4_096;

/// What was sent lately, and what its From tags are made with.
pub struct Returned {
    words: Words,
    /// For each of them, which message of which inbox it was.
    labels: Words,
    keys: RandomState,
}

/// What of an inbox is in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// How many messages, each once for each contact that it goes to.
    pub count: u64,
    /// For how many seconds the oldest of them.
    pub oldest_age: Option<i64>,
}

impl Returned {
    /// In `mod_init`; `None` when there is not enough shared memory.
    pub fn create() -> Option<Self> {
        Some(Self { words: Words::create(FLIGHTS)?, labels: Words::create(FLIGHTS)?, keys: RandomState::new() })
    }

    fn book(&self) -> Book<'_> {
        Book(&self.words)
    }

    /// Notes that a stored message is about to be sent, and gives its From tag.
    pub fn take_off(&self, ticket: Ticket, origin: &Origin) -> String {
        let label = u64::from(self.inbox(&origin.owner)) << 32 | u64::from(self.row(origin.id, origin.stored_at));
        if let Some(place) = self.labels.get(ticket.0 % FLIGHTS) {
            place.store(label, Ordering::Relaxed);
        }
        let ticket = ticket.0 as u64;
        self.book().take_off(ticket, ServerClock.now());
        Mark::new(ticket, origin, &self.keys).tag(&self.keys)
    }

    /// Notes how it ended; whether its row has to stay whatever the answer was, because it was handed back.
    pub fn land(&self, ticket: Ticket, delivered: bool) -> bool {
        self.book().land(ticket.0 as u64, delivered, ServerClock.now())
    }

    fn inbox(&self, owner: &Aor) -> u32 {
        u32::try_from(self.keys.hash_one(owner) >> 32).unwrap_or(0)
    }

    /// A number for a row. One in 2^32 is mistaken for another.
    pub fn row(&self, id: RowId, stored_at: UnixTime) -> u32 {
        u32::try_from(self.keys.hash_one((id, stored_at)) >> 32).unwrap_or(0)
    }

    /// The labels of all that is in flight, and for how many seconds.
    fn flying(&self) -> impl Iterator<Item = (u64, u64)> + use<'_> {
        let flying = self.book().flying(ServerClock.now());
        flying.filter_map(|(place, age)| Some((self.labels.get(place)?.load(Ordering::Relaxed), age)))
    }

    /// What of the inbox of `owner` is in flight.
    pub fn flights_of(&self, owner: &Aor) -> InFlight {
        let inbox = u64::from(self.inbox(owner));
        let ages: Vec<u64> = self.flying().filter(|(label, _)| label >> 32 == inbox).map(|(_, age)| age).collect();
        let oldest_age = ages.iter().max().and_then(|&age| i64::try_from(age).ok());
        InFlight { count: ages.len() as u64, oldest_age }
    }

    /// The numbers of the rows that are in flight, as [`Returned::row`] gives them.
    pub fn rows_in_flight(&self) -> HashSet<u32> {
        self.flying().filter_map(|(label, _)| u32::try_from(label & u64::from(u32::MAX)).ok()).collect()
    }

    /// What the From tag of a request says, if it is one of ours.
    pub fn mark_of(&self, request: &Request<'_>) -> Option<Mark> {
        Mark::read(request.from_tag().ok()?, &self.keys)
    }

    /// Which message an answer with this From tag is to, if it is one of ours.
    pub fn ticket_of(&self, tag: &[u8]) -> Option<Ticket> {
        let mark = Mark::read(tag, &self.keys)?;
        usize::try_from(mark.ticket).ok().map(Ticket)
    }

    /// Whether the message is from the inbox of `owner`.
    pub fn is_of(&self, mark: &Mark, owner: &Aor) -> bool {
        mark.is_of(owner, &self.keys)
    }
}

/// Takes back a message that is from the inbox of `owner`. Its row stays; only when it was delivered before, and so its
/// row is gone or about to go, `write` is called to write it again.
///
/// # Errors
/// When it would be lost, with the reason for the log.
pub fn take_back(
    module: &Module,
    mark: &Mark,
    owner: &Aor,
    write: impl FnOnce() -> Result<(), NotStored>,
) -> Result<(), NotStored> {
    let book = module.returned.book();
    let mut handed_back = book.hand_back(mark.ticket, ServerClock.now());
    if handed_back == HandedBack::Ask {
        let there = with_table(|table| table.holds(mark.id, owner, mark.stored_at)).ok_or(NotStored::NoConnection)?;
        handed_back = book.found(mark.ticket, there.map_err(NotStored::Store)?, ServerClock.now());
    }
    match handed_back {
        HandedBack::Stays => {
            lm_dbg!("message {} for {owner} came back: it stays in the silo as it is", mark.id);
            Ok(())
        }
        HandedBack::Write => {
            let result = write();
            book.written(mark.ticket, result.is_ok(), ServerClock.now());
            lm_dbg!("message {} for {owner} came back after its 2xx: written again", mark.id);
            result
        }
        HandedBack::UnderWay => Err(NotStored::UnderWay),
        // The table does not say so: then there was a promise for it.
        HandedBack::Ask | HandedBack::NoRoom => Err(NotStored::NotNoted),
    }
}

/// Whether this is a message that another server on the same table has in flight, and that came back to this one. Its row
/// stays then, whatever is answered there.
///
/// No key says who has made the tag. But whoever makes one up has to know the number of a message that is in flight at this
/// moment, and when it was stored, and gains that it stays.
///
/// # Errors
/// When the table cannot be asked.
pub fn is_of_another_server(module: &Module, request: &Request<'_>, owner: Owner<'_>) -> Result<bool, NotStored> {
    if module.config.shared.is_none() {
        return Ok(false);
    }
    let Some(mark) = request.from_tag().ok().and_then(Mark::read_foreign) else { return Ok(false) };
    let owner = owner.aor().map_err(NotStored::Refused)?;
    let taken = with_table(|table| table.take_away(mark.id, &owner, mark.stored_at)).ok_or(NotStored::NoConnection)?;
    taken.map_err(NotStored::Store)
}
