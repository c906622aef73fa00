//! What msilo has sent and a script hands back to `m_store()`, across all processes of the server.

use std::hash::RandomState;

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
use crate::silo::message::model::Origin;
use crate::silo::table::store::Store;
use crate::silo::time::Clock;

/// 32 KiB of shared memory: the flights of a minute at 68 messages a second. Of older ones the table is asked. More than
/// the flights between an answer and its DELETE, where nothing is sent any more once 1000 of those wait.
const FLIGHTS: usize = 4_096;

/// What was sent lately, and what its From tags are made with.
pub struct Returned {
    words: Words,
    keys: RandomState,
}

impl Returned {
    /// In `mod_init`; `None` when there is not enough shared memory.
    pub fn create() -> Option<Self> {
        Some(Self { words: Words::create(FLIGHTS)?, keys: RandomState::new() })
    }

    fn book(&self) -> Book<'_> {
        Book(&self.words)
    }

    /// Notes that a stored message is about to be sent, and gives its From tag.
    pub fn take_off(&self, ticket: Ticket, origin: &Origin) -> String {
        let ticket = ticket.0 as u64;
        self.book().take_off(ticket, ServerClock.now());
        Mark::new(ticket, origin, &self.keys).tag(&self.keys)
    }

    /// Notes how it ended; whether its row has to stay whatever the answer was, because it was handed back.
    pub fn land(&self, ticket: Ticket, delivered: bool) -> bool {
        self.book().land(ticket.0 as u64, delivered, ServerClock.now())
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
