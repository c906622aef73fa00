//! `m_dump()`: a user is online, the inbox shall be delivered.

use std::fmt;

use super::module;
use super::news::events;
use crate::host::shared::queue::NoMemory;
use crate::host::sip::msg::{Request, Unparsable};
use crate::host::sip::uri;
use crate::silo::config::settings::DeliverTo;
use crate::silo::delivery::contacts::receiver::can_receive;
use crate::silo::delivery::contacts::receivers::Receivers;
use crate::silo::delivery::event::Event;
use crate::silo::delivery::inbox::DumpRequest;
use crate::silo::message::aor::{Aor, NoAor};
use crate::silo::message::headers::tidy;
use crate::silo::text::Shown;

/// Why an inbox is not delivered.
#[derive(Debug)]
pub enum NotDumped {
    /// The REGISTER says that its user cannot receive a MESSAGE, or leaves. No error.
    CannotReceive,
    /// A part of the request is malformed.
    Unparsable(Unparsable),
    /// The owner is no SIP URI.
    BadOwner(Vec<u8>),
    /// The owner is no address of record.
    NoAor(Vec<u8>, NoAor),
    /// `extra_hdrs` has no value for this request.
    ExtraHeaders,
    /// There is no memory to tell the delivery process.
    NoMemory(NoMemory),
    /// The delivery process has ended.
    Orphaned,
    /// It is called by an event route that was told about a delivery of this very inbox.
    OwnEvent(Aor),
}

impl fmt::Display for NotDumped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotReceive => f.write_str("the REGISTER has no contact that stays and takes MESSAGE"),
            Self::Unparsable(part) => part.fmt(f),
            Self::BadOwner(owner) => write!(f, "owner \"{}\" is no SIP URI", Shown(owner)),
            Self::NoAor(owner, reason) => write!(f, "owner \"{}\" is no address of record: {reason}", Shown(owner)),
            Self::ExtraHeaders => f.write_str("extra_hdrs has no value for this request"),
            Self::NoMemory(reason) => reason.fmt(f),
            Self::OwnEvent(owner) => {
                write!(
                    f,
                    "the event route is about a delivery to {owner}, which would begin again at once, without end"
                )
            }
            Self::Orphaned => f.write_str("the process \"MSILO delivery\" has ended; restart the server"),
        }
    }
}

/// Has the inbox delivered by the process that owns it, and returns at once. Without `owner` it is the inbox of
/// the To URI; at most `most` messages are delivered.
///
/// # Errors
/// When nothing will be delivered, with the reason for the log.
pub fn dump(request: &Request<'_>, owner: Option<&[u8]>, most: Option<u64>) -> Result<(), NotDumped> {
    let module = module().ok_or(NotDumped::Orphaned)?;
    request.parse_all().map_err(NotDumped::Unparsable)?;
    let to_uri = request.to_uri().map_err(NotDumped::Unparsable)?;
    let mut receivers = Receivers::All;
    if request.is_register() {
        let contacts = request.contacts().map_err(NotDumped::Unparsable)?;
        if !can_receive(&contacts, request.allows_message()) {
            return Err(NotDumped::CannotReceive);
        }
        if module.config.deliver_to == DeliverTo::Registration {
            receivers = Receivers::These(request.contact_uris());
        }
    }
    let owner = owner.unwrap_or(to_uri);
    let parsed = uri::parse(owner).ok_or_else(|| NotDumped::BadOwner(owner.to_vec()))?;
    let owner = Aor::new(parsed.user, parsed.host).map_err(|reason| NotDumped::NoAor(owner.to_vec(), reason))?;
    if events::is_about_delivery_of(&owner) {
        return Err(NotDumped::OwnEvent(owner));
    }
    let extra_headers = match &module.extra_headers {
        Some(format) => tidy(&format.print(request).ok_or(NotDumped::ExtraHeaders)?),
        None => Vec::new(),
    };
    let queue = module.queues.get(owner.shard(module.queues.len())).ok_or(NotDumped::Orphaned)?;
    // It ends before the server does when the main process is killed, and where fork=no has the server live on.
    if queue.is_orphaned() {
        return Err(NotDumped::Orphaned);
    }
    queue.post(&Event::Dump(owner, DumpRequest { extra_headers, most, receivers })).map_err(NotDumped::NoMemory)
}
