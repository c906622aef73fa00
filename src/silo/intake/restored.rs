//! What is stored of a message of our own that a script gives another inbox, or that came back after its delivery.

use crate::silo::intake::mark::Mark;
use crate::silo::message::model::NewMessage;
use crate::silo::time::UnixTime;

/// Gives a message that came back its text, its date and its term again. `None` when it is over at `now`.
///
/// A reminder whose moment has come is an ordinary message from then on.
pub fn restored(message: NewMessage, mark: &Mark, now: UnixTime) -> Option<NewMessage> {
    let prefix = usize::try_from(mark.prefix).unwrap_or(usize::MAX);
    let body = message.body.get(prefix..).map(<[u8]>::to_vec).unwrap_or(message.body);
    let (due_at, expires_at) = match message.due_at > now {
        true => (message.due_at, message.expires_at),
        false => (0, mark.expires_at),
    };
    (expires_at > now).then_some(NewMessage { body, due_at, expires_at, stored_at: mark.stored_at, ..message })
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use super::*;
    use crate::silo::fakes::bob;
    use crate::silo::message::model::Origin;

    const NOW: UnixTime = 1_800_000_000;

    #[test]
    fn a_message_that_came_back_is_what_it_was() {
        let keys = RandomState::new();
        let origin = Origin { id: 7, owner: bob(), prefix: 4, stored_at: NOW - 500, expires_at: NOW + 500 };
        let mark = Mark::new(1, &origin, &keys);
        let copy = |due_at| NewMessage {
            owner: bob(),
            from: b"sip:alice@example.org".to_vec(),
            to: b"sip:bob@example.org".to_vec(),
            content_type: b"text/plain".to_vec(),
            body: b"[x] hi".to_vec(),
            headers: Vec::new(),
            call_id: Vec::new(),
            stored_at: NOW,
            expires_at: NOW + 9000,
            due_at,
        };
        let message = restored(copy(0), &mark, NOW).unwrap();
        assert_eq!(message.body, b"hi");
        assert_eq!((message.stored_at, message.expires_at, message.due_at), (NOW - 500, NOW + 500, 0));
        assert_eq!(restored(copy(NOW), &mark, NOW).unwrap().due_at, 0, "its moment has come");
        let later = restored(copy(NOW + 60), &mark, NOW).unwrap();
        assert_eq!((later.due_at, later.expires_at), (NOW + 60, NOW + 9000));
        assert_eq!(restored(copy(0), &mark, NOW + 500), None);
        let short = NewMessage { body: b"hi".to_vec(), ..copy(0) };
        assert_eq!(restored(short, &mark, NOW).unwrap().body, b"hi", "a proxy has changed it");
    }
}
