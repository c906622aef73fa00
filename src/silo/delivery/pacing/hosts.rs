//! Which hosts can be reached at once, and which may keep whoever sends to them waiting.
//!
//! tm looks names up in the process that sends, for as long as the resolver takes, and over TCP without `tcp_async` it
//! waits there for the peer to take the connection. The sender of a message chooses its host, so nobody else may wait for
//! that: what may take long is sent apart from the rest, one message at a time.

use std::time::Duration;

use super::recent::Recent;

/// What takes longer is slow.
pub const SLOW: Duration = Duration::from_secs(1);
/// So many hosts are remembered.
const MOST: usize = 10_000;
/// How much longer than the host kept us no other name is trusted again.
const DISTRUST: u32 = 10;

/// What is known of a host before anything is sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// A name of the server itself.
    Own,
    /// Any other name: once something was sent to it quickly, it is in the resolver's reach.
    Foreign,
    /// Each connection to it can take long.
    Slow,
}

/// A host that may keep the sender waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// What it is remembered by.
    pub name: Vec<u8>,
    /// What is known of it.
    pub trust: Trust,
}

/// What was seen of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Quick,
    /// It was slow in the end.
    Slow,
}

/// What was seen of all hosts.
#[derive(Debug)]
pub struct Hosts {
    seen: Recent<Vec<u8>, Seen>,
    /// A name that had been quick was slow: until then none of them is trusted.
    distrust: Duration,
}

impl Default for Hosts {
    fn default() -> Self {
        Self { seen: Recent::with_room_for(MOST), distrust: Duration::ZERO }
    }
}

impl Hosts {
    /// Whether a message for this host must not be sent together with those for others.
    pub fn is_apart(&self, host: &Host, now: Duration) -> bool {
        match host.trust {
            Trust::Own => self.seen.get(&host.name) == Some(&Seen::Slow),
            Trust::Foreign => now < self.distrust || self.seen.get(&host.name) != Some(&Seen::Quick),
            Trust::Slow => true,
        }
    }

    /// Notes how long it took to hand over a message for this host, and whether that has failed. Returns whether
    /// messages for it need not be sent apart any more.
    pub fn tried(&mut self, host: &Host, took: Duration, failed: bool, now: Duration) -> bool {
        let was_apart = self.is_apart(host, now);
        if took >= SLOW {
            if host.trust == Trust::Foreign && !was_apart {
                self.distrust = self.distrust.max(now.saturating_add(took.saturating_mul(DISTRUST)));
            }
            self.seen.set(host.name.clone(), Seen::Slow);
        } else if !failed {
            let is_news = match self.seen.get(&host.name) {
                Some(Seen::Quick) => false,
                // A foreign name that was slow once may be so on purpose.
                Some(Seen::Slow) => host.trust == Trust::Own,
                None => true,
            };
            if is_news {
                self.seen.set(host.name.clone(), Seen::Quick);
            }
        }
        was_apart && !self.is_apart(host, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(20);

    fn host(name: &str, trust: Trust) -> Host {
        Host { name: name.into(), trust }
    }

    #[test]
    fn a_foreign_name_is_apart_until_it_was_quick() {
        let (mut hosts, host) = (Hosts::default(), host("x", Trust::Foreign));
        assert!(hosts.is_apart(&host, QUICK));
        assert!(!hosts.tried(&host, QUICK, true, QUICK), "a quick failure proves nothing");
        assert!(hosts.tried(&host, QUICK, false, QUICK));
        assert!(!hosts.is_apart(&host, QUICK) && !hosts.tried(&host, QUICK, false, QUICK));
    }

    #[test]
    fn a_foreign_name_that_was_slow_stays_apart_and_is_a_warning_of_others() {
        let (mut hosts, good, bad) = (Hosts::default(), host("x", Trust::Foreign), host("y", Trust::Foreign));
        hosts.tried(&good, QUICK, false, QUICK);
        hosts.tried(&bad, QUICK, false, QUICK);
        hosts.tried(&bad, LONG, true, LONG);
        hosts.tried(&bad, QUICK, false, LONG);
        assert!(hosts.is_apart(&bad, LONG * 100));
        assert!(hosts.is_apart(&good, LONG) && !hosts.is_apart(&good, LONG * 11));
    }

    #[test]
    fn a_silent_name_that_was_tried_apart_is_no_warning_of_others() {
        let (mut hosts, good, bad) = (Hosts::default(), host("x", Trust::Foreign), host("y", Trust::Foreign));
        hosts.tried(&good, QUICK, false, QUICK);
        hosts.tried(&bad, LONG, true, LONG);
        assert!(!hosts.is_apart(&good, LONG));
    }

    #[test]
    fn a_name_of_the_server_is_trusted_until_it_was_slow_and_when_it_is_quick_again() {
        let (mut hosts, own) = (Hosts::default(), host("x", Trust::Own));
        assert!(!hosts.is_apart(&own, QUICK));
        hosts.tried(&own, LONG, true, LONG);
        assert!(hosts.is_apart(&own, LONG));
        assert!(hosts.tried(&own, QUICK, false, LONG) && !hosts.is_apart(&own, LONG));
    }

    #[test]
    fn what_waits_for_connections_is_always_apart() {
        let (mut hosts, phone) = (Hosts::default(), host("192.0.2.1:5060", Trust::Slow));
        hosts.tried(&phone, QUICK, false, QUICK);
        assert!(hosts.is_apart(&phone, QUICK));
    }
}
