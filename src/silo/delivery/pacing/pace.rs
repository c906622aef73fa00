//! How much may be on its way at once, over all inboxes.
//!
//! Everything the module sends usually passes the server's own sockets, and what does not fit their buffers is
//! lost until it is retransmitted. So only so many bytes may be unanswered at a time. A peer that stays silent
//! must not hold up the others, so a message counts only until its first retransmission would be due.

use std::collections::VecDeque;
use std::time::Duration;

use crate::silo::delivery::server::Ticket;

/// Half of what Linux gives a socket by default (212 992 bytes), because the answers come to the same socket.
const BUDGET: usize = 100_000;
/// What a datagram costs in a socket buffer beyond its own length.
const OVERHEAD: usize = 1_024;
/// T1 of RFC 3261 section 17.1.2: then a request is retransmitted, so it is no longer on its way.
const LEASE: Duration = Duration::from_millis(500);

/// The pace while the server is short of memory.
const SLOWLY: Duration = Duration::from_millis(50);

/// What was sent lately and is not answered.
#[derive(Debug, Default)]
pub struct Pace {
    leases: VecDeque<Lease>,
    unanswered: usize,
    last: Option<Duration>,
}

#[derive(Debug)]
struct Lease {
    ticket: Ticket,
    cost: usize,
    ends: Duration,
}

impl Pace {
    /// Whether another message may be sent. While the server is short of memory, only one now and then.
    pub fn allows(&self, now: Duration, memory_is_low: bool) -> bool {
        self.unanswered < BUDGET && !(memory_is_low && now < self.next_with_little_memory())
    }

    /// When another message may be sent, if nothing is answered before.
    pub fn next_chance(&self, memory_is_low: bool) -> Option<Duration> {
        let room = self.next_end().filter(|_| self.unanswered >= BUDGET);
        let memory = memory_is_low.then(|| self.next_with_little_memory());
        room.max(memory)
    }

    fn next_with_little_memory(&self) -> Duration {
        self.last.map_or(Duration::ZERO, |last| last.saturating_add(SLOWLY))
    }

    /// Notes that a message of this many bytes was sent.
    pub fn sent(&mut self, ticket: Ticket, bytes: usize, now: Duration) {
        let cost = bytes.saturating_add(OVERHEAD);
        self.last = Some(now);
        self.unanswered = self.unanswered.saturating_add(cost);
        self.leases.push_back(Lease { ticket, cost, ends: now.saturating_add(LEASE) });
    }

    /// Notes that a message was answered. One that no longer counts is ignored.
    pub fn answered(&mut self, ticket: Ticket) {
        // Tickets grow, so the leases are sorted by them.
        if let Ok(at) = self.leases.binary_search_by_key(&ticket, |lease| lease.ticket) {
            if let Some(lease) = self.leases.get_mut(at) {
                self.unanswered = self.unanswered.saturating_sub(std::mem::take(&mut lease.cost));
            }
        }
    }

    /// Forgets what is no longer on its way.
    pub fn forget_old(&mut self, now: Duration) {
        while self.leases.front().is_some_and(|lease| lease.ends <= now || lease.cost == 0) {
            if let Some(lease) = self.leases.pop_front() {
                self.unanswered = self.unanswered.saturating_sub(lease.cost);
            }
        }
    }

    /// When the oldest message stops counting.
    pub fn next_end(&self) -> Option<Duration> {
        self.leases.front().map(|lease| lease.ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_much_is_on_its_way_and_an_answer_makes_room() {
        let mut pace = Pace::default();
        let mut sent = 0;
        while pace.allows(Duration::ZERO, false) {
            pace.sent(Ticket(sent), 500, Duration::ZERO);
            sent += 1;
        }
        assert!((30..100).contains(&sent), "{sent} messages of 500 bytes");
        pace.answered(Ticket(3));
        assert!(pace.allows(Duration::ZERO, false));
    }

    #[test]
    fn a_huge_message_still_gets_through() {
        let mut pace = Pace::default();
        assert!(pace.allows(Duration::ZERO, false));
        pace.sent(Ticket(1), usize::MAX, Duration::ZERO);
        assert!(!pace.allows(Duration::ZERO, false));
        pace.answered(Ticket(1));
        assert!(pace.allows(Duration::ZERO, false));
    }

    #[test]
    fn silent_peers_stop_counting_when_they_are_retransmitted_to() {
        let mut pace = Pace::default();
        pace.sent(Ticket(1), BUDGET, Duration::ZERO);
        pace.forget_old(Duration::from_millis(499));
        assert!(!pace.allows(Duration::ZERO, false));
        pace.forget_old(Duration::from_millis(500));
        assert!(pace.allows(Duration::ZERO, false));
        pace.answered(Ticket(1));
        assert_eq!(pace.unanswered, 0);
    }

    #[test]
    fn a_server_short_of_memory_gets_one_now_and_then() {
        let mut pace = Pace::default();
        assert!(pace.allows(Duration::ZERO, true));
        pace.sent(Ticket(1), 10, Duration::ZERO);
        assert!(!pace.allows(SLOWLY / 2, true) && pace.allows(SLOWLY / 2, false));
        assert!(pace.allows(SLOWLY, true));
    }

    #[test]
    fn an_answer_is_counted_once() {
        let mut pace = Pace::default();
        pace.sent(Ticket(1), 10, Duration::ZERO);
        pace.sent(Ticket(2), 10, Duration::ZERO);
        pace.answered(Ticket(2));
        pace.answered(Ticket(2));
        assert_eq!(pace.unanswered, 10 + OVERHEAD);
    }
}
