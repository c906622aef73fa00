//! `m_store()`: a message goes into the silo.

use super::news::{receipts, stored};
use super::not_stored::NotStored;
use super::retransmissions::Outcome;
use super::write::write;
use super::{module, notify, returned, Module};
use crate::host::script::avp::AvpName;
use crate::host::sip::msg::Request;
use crate::host::sip::uri;
use crate::host::stats;
use crate::lm_dbg;
use crate::silo::delivery::server::Counter;
use crate::silo::intake::mark::Mark;
use crate::silo::intake::restored::restored;
use crate::silo::intake::sender::Sender;
use crate::silo::intake::submission::{take_in, Intake, Owner, Submission};
use crate::silo::message::aor::Aor;
use crate::silo::message::encoded::encode_lines;
use crate::silo::message::model::NewMessage;
use crate::silo::text::Shown;
use crate::silo::time::{Clock, UnixTime};

use crate::host::clock::ServerClock;

/// The addresses a script may give; what it does not give is taken from the request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Addresses<'a> {
    /// Whose inbox.
    pub owner: Option<&'a [u8]>,
    /// Who sends.
    pub from: Option<&'a [u8]>,
    /// Where to.
    pub to: Option<&'a [u8]>,
}

/// What a request is that shall be stored.
pub(super) enum Incoming<'g> {
    /// One of ours that came back to its own inbox.
    Returned(Mark, Aor, Owner<'g>),
    /// A new message.
    New(NewMessage),
    /// A message that needs no row: it is over already, says that somebody is writing, or is another server's.
    Over,
}

/// Decides what a request is, without asking the database. For `m_store()` and `m_store_async()`.
///
/// # Errors
/// When it cannot be stored, with the reason for the log.
pub(super) fn look_at<'g>(
    module: &Module,
    request: &Request<'g>,
    addresses: Addresses<'g>,
    now: UnixTime,
) -> Result<Incoming<'g>, NotStored> {
    request.parse_all().map_err(NotStored::Unparsable)?;
    let owner = owner(request, addresses)?;
    let mark = module.returned.mark_of(request);
    if let Some(mark) = &mark {
        let inbox = owner.aor().map_err(NotStored::Refused)?;
        if module.returned.is_of(mark, &inbox) {
            return Ok(Incoming::Returned(*mark, inbox, owner));
        }
    }
    if mark.is_none() && returned::is_of_another_server(module, request, owner)? {
        lm_dbg!("a message of another server came back: it stays in the silo as it is");
        return Ok(Incoming::Over);
    }
    let send_time = module.send_time_avp.as_ref().and_then(AvpName::text);
    let message = submit(module, request, addresses, owner, send_time.as_deref(), mark.as_ref(), now)?;
    Ok(message.map_or(Incoming::Over, Incoming::New))
}

/// Stores the request, and tells its sender if that is wanted. What msilo itself has sent, and comes back for its own
/// inbox, is not stored again: its row is there, and stays.
///
/// # Errors
/// When it is not stored, with the reason for the log.
pub fn store(request: &Request<'_>, addresses: Addresses<'_>) -> Result<(), NotStored> {
    let module = module().ok_or(NotStored::NoConnection)?;
    let now = ServerClock.now();
    let message = match look_at(module, request, addresses, now)? {
        Incoming::Over => return Ok(()),
        Incoming::New(message) => message,
        Incoming::Returned(mark, inbox, owner) => {
            stored::note_there(request, &inbox, Some(mark.id));
            return returned::take_back(module, &mark, &inbox, || {
                match submit(module, request, addresses, owner, None, Some(&mark), now)? {
                    // Its row is there, or was a moment ago: no matter how many the inbox may hold.
                    Some(message) => write(module, &message, None),
                    None => Ok(()),
                }
            });
        }
    };
    let from = request.from_uri().map_err(NotStored::Unparsable)?;
    match module.retransmissions.once(request, &message.owner, || write(module, &message, module.quotas.as_ref())) {
        Outcome::Tried(result) => result?,
        Outcome::StoredBefore => {
            stored::note_there(request, &message.owner, None);
            stats::count(Counter::Retransmissions);
            lm_dbg!("message from {} is a retransmission of one that is stored", Shown(from));
            return Ok(());
        }
        Outcome::StillUnderWay => return Err(NotStored::UnderWay),
    }
    stats::count(Counter::StoredMessages);
    lm_dbg!("message from {} stored for {}", Shown(from), message.owner);
    stored::note_written(request, &message);
    receipts::tell_stored(module, request, &message);
    notify::notify(module, request, from);
    Ok(())
}

fn owner<'g>(request: &Request<'g>, addresses: Addresses<'g>) -> Result<Owner<'g>, NotStored> {
    Ok(match addresses.owner {
        Some(owner) => Owner::Given(uri::parse(owner).ok_or_else(|| NotStored::BadOwner(owner.to_vec()))?),
        None => {
            let to_uri = request.to_uri().map_err(NotStored::Unparsable)?;
            Owner::RequestUri { request: uri::parse(request.uri()), to: uri::parse(to_uri) }
        }
    })
}

/// The row to write; `None` when there is none to write. With a `mark` it is one of ours that came back.
pub(super) fn submit<'g>(
    module: &Module,
    request: &Request<'g>,
    addresses: Addresses<'g>,
    owner: Owner<'g>,
    send_time: Option<&[u8]>,
    mark: Option<&Mark>,
    now: UnixTime,
) -> Result<Option<NewMessage>, NotStored> {
    let to_uri = request.to_uri().map_err(NotStored::Unparsable)?;
    let (name, from_uri) = request.from().map_err(NotStored::Unparsable)?;
    let given = |address: Option<&'g [u8]>| address.filter(|address| !address.is_empty());
    let extra_headers = module.extra_headers_avp.as_ref().and_then(AvpName::text);
    let submission = Submission {
        owner,
        from: given(addresses.from).map_or(Sender::Header { name, uri: from_uri }, Sender::Given),
        to: given(addresses.to).unwrap_or(to_uri),
        body: request.body().map_err(NotStored::Body)?,
        content_type: request.content_type(),
        expires: request.expires().filter(|_| mark.is_none()),
        call_id: request.call_id().unwrap_or_default(),
        headers: &request.headers(),
        extra_headers: extra_headers.as_deref(),
        send_time,
    };
    let mut message = match take_in(&submission, &module.config, now).map_err(NotStored::Refused)? {
        Intake::Store(message) => message,
        Intake::AlreadyOver => {
            lm_dbg!("message from {} is over already, nothing stored", Shown(from_uri));
            return Ok(None);
        }
        Intake::Composing => {
            lm_dbg!("{} is writing something, nothing stored", Shown(from_uri));
            return Ok(None);
        }
    };
    message.headers = encode_lines(message.headers, |line| module.charset.holds(line));
    Ok(match mark {
        None => Some(*message),
        Some(mark) => restored(*message, mark, now),
    })
}
