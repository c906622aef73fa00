//! A trial: servers on one database, messages that they store and deliver, and what came of it.

use std::net::SocketAddr;
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use super::harness::{within, Cluster, Server, ServerBuilder, SharedDatabase};
use super::ledger::{Ledger, Twice};
use super::phone::Phones;
use super::sender;
use super::settings::{Lease, Settings};
use super::sip::DOMAIN;

/// How long tm waits for a phone that is silent, as the harness sets it.
pub const TM_WAITS: Duration = Duration::from_secs(3);
/// A message that comes so soon after one that is not answered was sent while tm still waited. The rest is what tm's timer,
/// and a busy machine, may take off.
const SURELY_WAITS: Duration = Duration::from_millis(2400);
/// How often phones register that still wait for something.
const AGAIN: Duration = Duration::from_secs(2);
/// After everything is delivered, so long nothing may come.
const QUIET: Duration = Duration::from_secs(2);

/// Servers, phones, and what has become of the messages.
pub struct Trial<'a> {
    /// What is asked for.
    pub settings: &'a Settings,
    /// The servers.
    pub cluster: Cluster,
    /// The phones.
    pub phones: Phones,
    /// What came.
    pub ledger: Ledger,
    begin: Instant,
    refused: usize,
}

impl<'a> Trial<'a> {
    /// Starts the servers; `describe` says what each is like besides, by its `server_id`.
    pub fn begin(
        settings: &'a Settings,
        count: usize,
        describe: impl Fn(u8, ServerBuilder) -> ServerBuilder,
    ) -> Trial<'a> {
        let nodes = match settings.galera {
            0 => vec![SharedDatabase::create()],
            nodes => SharedDatabase::create_on_galera(nodes),
        };
        let describe = |id, builder| describe(id, with_claims(settings, builder));
        let cluster = Cluster::start_on(&nodes, settings.servers, describe);
        if settings.galera > 0 {
            // Two nodes wrote to one row, which is no fault: the driver logs it, and msilo finds the inbox busy.
            let clash = ["(1213)", "db_do_raw_query(): error while submitting query"];
            cluster.iter().for_each(|server| clash.iter().for_each(|part| server.expect_log_error(part)));
        }
        let ledger = Ledger::new(count, settings.inboxes);
        let phones = Phones::start(&ledger);
        Trial { settings, cluster, phones, ledger, begin: Instant::now(), refused: 0 }
    }

    /// Where the servers are.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.cluster.iter().map(Server::address).collect()
    }

    /// Has these messages stored, by each server in turn.
    pub fn store(&mut self, numbers: Range<usize>) {
        self.refused += sender::store(&self.addresses(), self.settings.inboxes, numbers);
    }

    /// Registers the phones that wait for some of these messages, each at all servers at once.
    pub fn register(&self, numbers: Range<usize>) {
        let servers = self.addresses();
        for (turn, user) in self.ledger.waiting(numbers).into_iter().enumerate() {
            self.phones.register(user, &servers);
            // A burst of hundreds would only overflow the sockets of the servers.
            if turn % 20 == 19 {
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Waits until so many of these are delivered, or nothing comes any more; phones register again from time to time.
    pub fn wait_for(&self, numbers: Range<usize>, count: usize) {
        let patience = self.settings.patience();
        let (mut seen, mut moved) = (0, Instant::now());
        self.keep_registering(numbers, |now| {
            if now > seen {
                (seen, moved) = (now, Instant::now());
            }
            now >= count || moved.elapsed() > patience
        });
    }

    /// Has phones that wait for some of these register from time to time, until it is over: `is_over` is told how many are
    /// delivered.
    pub fn keep_registering(&self, numbers: Range<usize>, mut is_over: impl FnMut(usize) -> bool) {
        let mut registered = Instant::now();
        while !is_over(self.ledger.delivered(numbers.clone())) {
            if registered.elapsed() > AGAIN {
                self.register(numbers.clone());
                registered = Instant::now();
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The server that has sent most of these so far: its place among the others.
    pub fn busiest(&self, numbers: Range<usize>) -> usize {
        let attempts = self.ledger.totals(numbers).by_server;
        let sent = |server: usize| attempts.get(&self.cluster[server].address()).copied().unwrap_or_default();
        (0..self.cluster.len()).max_by_key(|server| sent(*server)).unwrap_or_default()
    }

    /// Waits until the table is empty and nothing more comes, and counts. What `excused` says may come twice does not count
    /// as a fault.
    pub fn end(self, excused: impl Fn(&Twice) -> bool) -> Verdict {
        let seconds = self.begin.elapsed().as_secs_f64();
        let table = self.cluster[0].table();
        let _ = within(self.settings.patience(), || (table.count() == 0).then_some(()));
        let rows = table.count();
        let servers = self.addresses();
        (0..self.settings.inboxes).for_each(|user| self.phones.register(user, &servers));
        thread::sleep(QUIET);
        let count = self.ledger.len();
        let twice = self.ledger.twice();
        let (excused, twice): (Vec<Twice>, Vec<Twice>) = twice.into_iter().partition(excused);
        let totals = self.ledger.totals(0..count);
        let shares: Vec<String> = servers
            .iter()
            .map(|server| totals.by_server.get(server).copied().unwrap_or_default().to_string())
            .collect();
        Verdict {
            count,
            inboxes: self.settings.inboxes,
            lost: count - self.ledger.delivered(0..count),
            twice,
            excused: excused.len(),
            disordered: self.ledger.disordered(),
            overlaps: self.ledger.overlaps(SURELY_WAITS),
            rows,
            refused_stores: self.refused,
            phones: (totals.refused, totals.unanswered),
            shares: shares.join(" "),
            failed: self.cluster.iter().filter_map(|server| server.rpc().statistic("msilo", "failed_messages")).sum(),
            lost_claims: self.cluster.iter().map(|server| server.log().count("another server's by now")).sum(),
            seconds,
        }
    }
}

/// Every MESSAGE from outside is stored, also for those who are registered; every REGISTER asks for the inbox.
const ROUTES: &str = r#"
request_route {
    if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
    if (is_method("REGISTER")) { save("location"); m_dump(); exit; }
    if (!t_newtran()) exit;
    if ($sp == {PORT}) {
        if (!lookup("location") || !t_relay()) t_reply("480", "Temporarily Unavailable");
        exit;
    }
    if (m_store("$ru")) { t_reply("202", "Accepted"); } else { t_reply("503", "Service Unavailable"); }
}
"#;

/// What the servers of a trial are told.
fn with_claims(settings: &Settings, builder: ServerBuilder) -> ServerBuilder {
    let builder =
        builder.global(&format!("alias=\"{DOMAIN}\"")).script(|script| script.routes = Some(ROUTES.to_owned()));
    match settings.lease {
        Lease::Off => builder,
        Lease::Times(times) => builder.param("shared_table", 1).claims_end_sooner(times),
    }
}

/// What came of a trial.
pub struct Verdict {
    count: usize,
    inboxes: usize,
    lost: usize,
    twice: Vec<Twice>,
    excused: usize,
    disordered: Vec<usize>,
    overlaps: Vec<(usize, usize)>,
    rows: i64,
    refused_stores: usize,
    phones: (usize, usize),
    shares: String,
    failed: i64,
    lost_claims: usize,
    seconds: f64,
}

impl Verdict {
    /// One line about all of it.
    pub fn line(&self) -> String {
        let (refused, unanswered) = self.phones;
        format!(
            "{} messages in {} inboxes: {} twice{}, {} lost, {} inboxes out of order, {} times two in flight, {} rows left; \
             phones: {refused} refused, {unanswered} unanswered; attempts by server: {}, {} counted as failed, {} lines about \
             claims that were lost; {} stores refused; {:.1} s",
            self.count,
            self.inboxes,
            self.twice.len() + self.excused,
            if self.excused > 0 { format!(" ({} of them as documented)", self.excused) } else { String::new() },
            self.lost,
            self.disordered.len(),
            self.overlaps.len(),
            self.rows,
            self.shares,
            self.failed,
            self.lost_claims,
            self.refused_stores,
            self.seconds
        )
    }

    /// What is wrong with it.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut note = |count: usize, what: &str, which: String| {
            if count > 0 {
                faults.push(format!("{count} {what}: {which}"));
            }
        };
        // An answer that a server read too late, because the machine was busy, is none for tm: it is sent again, as by one
        // server alone.
        let late = usize::try_from(self.failed).unwrap_or(0).saturating_sub(self.phones.0 + self.phones.1);
        note(self.lost, "are lost", String::new());
        let first: Vec<String> = self.twice.iter().take(5).map(described).collect();
        note(self.twice.len().saturating_sub(late), "came twice, beyond what tm gave up too early", first.join("; "));
        note(self.disordered.len(), "inboxes are out of order", format!("{:?}", head(&self.disordered)));
        note(self.overlaps.len(), "times two were in flight", format!("{:?}", head(&self.overlaps)));
        note(usize::try_from(self.rows).unwrap_or(0), "rows are left", String::new());
        faults
    }
}

fn head<T>(list: &[T]) -> &[T] {
    &list[..list.len().min(20)]
}

/// `17: from port 20001, 200 after 0 ms; from port 20002 430 ms later, 200 after 0 ms`.
fn described((number, attempts): &Twice) -> String {
    let first = attempts.first().map_or_else(Instant::now, |attempt| attempt.arrived);
    let each = attempts.iter().map(|attempt| {
        let answer = match attempt.answered {
            Some((when, code)) => format!("{code} after {} ms", (when - attempt.arrived).as_millis()),
            None => "no answer".to_owned(),
        };
        format!("from port {} at {} ms, {answer}", attempt.server.port(), (attempt.arrived - first).as_millis())
    });
    format!("{number}: {}", each.collect::<Vec<_>>().join(", "))
}
