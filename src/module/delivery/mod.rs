//! The delivery process, "MSILO delivery" in `kamcmd core.psx`.

mod end;
mod show;

use std::cell::Cell;
use std::time::Duration;

use super::news::{events, receipts};
use super::{module, Module};
use crate::guard::guard;
use crate::host::clock::ServerClock;
use crate::host::db::Connection;
use crate::host::process::{self, stop, Side};
use crate::host::shared::queue::{self, EventQueue};
use crate::host::sip::destination;
use crate::host::sip::tm::{Answer, Callback};
use crate::host::sip::uri;
use crate::host::{settings, stats};
use crate::silo::delivery::contacts::binding::Binding;
use crate::silo::delivery::engine::Delivery;
use crate::silo::delivery::event::Event;
use crate::silo::delivery::flight::lost_after;
use crate::silo::delivery::news::happening::Happening;
use crate::silo::delivery::pacing::hosts::Host;
use crate::silo::delivery::server::{Counter, SendError, Server, Ticket};
use crate::silo::delivery::shard::Shard;
use crate::silo::message::aor::Aor;
use crate::silo::message::model::Outgoing;
use crate::silo::table::silo_table::Table;
use crate::silo::time::{Clock, UnixTime};
use crate::{lm_dbg, lm_err};
use show::Show;

/// The server's runtime settings (log level, timers of tm) are looked at this often.
const SETTINGS: Duration = Duration::from_secs(1);

/// When the process wakes up by itself within this time, workers need not wake it for users who come online.
const MOMENT: Duration = Duration::from_millis(5);

/// The free memory of the server is looked at this often: that takes the lock of its allocator, which all processes want.
/// At 15 000 messages a second, the most that was ever seen, tm takes a sixth of the default memory meanwhile.
const MEMORY: Duration = Duration::from_millis(100);

/// The server as the delivery sees it.
pub(super) struct Kamailio {
    module: &'static Module,
    on_answer: Callback,
    longest_transaction: Duration,
    /// What was seen of its memory last, and when that is too old.
    memory: Cell<(bool, Duration)>,
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
        let tag = message.origin.as_ref().map(|origin| self.module.returned.take_off(ticket, origin));
        let answer = Answer { callback: self.on_answer, ticket, tag: tag.as_deref() };
        let sent = self.module.tm.send(message, self.module.config.next_hop.as_deref(), Some(answer));
        if sent.is_err() {
            // It is not in flight, whoever asks.
            self.module.returned.land(ticket, false);
        }
        sent
    }

    fn must_stay(&mut self, ticket: Ticket, delivered: bool) -> bool {
        self.module.returned.land(ticket, delivered)
    }

    fn contacts(&mut self, owner: &Aor) -> Vec<Binding> {
        self.module.usrloc.as_ref().map(|usrloc| usrloc.contacts(owner)).unwrap_or_default()
    }

    fn is_self(&self, uri: &[u8]) -> bool {
        uri::is_self(uri)
    }

    fn slow_host(&self, request_uri: &[u8]) -> Option<Host> {
        self.module.apart.as_ref().and_then(|_| destination::slow_host(request_uri))
    }

    fn send_apart(&mut self, message: &Outgoing, ticket: Ticket, begin_by: Duration) -> Result<(), SendError> {
        let queue = self.module.apart.as_ref().ok_or_else(|| SendError::new("there is no process for slow hosts"))?;
        if queue.is_orphaned() {
            return Err(SendError::new("the process \"MSILO slow hosts\" has ended; restart the server"));
        }
        let event = Event::Send(ticket, begin_by, message.clone());
        queue.post(&event).map_err(|error| SendError::new(error.to_string()))
    }

    fn memory_is_low(&self) -> bool {
        let (mut is_low, mut due) = self.memory.get();
        let now = self.monotonic();
        if now >= due && !stop::is_on() {
            is_low = queue::memory_is_low();
            due = now + MEMORY;
            self.memory.set((is_low, due));
        }
        is_low
    }

    fn is_paused(&self) -> bool {
        self.module.watch.paused_since().is_some()
    }

    fn is_stopping(&self) -> bool {
        stop::is_on()
    }

    fn longest_transaction(&self) -> Duration {
        self.longest_transaction
    }

    fn tell(&mut self, happening: Happening) {
        // At the end a worker may have taken the lock of the shared memory along.
        if !stop::is_on() {
            events::tell(self.module, happening);
        }
    }

    fn send_receipt(&mut self, receipt: Outgoing) {
        receipts::send_from_delivery(self.module, receipt);
    }

    fn count(&mut self, counter: Counter) {
        stats::count(counter);
    }

    fn add(&mut self, counter: Counter, count: u64) {
        stats::add(counter, count);
    }
}

