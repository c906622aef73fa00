//! What the process for slow hosts has to send, and in which order.
//!
//! Each message and each notification may keep it waiting. Users wait for messages, so these come first: one waits for
//! one notification at most. A notification can be done without, so only so many of them wait.

use std::collections::VecDeque;
use std::time::Duration;

use crate::silo::delivery::event::Event;
use crate::silo::delivery::server::SendError;
use crate::silo::message::model::Outgoing;

/// So many notifications wait. Where each of them takes 20 s, they take five hours.
pub const MOST: usize = 1000;

/// Messages, of each delivery process one, and notifications.
#[derive(Debug, Default)]
pub struct Backlog {
    messages: VecDeque<Event>,
    receipts: VecDeque<Outgoing>,
}

impl Backlog {
    /// Takes what was posted. Gives the oldest notification, which will not be sent, where too many wait.
    pub fn push(&mut self, event: Event) -> Option<Outgoing> {
        match event {
            Event::Send(..) => self.messages.push_back(event),
            Event::Receipt(receipt) => self.receipts.push_back(receipt),
            _ => {}
        }
        if self.receipts.len() > MOST {
            self.receipts.pop_front()
        } else {
            None
        }
    }

    /// What is to be sent next; or, as [`Event::Tried`], what whoever wanted a message sent is to be told instead, because
    /// that has given it up, or will before there can be an answer.
    pub fn next(&mut self, now: Duration) -> Option<Event> {
        match self.messages.pop_front() {
            Some(Event::Send(ticket, begin_by, _)) if begin_by < now => {
                let late = SendError::new("others have kept the process for slow hosts for too long");
                Some(Event::Tried(ticket, Duration::ZERO, Err(late)))
            }
            message => message.or_else(|| self.receipts.pop_front().map(Event::Receipt)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::silo::delivery::server::Ticket;
    use crate::silo::message::model::NextHop;

    const NOW: Duration = Duration::from_secs(1000);

    fn to(name: &str) -> Outgoing {
        Outgoing {
            request_uri: name.into(),
            to: Vec::new(),
            from: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
            call_id: None,
            origin: None,
            next_hop: NextHop::Proxy,
        }
    }

    fn receipt(number: usize) -> Event {
        Event::Receipt(to(&number.to_string()))
    }

    fn send(ticket: usize) -> Event {
        Event::Send(Ticket(ticket), NOW, to("bob"))
    }

    #[test]
    fn a_message_waits_for_no_notification_that_is_not_under_way() {
        let mut backlog = Backlog::default();
        for event in [receipt(1), receipt(2), send(3)] {
            assert_eq!(backlog.push(event), None);
        }
        assert_eq!(backlog.next(NOW), Some(send(3)));
        assert_eq!(backlog.next(NOW), Some(receipt(1)));
        // What comes while that is being sent.
        backlog.push(receipt(4));
        backlog.push(send(5));
        backlog.push(send(6));
        let then: Vec<_> = std::iter::from_fn(|| backlog.next(NOW)).collect();
        assert_eq!(then, [send(5), send(6), receipt(2), receipt(4)]);
    }

    #[test]
    fn a_message_that_is_given_up_meanwhile_is_not_sent() {
        let mut backlog = Backlog::default();
        backlog.push(send(1));
        let Some(Event::Tried(Ticket(1), Duration::ZERO, Err(error))) = backlog.next(NOW + Duration::from_micros(1))
        else {
            panic!("it is sent")
        };
        assert!(!error.dropped);
        assert_eq!(backlog.next(NOW), None);
    }

    #[test]
    fn of_too_many_notifications_the_oldest_is_left_out() {
        let mut backlog = Backlog::default();
        assert!((0..MOST).all(|number| backlog.push(receipt(number)).is_none()));
        assert_eq!(backlog.push(send(1)), None);
        assert_eq!(backlog.push(receipt(MOST)), Some(to("0")));
        assert_eq!(backlog.next(NOW), Some(send(1)));
        assert_eq!(backlog.next(NOW), Some(receipt(1)));
        assert_eq!(backlog.push(receipt(MOST + 1)), None, "there is room for one again");
    }
}
