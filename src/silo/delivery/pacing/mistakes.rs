//! Answers by which the server's own script refuses what msilo sends: a mistake in it, and the administrator is told what
//! to look at.

use std::time::Duration;

use super::recent::Recent;
use crate::lm_warn;
use crate::silo::config::settings::Config;
use crate::silo::delivery::flight::Flight;
use crate::silo::delivery::inbox::run::destination;
use crate::silo::message::aor::Aor;
use crate::silo::message::compose::Kind;

/// So often it is said of one inbox.
const AGAIN: Duration = Duration::from_secs(3600);
/// Of so many inboxes it is remembered that it was said.
const MOST: usize = 10_000;

/// What was said of which inbox, and when.
#[derive(Debug)]
pub struct Mistakes(Recent<Aor, Duration>);

impl Default for Mistakes {
    fn default() -> Self {
        Self(Recent::with_room_for(MOST))
    }
}

impl Mistakes {
    /// Looks at the answer to a message. Returns whether something was said.
    pub fn look_at(&mut self, flight: &Flight, status: u16, config: &Config, now: Duration) -> bool {
        let owner = &flight.owner;
        let Some(advice) = advice(flight.kind, status).filter(|_| goes_to_script(flight, config)) else { return false };
        if self.0.get(owner).is_some_and(|said| now.saturating_sub(*said) < AGAIN) {
            return false;
        }
        self.0.set(owner.clone(), now);
        lm_warn!("a message to {owner} was answered {status}: {advice}");
        true
    }
}

/// Whether the message went to the server's own script: by `outbound_proxy`, or because the server has the domain.
fn goes_to_script(flight: &Flight, config: &Config) -> bool {
    let to = destination(&flight.request_uri);
    let host = to.rsplit(|&byte| byte == b'@').next().unwrap_or_default();
    config.next_hop.is_some() || host.starts_with(flight.owner.host())
}

/// What an administrator should look at after such an answer.
fn advice(kind: Kind, status: u16) -> Option<&'static str> {
    match (status, kind) {
        (401 | 407, _) => Some(
            "the script asks msilo for a password, which it does not have; let what comes from the server itself \
             (src_ip==myself) pass before the authentication",
        ),
        (403, _) => Some("the script forbids it; let what comes from the server itself (src_ip==myself) pass"),
        (404, Kind::Offline) => Some(
            "the script does not find who has just registered; save() must come before m_dump(), and the domain must be \
             one of the server's own",
        ),
        (482 | 483, _) => {
            Some("it goes round in a circle; outbound_proxy must name the server that knows where the user is")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn look_at(mistakes: &mut Mistakes, name: &str, kind: Kind, status: u16, now: Duration) -> bool {
        let owner = Aor::new(name.as_bytes(), b"x").unwrap();
        let flight = Flight {
            owner,
            id: 1,
            expires_at: 0,
            kind,
            request_uri: b"sip:b@X:5060;a=b".to_vec(),
            seat: None,
            host: None,
            about: None,
        };
        mistakes.look_at(&flight, status, &Config::default(), now)
    }

    #[test]
    fn it_is_said_once_an_hour_for_each_inbox() {
        let mut mistakes = Mistakes::default();
        let mut said = |name, now| look_at(&mut mistakes, name, Kind::Offline, 407, now);
        assert!(said("bob", HOUR) && said("carol", HOUR));
        assert!(!said("bob", HOUR) && !said("bob", 2 * HOUR - Duration::from_secs(1)));
        assert!(said("bob", 2 * HOUR));
    }

    #[test]
    fn of_what_a_phone_answers_nothing_is_said() {
        let mut mistakes = Mistakes::default();
        for status in [200, 202, 302, 408, 415, 480, 486, 488, 500, 503, 603] {
            assert!(!look_at(&mut mistakes, "bob", Kind::Offline, status, HOUR), "{status}");
        }
        for status in [401, 403, 404, 407, 482, 483] {
            assert!(look_at(&mut Mistakes::default(), "bob", Kind::Offline, status, HOUR), "{status}");
        }
    }

    #[test]
    fn the_user_of_a_reminder_may_be_offline() {
        let mut mistakes = Mistakes::default();
        assert!(!look_at(&mut mistakes, "bob", Kind::Reminder, 404, HOUR));
        assert!(look_at(&mut mistakes, "bob", Kind::Reminder, 403, HOUR));
    }

    #[test]
    fn of_an_answer_from_elsewhere_nothing_is_said_unless_a_proxy_was_between() {
        let owner = Aor::new(b"bob", b"x").unwrap();
        let request_uri = b"sip:bob@192.0.2.1:5060".to_vec();
        let kind = Kind::Offline;
        let flight = Flight { owner, id: 1, expires_at: 0, kind, request_uri, seat: None, host: None, about: None };
        assert!(!Mistakes::default().look_at(&flight, 403, &Config::default(), HOUR));
        let config = Config { next_hop: Some(b"sip:y".to_vec()), ..Config::default() };
        assert!(Mistakes::default().look_at(&flight, 403, &config, HOUR));
    }

    #[test]
    fn many_inboxes_take_no_more_memory_than_some() {
        let mut mistakes = Mistakes::default();
        for number in 0..3 * MOST {
            look_at(&mut mistakes, &number.to_string(), Kind::Offline, 403, HOUR);
        }
        assert!(mistakes.0.len() <= MOST);
    }
}