/// Hands a final answer to the process that sent the request. Called in whatever process tm calls back in.
pub fn answered(ticket: Ticket, status: u16) {
    post(ticket, &Event::Result(ticket, status));
}

/// Tells the process that owns this ticket what became of the request.
pub(super) fn post(ticket: Ticket, event: &Event) {
    let Some(module) = module() else { return };
    let Some(queue) = module.queues.get(ticket.shard(module.queues.len())) else { return };
    if let Err(error) = queue.post(event) {
        lm_err!("the result of a delivery is lost ({event:?}): {error}");
    }
}

/// Forks the delivery processes, whose requests tm answers through `on_answer`. In the main process.
///
/// # Errors
/// When the server has no room for them.
pub fn fork_all(on_answer: Callback) -> Result<(), &'static str> {
    let module = module().ok_or("mod_init has not run")?;
    let count = module.queues.len();
    for (index, queue) in module.queues.iter().enumerate() {
        match process::fork(c"MSILO delivery")? {
            Side::Parent => {}
            Side::Child => {
                let status =
                    guard("delivery process", 1, || match run(module, queue, Shard { index, count }, on_answer) {
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

pub(super) type Deliveries = Delivery<'static, Table<'static, Connection>, Kamailio>;

fn run(module: &'static Module, queue: &EventQueue, shard: Shard, on_answer: Callback) -> Result<(), String> {
    process::join()?;
    stop::on_signals(queue.bell(), shard.index);
    queue.start_reading().map_err(|error| format!("it cannot lock a file of its own: {error}"))?;
    let table = Table::new(module.driver.connect(&module.config.table)?, &module.config);
    let longest_transaction = settings::longest_transaction().unwrap_or_default();
    lm_dbg!("a message without a result is given up after {} s", lost_after(longest_transaction).as_secs());
    let server = Kamailio { module, on_answer, longest_transaction, memory: Cell::default() };
    let mut delivery = Delivery::new(table, server, &module.config, shard);
    let (mut settings_due, mut show) = (Duration::ZERO, Show::new(module, shard));
    while !stop::is_on() {
        if ServerClock.monotonic() >= settings_due {
            process::follow_settings();
            settings_due = ServerClock.monotonic() + SETTINGS;
        }
        stop::begin();
        show.begin_turn();
        for event in queue.take_all() {
            guarded(&mut delivery, |delivery| handle(module, delivery, event))?;
        }
        show.load(&mut delivery);
        let idle = guarded(&mut delivery, Delivery::work)?.unwrap_or(SETTINGS);
        show.load(&mut delivery);
        show.look_at_store(&mut delivery);
        if !idle.is_zero() {
            queue.look_soon(idle <= MOMENT);
            process::wait(queue.bell(), idle.min(SETTINGS));
            queue.look_soon(false);
        }
    }
    end::write_down(module, queue, &mut delivery);
    Ok(())
}

/// Does something with the deliveries; `None` when that panicked, and then their state is put right.
///
/// # Errors
/// When that cannot be done. The process must end: what it would do from then on, nobody knows.
fn guarded<R>(delivery: &mut Deliveries, work: impl FnOnce(&mut Deliveries) -> R) -> Result<Option<R>, String> {
    let done = guard("delivery", None, || Some(work(delivery)));
    let right = done.is_some()
        || guard("delivery", false, || {
            delivery.recover();
            true
        });
    right.then_some(done).ok_or_else(|| "its state cannot be put right after an internal error".to_owned())
}

fn handle(module: &Module, delivery: &mut Deliveries, event: Event) {
    match event {
        Event::Dump(owner, request) => {
            lm_dbg!("deliver the inbox of {owner}");
            delivery.dump(owner, request);
        }
        Event::Result(ticket, status) => delivery.result(ticket, status),
        Event::Tried(ticket, took, sent) => delivery.tried(ticket, took, sent),
        Event::Ask(place, question) if module.watch.desk().begin(place) => {
            let answer = delivery.ask(&question);
            module.watch.desk().answer(place, answer);
        }
        Event::Send(..) | Event::Ask(..) | Event::Told(_) | Event::Receipt(_) => {}
    }
}
