//! What goes wrong in the trials: phones, servers, and the network between a server and its database.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::harness::{within, Server};
use super::ledger::Twice;
use super::phone::{Call, Reply};
use super::settings::Settings;
use super::trial::{Trial, Verdict, TM_WAITS};

/// What was answered so long before a kill may still have its row: much longer than the few milliseconds that it takes
/// where the database answers at once, for here several servers write, and they may have one file.
const UNWRITTEN: Duration = Duration::from_secs(1);
/// How long phones take to answer where a server is to be hit in the middle.
const TAKES: Duration = Duration::from_millis(20);

/// Something that happens to a server.
#[derive(Clone, Copy)]
struct Hit {
    server: SocketAddr,
    /// It still was as before.
    before: Instant,
    /// It had happened.
    after: Instant,
}

/// All phones take this long.
fn slowly(_: &Call) -> Reply {
    Reply::With(200, TAKES)
}

/// Phones that answer late, refuse, or vanish; and every REGISTER reaches all servers at once.
pub fn plain(settings: &Settings) -> Verdict {
    let count = settings.count;
    let mut trial = Trial::begin(settings, count, |_, builder| builder);
    let inboxes = settings.inboxes;
    trial.phones.behave(move |call| match call {
        Call { before: 0, number, user, .. } if user % 20 == 1 && number / inboxes == 2 => Reply::Silence,
        Call { before: 0, number, .. } if number % 7 == 3 => Reply::With(486, Duration::ZERO),
        Call { number, .. } if number % 50 == 7 => Reply::With(200, Duration::from_millis(700)),
        _ => Reply::With(200, Duration::ZERO),
    });
    trial.store(0..count);
    trial.register(0..count);
    trial.wait_for(0..count, count);
    trial.end(|_| false)
}

/// The server that delivers most is killed in the middle, again and again; every second time it is away for a while.
pub fn kill(settings: &Settings) -> Verdict {
    let each = settings.inboxes * 2;
    let count = each * settings.kills;
    let mut trial = Trial::begin(settings, count, |_, builder| builder);
    trial.phones.behave(slowly);
    let mut kills: Vec<Hit> = Vec::new();
    for turn in 0..settings.kills {
        let batch = turn * each..(turn + 1) * each;
        trial.store(batch.clone());
        trial.register(batch.clone());
        // Numbers that look random, and are the same in each run.
        let wanted = 1 + (turn * 7919 + 13) % (each * 9 / 10);
        trial.wait_for(batch.clone(), wanted);
        let victim = trial.busiest(batch.clone());
        let address = trial.cluster[victim].address();
        let before = Instant::now();
        trial.cluster[victim].kill_9();
        kills.push(Hit { server: address, before, after: Instant::now() });
        if turn % 2 == 1 {
            // The others take over when the claims are over.
            trial.wait_for(batch.clone(), each);
        }
        trial.cluster[victim].start_again();
        trial.wait_for(batch, each);
        eprintln!("   killed {} of {}", turn + 1, settings.kills);
    }
    tell_the_longest_gap(&trial, &kills);
    trial.end(move |twice| kills.iter().any(|kill| gap(twice, kill).is_some_and(|gap| gap <= UNWRITTEN)))
}

/// How long before its server was hit a message was answered: zero if it was in flight.
fn gap((_, attempts): &Twice, hit: &Hit) -> Option<Duration> {
    let its = attempts.iter().filter(|attempt| attempt.server == hit.server && attempt.arrived <= hit.after);
    its.filter_map(|attempt| attempt.answered).map(|(answered, _)| hit.before.saturating_duration_since(answered)).min()
}

/// One server cannot reach its database for so long.
pub fn cut(settings: &Settings, time: Duration) -> Verdict {
    hurt(settings, "cut off from its database", time, |server, on| {
        server.expect_log_error("ERROR");
        match on {
            true => server.table().network().silence(),
            false => server.table().network().restore(),
        }
    })
}

/// One server stands still for so long.
pub fn suspend(settings: &Settings, time: Duration) -> Verdict {
    hurt(settings, "suspended", time, |server, on| match on {
        true => server.suspend(),
        false => server.resume(),
    })
}

