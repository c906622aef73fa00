//! What the processes of the server tell the delivery process, and it one of them, as bytes that can lie in memory shared by processes.

use std::time::Duration;

use super::contacts::receivers::Receivers;
use super::control::desk::Place;
use super::control::question::Question;
use super::inbox::DumpRequest;
use super::news::happening::{Happening, Occasion};
use super::server::{SendError, Ticket};
use crate::silo::message::aor::Aor;
use crate::silo::message::codec::{push_number, push_option, push_text, take_aor, take_number, take_option, take_text};
use crate::silo::message::model::{NextHop, Origin, Outgoing};

/// One message from a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `m_dump()` was called for this inbox.
    Dump(Aor, DumpRequest),
    /// tm has the final answer to a message, or 408 when there was none.
    Result(Ticket, u16),
    /// This message shall be sent apart from the others, unless it is later than that by the monotonic clock.
    Send(Ticket, Duration, Outgoing),
    /// It was, or could not be, after so long.
    Tried(Ticket, Duration, Result<(), SendError>),
    /// The script shall hear of this.
    Told(Happening),
    /// This notification shall be sent apart from the messages, and nobody waits for its answer.
    Receipt(Outgoing),
    /// Somebody waits at this place for the answer.
    Ask(Place, Question),
}

const DUMP: u8 = 1;
const RESULT: u8 = 2;
/// The number of receivers that stands for all.
const ALL: u64 = u64::MAX;
const SEND: u8 = 3;
const TRIED: u8 = 4;
const TOLD: u8 = 20;
const RECEIPT: u8 = 21;
const ASK: u8 = 5;

// What became of a message that was sent apart.
const SENT: u64 = 0;
const FAILED: u64 = 1;
const DROPPED: u64 = 2;

impl Event {
    /// Whether a few milliseconds more or less do not matter, nor, where memory is short, whether it comes at all: who
    /// registers will register again, and a message is not lost with the news of it.
    pub fn can_wait(&self) -> bool {
        matches!(self, Self::Dump(..) | Self::Told(_) | Self::Receipt(_))
    }

    /// The event as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Dump(owner, request) => {
                bytes.push(DUMP);
                push_number(&mut bytes, request.most.unwrap_or(u64::MAX));
                push_text(&mut bytes, owner.user());
                push_text(&mut bytes, owner.host());
                push_text(&mut bytes, &request.extra_headers);
                match &request.receivers {
                    Receivers::All => push_number(&mut bytes, ALL),
                    Receivers::These(uris) => {
                        push_number(&mut bytes, uris.len() as u64);
                        uris.iter().for_each(|uri| push_text(&mut bytes, uri));
                    }
                }
            }
            Self::Result(ticket, status) => {
                bytes.push(RESULT);
                push_number(&mut bytes, ticket.0 as u64);
                push_number(&mut bytes, u64::from(*status));
            }
            Self::Send(ticket, begin_by, message) => {
                bytes.push(SEND);
                push_number(&mut bytes, ticket.0 as u64);
                push_duration(&mut bytes, *begin_by);
                push_request(&mut bytes, message);
            }
            Self::Told(happening) => {
                bytes.push(TOLD);
                push_happening(&mut bytes, happening);
            }
            Self::Receipt(message) => {
                bytes.push(RECEIPT);
                push_request(&mut bytes, message);
            }
            Self::Tried(ticket, took, sent) => {
                bytes.push(TRIED);
                push_number(&mut bytes, ticket.0 as u64);
                push_duration(&mut bytes, *took);
                let (code, reason) = match sent {
                    Ok(()) => (SENT, ""),
                    Err(error) => (if error.dropped { DROPPED } else { FAILED }, error.reason.as_str()),
                };
                push_number(&mut bytes, code);
                push_text(&mut bytes, reason.as_bytes());
            }
            Self::Ask(place, question) => {
                bytes.push(ASK);
                push_number(&mut bytes, place.0);
                push_text(&mut bytes, &question.encode());
            }
        }
        bytes
    }

    /// The event that [`Event::encode`] made these bytes from; `None` when it made none such.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, mut rest) = bytes.split_first()?;
        let event = match *kind {
            DUMP => {
                let most = Some(take_number(&mut rest)?).filter(|&most| most != u64::MAX);
                let owner = Aor::new(take_text(&mut rest)?, take_text(&mut rest)?).ok()?;
                let extra_headers = take_text(&mut rest)?.to_vec();
                let receivers = match take_number(&mut rest)? {
                    ALL => Receivers::All,
                    count => Receivers::These(take_texts(&mut rest, count)?),
                };
                Self::Dump(owner, DumpRequest { extra_headers, most, receivers })
            }
            RESULT => {
                let ticket = Ticket(usize::try_from(take_number(&mut rest)?).ok()?);
                Self::Result(ticket, u16::try_from(take_number(&mut rest)?).ok()?)
            }
            SEND => {
                let ticket = Ticket(usize::try_from(take_number(&mut rest)?).ok()?);
                Self::Send(ticket, take_duration(&mut rest)?, take_request(&mut rest)?)
            }
            TOLD => Self::Told(take_happening(&mut rest)?),
            RECEIPT => Self::Receipt(take_request(&mut rest)?),
            TRIED => {
                let ticket = Ticket(usize::try_from(take_number(&mut rest)?).ok()?);
                let took = take_duration(&mut rest)?;
                let code = take_number(&mut rest)?;
                let reason = std::str::from_utf8(take_text(&mut rest)?).ok()?.to_owned();
                let sent = match (code, reason.as_str()) {
                    (SENT, "") => Ok(()),
                    (DROPPED | FAILED, _) => Err(SendError { reason, dropped: code == DROPPED }),
                    _ => return None,
                };
                Self::Tried(ticket, took, sent)
            }
            ASK => Self::Ask(Place(take_number(&mut rest)?), Question::decode(take_text(&mut rest)?)?),
            _ => return None,
        };
        rest.is_empty().then_some(event)
    }
}

