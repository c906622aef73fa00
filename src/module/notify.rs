//! Telling the sender that the message waits for its receiver.

use super::Module;
use crate::host::script::pv::Format;
use crate::host::sip::msg::Request;
use crate::host::sip::uri;
use crate::silo::message::headers::tidy;
use crate::silo::message::model::{NextHop, Outgoing};
use crate::silo::text::Shown;
use crate::{lm_dbg, lm_warn};

/// The end of the Call-ID of every notification: by it a notification is known when it comes back, because its
/// receiver is offline, too. Notifying about notifications would never end.
const MARK: &[u8] = b"-msilo-notification";

/// The parameters that make a notification.
pub struct Notification {
    /// `from_address`
    pub from: Format,
    /// `content_type_hdr`
    pub content_type: Format,
    /// `contact_hdr`
    pub contact: Option<Format>,
    /// `offline_message`
    pub body: Format,
}

/// Tells the sender of a message that was just stored. A notification that cannot be sent is no reason to
/// refuse the message, so this only logs.
pub fn notify(module: &Module, request: &Request<'_>, sender: &[u8]) {
    if let Some(message) = notification(module, request, sender) {
        send(module, &message);
    }
}

/// Sends a notification. One that cannot be sent is only logged.
pub fn send(module: &Module, message: &Outgoing) {
    if !uri::is_sip(&message.request_uri) {
        lm_warn!("no notification to {}: not a SIP URI", Shown(&message.request_uri));
    } else if let Err(error) = module.tm.send(message, module.config.next_hop.as_deref(), None) {
        lm_warn!("no notification to {}: {error}", Shown(&message.to));
    }
}

/// The notification to the sender of a message, if there is one.
pub fn notification(module: &Module, request: &Request<'_>, sender: &[u8]) -> Option<Outgoing> {
    let notification = module.notification.as_ref()?;
    if request.flags() & module.config.skip_notification_mask != 0 {
        return None;
    }
    if request.call_id().is_some_and(|call_id| call_id.ends_with(MARK)) {
        lm_dbg!("no notification about a notification");
        return None;
    }
    let value = |what: &str, format: &Format| {
        let text = format.print(request).filter(|text| !text.is_empty());
        if text.is_none() {
            lm_warn!("no notification to {}: {what} is empty for this message", Shown(sender));
        }
        text
    };
    let from = value("from_address", &notification.from)?;
    let body = value("offline_message", &notification.body)?;
    let content_type = value("content_type_hdr", &notification.content_type)?;
    let contact = notification.contact.as_ref().and_then(|contact| contact.print(request)).unwrap_or_default();
    if from == sender {
        lm_dbg!("no notification to its own sender {}", Shown(sender));
        return None;
    }
    Some(Outgoing {
        request_uri: request_uri(module, request, sender),
        to: sender.to_vec(),
        from,
        headers: [tidy(&contact), tidy(&content_type)].concat(),
        body,
        origin: None,
        call_id: notification_call_id(module),
        next_hop: NextHop::Proxy,
    })
}

/// A Call-ID by which a notification is known when it comes back.
pub(super) fn notification_call_id(module: &Module) -> Option<Vec<u8>> {
    module.tm.new_call_id().map(|call_id| [&call_id, MARK].concat())
}

/// The Contact of the message where `use_contact` allows it and there is one, else its sender.
pub(super) fn request_uri(module: &Module, request: &Request<'_>, sender: &[u8]) -> Vec<u8> {
    let contact = module.config.use_contact.then(|| request.contact_uri()).flatten();
    contact.filter(|contact| uri::is_sip(contact)).unwrap_or(sender).to_vec()
}
