//! The delivery process, "MSILO delivery" in `kamcmd core.psx`.

use std::time::{Duration, Instant, SystemTime};

use once_cell::sync::Lazy;

use super::{module, Module};
use crate::entry::on_final_answer;
use crate::guard::guard;
use crate::host::db::Connection;
use crate::host::mailbox::{self, Mailbox};
use crate::host::process::{self, Side};
use crate::host::stats;
use crate::silo::delivery::{Delivery, Shard};
use crate::silo::event::Event;
use crate::silo::flight::lost_after;
use crate::silo::message::Outgoing;
use crate::silo::server::{Counter, SendError, Server, Ticket};
use crate::silo::table::Table;
use crate::silo::time::{Clock, UnixTime};
use crate::{lm_dbg, lm_err, lm_info};

/// The server's runtime settings (log level, timers of tm) are looked at this often.
const SETTINGS: Duration = Duration::from_secs(1);

/// When the process wakes up by itself within this time, workers need not wake it for users who come online.
const MOMENT: Duration = Duration::from_millis(5);

/// The clock of this machine.
#[derive(Clone, Copy, Debug)]
pub struct ServerClock;

static START: Lazy<Instant> = Lazy::new(Instant::now);

impl Clock for ServerClock {
    fn now(&self) -> UnixTime {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        UnixTime::try_from(since.as_secs()).unwrap_or(UnixTime::MAX)
    }

    fn monotonic(&self) -> Duration {
        START.elapsed()
    }
}

/// The server as the delivery sees it.
struct Kamailio {
    module: &'static Module,
    longest_transaction: Duration,
}

impl Clock for Kamailio {
    fn now(&self) -> UnixTime {
        ServerClock.now()
    }

    fn monotonic(&self) -> Duration {
        ServerClock.monotonic()
    }
}

impl Server for Kamailio {
    fn send(&mut self, message: &Outgoing, ticket: Ticket) -> Result<(), SendError> {
        self.module.tm.send(message, self.module.config.next_hop.as_deref(), Some((on_final_answer, ticket)))
    }

    fn memory_is_low(&self) -> bool {
        mailbox::memory_is_low()
    }

    fn longest_transaction(&self) -> Duration {
        self.longest_transaction
    }

    fn count(&mut self, counter: Counter) {
        stats::count(counter);
    }
}

/// Hands a final answer to the process that sent the request. Called in whatever process tm calls back in.
pub fn answered(ticket: Ticket, status: u16) {
    let Some(module) = module() else { return };
    let Some(mailbox) = module.mailboxes.get(ticket.shard(module.mailboxes.len())) else { return };
    if let Err(error) = mailbox.post(&Event::Result(ticket, status)) {
        lm_err!("the result {status} of a delivery is lost: {error}");
    }
}

/// Forks the delivery processes. In the main process.
///
/// # Errors
/// When the server has no room for them.
pub fn fork_all() -> Result<(), &'static str> {
    let module = module().ok_or("mod_init has not run")?;
    let count = module.mailboxes.len();
    for (index, mailbox) in module.mailboxes.iter().enumerate() {
        match process::fork(c"MSILO delivery")? {
            Side::Parent(pid) => mailbox.set_reader(pid),
            Side::Child => {
                let status = guard("delivery process", 1, || match run(module, mailbox, Shard { index, count }) {
                    Ok(()) => 0,
                    Err(error) => {
                        lm_err!("the delivery process cannot work: {error}");
                        1
                    }
                });
                process::exit(status);
            }
        }
    }
    Ok(())
}

type Deliveries = Delivery<'static, Table<'static, Connection>, Kamailio>;

fn run(module: &'static Module, mailbox: &Mailbox, shard: Shard) -> Result<(), String> {
    process::join()?;
    process::stop_on_signals(mailbox.bell());
    let table = Table::new(module.driver.connect(&module.config.table)?, &module.config);
    let longest_transaction = process::longest_transaction().unwrap_or_default();
    lm_dbg!("a message without a result is given up after {} s", lost_after(longest_transaction).as_secs());
    let mut delivery = Delivery::new(table, Kamailio { module, longest_transaction }, &module.config, shard);
    let mut settings_due = Duration::ZERO;
    while !process::must_stop() {
        if ServerClock.monotonic() >= settings_due {
            process::follow_settings();
            settings_due = ServerClock.monotonic() + SETTINGS;
        }
        for event in mailbox.take_all() {
            guard("delivery", (), || handle(&mut delivery, event));
        }
        let idle = guard("delivery", SETTINGS, || delivery.work());
        if !idle.is_zero() {
            mailbox.look_soon(idle <= MOMENT);
            process::wait(mailbox.bell(), idle.min(SETTINGS));
            mailbox.look_soon(false);
        }
    }
    // Only answers count now: there is no time left to deliver anything.
    for event in mailbox.take_all_at_the_end() {
        if let Event::Result(..) = event {
            handle(&mut delivery, event);
        }
    }
    write_down(&mut delivery);
    Ok(())
}

fn handle(delivery: &mut Deliveries, event: Event) {
    match event {
        Event::Dump(owner, request) => {
            lm_dbg!("deliver the inbox of {owner}");
            delivery.dump(owner, request);
        }
        Event::Result(ticket, status) => delivery.result(ticket, status),
    }
}

fn write_down(delivery: &mut Deliveries) {
    let count = delivery.unwritten();
    match delivery.shut_down() {
        Ok(()) if count == 0 => {}
        Ok(()) => lm_info!("{count} delivered messages deleted at the end"),
        Err(error) => lm_err!("{error}: {} delivered messages will be delivered again", delivery.unwritten()),
    }
}
