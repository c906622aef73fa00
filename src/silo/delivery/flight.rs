//! Messages that have been sent and are not answered.

use std::collections::BTreeMap;
use std::time::Duration;

use super::contacts::line::Seat;
use super::news::happening::Happening;
use super::server::Ticket;
use super::shard::Shard;
use crate::silo::message::aor::Aor;
use crate::silo::message::compose::Kind;
use crate::silo::message::model::RowId;
use crate::silo::time::UnixTime;

/// tm gives up after some time (30 s by default) and says 408. Only a result that was lost on the way from there takes
/// longer than this.
const LOST_AFTER: Duration = Duration::from_secs(300);
/// As long as this after the longest time that tm was told to wait.
const MARGIN: Duration = Duration::from_secs(30);

/// After which time a message without a result is given up, where tm waits for so long at most.
pub fn lost_after(longest_transaction: Duration) -> Duration {
    longest_transaction.saturating_add(MARGIN).max(LOST_AFTER)
}

/// One message in flight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// Whose inbox it is from.
    pub owner: Aor,
    /// Its row.
    pub id: RowId,
    /// When that is over, and a sweep may take it.
    pub expires_at: UnixTime,
    /// What it was sent as.
    pub kind: Kind,
    /// Where it was sent to.
    pub request_uri: Vec<u8>,
    /// Its place in the line of the contact it was sent to; `None` when it was sent to the address of record.
    pub seat: Option<Seat>,
    /// The host, where it was sent apart.
    pub host: Option<Vec<u8>>,
    /// What somebody hears of it when it is answered.
    pub about: Option<Box<Happening>>,
}

#[derive(Clone, Copy, Debug)]
struct Times {
    sent: Duration,
    loss: Duration,
}

/// All messages in flight of one process.
#[derive(Debug)]
pub struct Flights {
    shard: Shard,
    sent: usize,
    by_ticket: BTreeMap<Ticket, (Flight, Times)>,
}

impl Flights {
    /// Nothing in flight yet.
    pub fn new(shard: Shard) -> Self {
        Self { shard, sent: 0, by_ticket: BTreeMap::new() }
    }

    /// A ticket that names the next message; it also says which process sent it (see [`Ticket::shard`]).
    pub fn next_ticket(&mut self) -> Ticket {
        self.sent = self.sent.wrapping_add(1);
        Ticket(self.sent.wrapping_mul(self.shard.count).wrapping_add(self.shard.index))
    }

    /// Notes that a message was sent at `sent`, whose result counts as lost at `loss`.
    pub fn take_off(&mut self, ticket: Ticket, flight: Flight, sent: Duration, loss: Duration) {
        self.by_ticket.insert(ticket, (flight, Times { sent, loss }));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.by_ticket.len()
    }

    /// The message that an answer belongs to; it is not in flight any more.
    pub fn land(&mut self, ticket: Ticket) -> Option<Flight> {
        self.by_ticket.remove(&ticket).map(|(flight, _)| flight)
    }

    /// The messages whose result must have been lost; they are not in flight any more.
    pub fn lost(&mut self, now: Duration) -> Vec<Flight> {
        let mut lost = Vec::new();
        while let Some(first) = self.by_ticket.first_entry().filter(|first| first.get().1.loss <= now) {
            lost.push(first.remove().0);
        }
        lost
    }

    /// All that is in flight.
    pub fn all(&self) -> impl Iterator<Item = &Flight> {
        self.by_ticket.values().map(|(flight, _)| flight)
    }

    /// When the next result would count as lost.
    pub fn next_loss(&self) -> Option<Duration> {
        self.by_ticket.first_key_value().map(|(_, (_, times))| times.loss)
    }

    /// When the oldest of them was sent.
    pub fn oldest(&self) -> Option<Duration> {
        self.by_ticket.first_key_value().map(|(_, (_, times))| times.sent)
    }
}

impl Ticket {
    /// Which of `count` delivery processes sent the message.
    pub fn shard(self, count: usize) -> usize {
        self.0.checked_rem(count).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(id: RowId) -> Flight {
        let owner = Aor::new(b"bob", b"x").unwrap();
        let (kind, request_uri) = (Kind::Offline, Vec::new());
        Flight { owner, id, expires_at: 0, kind, request_uri, seat: None, host: None, about: None }
    }

    #[test]
    fn a_ticket_leads_back_to_its_process() {
        for index in 0..3 {
            let mut flights = Flights::new(Shard { index, count: 3 });
            let tickets = [flights.next_ticket(), flights.next_ticket()];
            assert!(tickets[0] < tickets[1] && tickets.iter().all(|ticket| ticket.shard(3) == index));
        }
    }

    #[test]
    fn a_flight_lands_once() {
        let mut flights = Flights::new(Shard::SOLE);
        let ticket = flights.next_ticket();
        flights.take_off(ticket, flight(7), Duration::ZERO, Duration::ZERO);
        assert_eq!(flights.oldest(), Some(Duration::ZERO));
        assert_eq!(flights.land(ticket), Some(flight(7)));
        assert_eq!(flights.land(ticket), None);
    }

    #[test]
    fn a_result_that_never_comes_is_given_up() {
        let mut flights = Flights::new(Shard::SOLE);
        let ticket = flights.next_ticket();
        flights.take_off(ticket, flight(7), Duration::ZERO, LOST_AFTER);
        assert_eq!(flights.lost(LOST_AFTER - Duration::from_secs(1)), []);
        assert_eq!(flights.lost(LOST_AFTER), [flight(7)]);
        assert_eq!(flights.next_loss(), None);
    }

    #[test]
    fn no_message_is_given_up_before_tm_does() {
        assert_eq!(lost_after(Duration::from_secs(32)), LOST_AFTER);
        assert_eq!(lost_after(Duration::from_secs(400)), Duration::from_secs(430));
    }
}