/// In whole microseconds.
fn push_duration(bytes: &mut Vec<u8>, duration: Duration) {
    push_number(bytes, u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
}

fn take_duration(bytes: &mut &[u8]) -> Option<Duration> {
    take_number(bytes).map(Duration::from_micros)
}

fn push_request(bytes: &mut Vec<u8>, message: &Outgoing) {
    let Outgoing { request_uri, to, from, headers, body, call_id, origin, next_hop } = message;
    for text in [request_uri, to, from, headers, body] {
        push_text(bytes, text);
    }
    push_option(bytes, call_id.as_deref());
    push_number(bytes, u64::from(origin.is_some()));
    if let Some(Origin { id, owner, prefix, stored_at, expires_at }) = origin {
        push_text(bytes, owner.user());
        push_text(bytes, owner.host());
        push_number(bytes, *prefix as u64);
        [id, stored_at, expires_at].into_iter().for_each(|n| push_number(bytes, n.cast_unsigned()));
    }
    match next_hop {
        NextHop::Proxy => push_option(bytes, None),
        NextHop::Contact { uri, socket } => {
            push_option(bytes, Some(socket));
            push_option(bytes, uri.as_deref());
        }
    }
}

fn take_request(rest: &mut &[u8]) -> Option<Outgoing> {
    let mut text = || take_text(rest).map(<[u8]>::to_vec);
    let (request_uri, to, from, headers, body) = (text()?, text()?, text()?, text()?, text()?);
    let call_id = take_option(rest)?;
    let origin = match take_number(rest)? {
        0 => None,
        1 => Some(take_origin(rest)?),
        _ => return None,
    };
    let next_hop = match take_option(rest)? {
        None => NextHop::Proxy,
        Some(socket) => NextHop::Contact { uri: take_option(rest)?, socket },
    };
    Some(Outgoing { request_uri, to, from, headers, body, call_id, origin, next_hop })
}

fn push_happening(bytes: &mut Vec<u8>, happening: &Happening) {
    let Happening { what, id, owner, from, to, content_type, call_id, stored_at, code } = happening;
    let what = Occasion::ALL.iter().position(|have| have == what).unwrap_or_default();
    [what as u64, id.cast_unsigned(), stored_at.cast_unsigned(), u64::from(*code)]
        .into_iter()
        .for_each(|number| push_number(bytes, number));
    [owner.user(), owner.host(), from, to, content_type, call_id].into_iter().for_each(|text| push_text(bytes, text));
}

fn take_happening(rest: &mut &[u8]) -> Option<Happening> {
    let what = *Occasion::ALL.get(usize::try_from(take_number(rest)?).ok()?)?;
    let (id, stored_at) = (take_number(rest)?.cast_signed(), take_number(rest)?.cast_signed());
    let code = u16::try_from(take_number(rest)?).ok()?;
    let owner = take_aor(rest)?;
    let mut text = || take_text(rest).map(<[u8]>::to_vec);
    let (from, to, content_type, call_id) = (text()?, text()?, text()?, text()?);
    Some(Happening { what, id, owner, from, to, content_type, call_id, stored_at, code })
}

fn take_texts(bytes: &mut &[u8], count: u64) -> Option<Vec<Vec<u8>>> {
    (0..count).map(|_| take_text(bytes).map(<[u8]>::to_vec)).collect()
}

fn take_origin(bytes: &mut &[u8]) -> Option<Origin> {
    let owner = take_aor(bytes)?;
    let prefix = usize::try_from(take_number(bytes)?).ok()?;
    let mut number = || take_number(bytes).map(u64::cast_signed);
    Some(Origin { owner, prefix, id: number()?, stored_at: number()?, expires_at: number()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump() -> Event {
        let receivers = Receivers::These(vec![b"sip:bob@10.0.0.1".to_vec(), b"sip:bob@10.0.0.2".to_vec()]);
        let request = DumpRequest { extra_headers: b"X-A: 1\r\n".to_vec(), most: Some(5), receivers };
        Event::Dump(Aor::new(b"bob", b"example.org").unwrap(), request)
    }

    #[test]
    fn events_arrive_as_they_were_sent() {
        let to_all = Event::Dump(Aor::new(b"bob", b"x").unwrap(), DumpRequest::default());
        let message = Outgoing {
            request_uri: b"sip:bob@x".to_vec(),
            to: b"sip:b@x".to_vec(),
            from: b"sip:alice@x".to_vec(),
            headers: b"A: b\r\n".to_vec(),
            body: vec![0, 255],
            call_id: Some(Vec::new()),
            next_hop: NextHop::Contact { uri: Some(b"sip:p;lr".to_vec()), socket: b"udp:127.0.0.1:5060".to_vec() },
            origin: Some(Origin {
                id: -7,
                owner: Aor::new(b"bob", b"x").unwrap(),
                prefix: 44,
                stored_at: 1_800_000_000,
                expires_at: i64::MAX,
            }),
        };
        let error = |dropped| SendError { reason: "é".to_owned(), dropped };
        let send = |message| Event::Send(Ticket(7), Duration::from_micros(u64::MAX), message);
        let tried = |sent| Event::Tried(Ticket(7), Duration::from_micros(1_500_001), sent);
        let happening = Happening {
            what: Occasion::Waiting,
            id: -7,
            owner: Aor::new(b"bob", b"x").unwrap(),
            from: b"sip:alice@x".to_vec(),
            to: b"sip:bob@x".to_vec(),
            content_type: Vec::new(),
            call_id: vec![255],
            stored_at: -1,
            code: 603,
        };
        for event in [
            dump(),
            to_all,
            Event::Told(happening),
            Event::Receipt(Outgoing { origin: None, ..message.clone() }),
            Event::Result(Ticket(usize::MAX), 200),
            Event::Ask(Place(u64::MAX), Question::Remove(vec![(7, 1_800_000_000)])),
            send(Outgoing { call_id: None, next_hop: NextHop::Proxy, ..message.clone() }),
            send(Outgoing { call_id: None, origin: None, ..message.clone() }),
            send(message),
            tried(Ok(())),
            tried(Err(error(true))),
            tried(Err(error(false))),
        ] {
            assert_eq!(Event::decode(&event.encode()), Some(event));
        }
    }

    #[test]
    fn broken_bytes_are_no_event() {
        let bytes = dump().encode();
        assert!((0..bytes.len()).all(|cut| Event::decode(&bytes[..cut]).is_none()));
        assert_eq!(Event::decode(&[bytes, vec![0]].concat()), None);
        assert_eq!(Event::decode(&[9]), None);
    }
}
