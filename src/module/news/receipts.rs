//! Notifications of RFC 5438 to the senders of messages: that one is stored, or that it has expired.

use crate::host::sip::msg::Request;
use crate::host::sip::uri;
use crate::lm_warn;
use crate::module::notify::{notification_call_id, request_uri};
use crate::module::Module;
use crate::silo::delivery::event::Event;
use crate::silo::message::cpim::imdn::{notification, Disposition, Subject};
use crate::silo::message::model::{NewMessage, Outgoing};
use crate::silo::text::Shown;

/// Tells the sender of a message that was just written that it is stored, if he asks for that.
pub fn tell_stored(module: &Module, request: &Request<'_>, message: &NewMessage) {
    if !module.config.imdn {
        return;
    }
    let subject = Subject {
        content_type: request.content_type().unwrap_or_default(),
        body: &message.body,
        from: &message.from,
        to: &message.to,
        stored_at: message.stored_at,
    };
    if let Some(receipt) = notification(subject, Disposition::Stored, message.stored_at) {
        let request_uri = request_uri(module, request, &receipt.to);
        send(module, Outgoing { request_uri, ..receipt });
    }
}

/// Sends a notification from a process that must not wait: through the one for slow hosts, where that is there.
pub fn send_from_delivery(module: &Module, receipt: Outgoing) {
    match &module.apart {
        None => send(module, receipt),
        Some(queue) => {
            let sender = receipt.to.clone();
            if let Err(reason) = queue.post(&Event::Receipt(receipt)) {
                lm_warn!("no disposition notification to {}: {reason}", Shown(&sender));
            }
        }
    }
}

/// Sends it to where notifications go. Its Call-ID is that of a notification, so that there is none about it.
pub fn send(module: &Module, receipt: Outgoing) {
    let receipt = Outgoing { call_id: notification_call_id(module), ..receipt };
    if !uri::is_sip(&receipt.request_uri) {
        lm_warn!("no disposition notification to {}: not a SIP URI", Shown(&receipt.request_uri));
        return;
    }
    if let Err(error) = module.tm.send(&receipt, module.config.next_hop.as_deref(), None) {
        lm_warn!("no disposition notification to {}: {error}", Shown(&receipt.to));
    }
}