/// The server that has delivered most is hurt in the middle for so long, and the others go on. What it answered meanwhile,
/// or just before, may come twice.
fn hurt(settings: &Settings, how: &str, time: Duration, change: impl Fn(&Server, bool)) -> Verdict {
    let count = settings.count;
    let relayed = how.starts_with("cut");
    let mut trial = Trial::begin(settings, count, |_, builder| match relayed {
        true => builder.relayed_database(),
        // On the way through its own script a message may lie in the server's own socket, and go out when it wakes.
        false => builder.param("deliver_to", "contacts"),
    });
    trial.phones.behave(slowly);
    trial.store(0..count);
    trial.register(0..count);
    trial.wait_for(0..count, count / 4);
    let victim = &trial.cluster[trial.busiest(0..count)];
    let (before, delivered) = (Instant::now(), trial.ledger.delivered(0..count));
    change(victim, true);
    let hit = Hit { server: victim.address(), before, after: Instant::now() };
    trial.keep_registering(0..count, |_| hit.after.elapsed() >= time);
    let meanwhile = trial.ledger.delivered(0..count);
    let back = Instant::now();
    change(victim, false);
    eprintln!("   {how} for {time:?} after {delivered} of {count} messages; {meanwhile} when that was over");
    trial.wait_for(0..count, count);
    thread::sleep(time.min(Duration::from_secs(5)));
    tell_the_longest_gap(&trial, &[hit]);
    // What it sends when its claims are over would be another matter, but for the one message that it was just about to
    // send when it was suspended.
    let over = hit.after + settings.lease.longest();
    let woken = trial.ledger.first_after(hit.server, back).filter(|when| *when <= back + Duration::from_secs(2));
    trial.end(move |(_, attempts)| {
        let its = attempts.iter().filter(|attempt| attempt.server == hit.server);
        let mut its = its.filter(|attempt| attempt.arrived <= over || Some(attempt.arrived) == woken);
        its.any(|attempt| attempt.answered.is_some_and(|(answered, _)| answered + UNWRITTEN >= hit.before))
    })
}

/// How long before its server was hit a message was answered that came twice nevertheless.
fn tell_the_longest_gap(trial: &Trial<'_>, hits: &[Hit]) {
    let gaps =
        trial.ledger.twice().into_iter().filter_map(|twice| hits.iter().filter_map(|hit| gap(&twice, hit)).min());
    if let Some(longest) = gaps.max() {
        let longest = longest.as_millis();
        eprintln!("   what came twice was in flight, or answered {longest} ms before the server was hit at most");
    }
}

/// Phones that one server cannot reach register at another, while the first still waits for them. Gives how long after the
/// first gave up each got its messages: the middle one, and the longest.
pub fn dead(settings: &Settings) -> (Verdict, Duration, Duration) {
    let count = settings.inboxes.min(settings.count);
    let mut trial = Trial::begin(settings, count, |_, builder| builder);
    let addresses = trial.addresses();
    let (good, dead) = (addresses[0], addresses[addresses.len() - 1]);
    trial.phones.behave(move |call| match call.server == dead {
        true => Reply::Silence,
        false => Reply::With(200, Duration::ZERO),
    });
    trial.store(0..count);
    (0..count).for_each(|user| trial.phones.register(user, &[dead]));
    let tried = |number: usize| !trial.ledger.attempts(number).is_empty();
    assert!(within(TM_WAITS, || (0..count).all(tried).then_some(())).is_some(), "not all phones were tried in time");
    (0..count).for_each(|user| trial.phones.register(user, &[good]));
    let all = within(Duration::from_secs(60), || (trial.ledger.delivered(0..count) == count).then_some(()));
    assert!(all.is_some(), "{} of {count} were delivered", trial.ledger.delivered(0..count));
    let mut waited: Vec<Duration> = (0..count)
        .map(|number| {
            let attempts = trial.ledger.attempts(number);
            let gave_up = attempts[0].arrived + TM_WAITS;
            let last = attempts.last().map_or(gave_up, |attempt| attempt.arrived);
            last.saturating_duration_since(gave_up)
        })
        .collect();
    waited.sort_unstable();
    let (middle, longest) = (waited[waited.len() / 2], waited[waited.len() - 1]);
    (trial.end(|_| false), middle, longest)
}
