//! Notifications of RFC 5438 to the senders of messages: that one is stored, or that it has expired. They have the Call-ID of
//! a notification, so that there is none about them.

use crate::host::sip::msg::Request;
use crate::lm_warn;
use crate::module::notify::{self, notification_call_id, request_uri};
use crate::module::Module;
use crate::silo::delivery::event::Event;
use crate::silo::message::cpim::imdn::{notification, Disposition, Subject};
use crate::silo::message::model::{NewMessage, Outgoing};
use crate::silo::text::Shown;

/// Tells the sender of a message that was just written that it is stored, if he asks for that.
pub fn tell_stored(module: &Module, request: &Request<'_>, message: &NewMessage) {
    if let Some(receipt) = stored(module, request, message) {
        notify::send(module, &receipt);
    }
}

/// What tells the sender of a message that it is stored; `None` when he does not ask for that.
pub fn stored(module: &Module, request: &Request<'_>, message: &NewMessage) -> Option<Outgoing> {
    if !module.config.imdn {
        return None;
    }
    let subject = Subject {
        content_type: request.content_type().unwrap_or_default(),
        body: &message.body,
        from: &message.from,
        to: &message.to,
        stored_at: message.stored_at,
    };
    let receipt = notification(subject, Disposition::Stored, message.stored_at)?;
    let request_uri = request_uri(module, request, &receipt.to);
    Some(Outgoing { request_uri, call_id: notification_call_id(module), ..receipt })
}

/// Sends a notification from a process that must not wait: through the one for slow hosts, where that is there.
pub fn send_from_delivery(module: &Module, receipt: Outgoing) {
    let receipt = Outgoing { call_id: notification_call_id(module), ..receipt };
    match &module.apart {
        None => notify::send(module, &receipt),
        Some(queue) => {
            let sender = receipt.to.clone();
            if let Err(reason) = queue.post(&Event::Receipt(receipt)) {
                lm_warn!("no disposition notification to {}: {reason}", Shown(&sender));
            }
        }
    }
}
