//! The module inside the server: its state, and what its functions do.
//!
//! What is the same for all processes is made once, in `mod_init` ([`start`]), and copied to them by `fork`;
//! what each process has for itself is its database connection.

pub mod apart;
pub mod delivery;
pub mod dump;
pub mod news;
pub mod not_stored;
pub mod notify;
pub mod params;
pub mod quota;
pub mod retransmissions;
pub mod returned;
pub mod rpc;
pub mod store;
pub mod storing;
pub mod watch;
mod write;

use std::cell::RefCell;

use once_cell::sync::OnceCell;

use self::news::events;

use crate::host::db::{Connection, Driver};
use crate::host::process;
use crate::host::script::avp::AvpName;
use crate::host::script::pv::Format;
use crate::host::shared::line::Line;
use crate::host::shared::queue::{EventQueue, NoMemory};
use crate::host::sip::tm::Tm;
use crate::host::sip::usrloc::Usrloc;
use crate::host::stats::{self, Gauge};
use crate::lm_warn;
use crate::silo::config::settings::{Config, DeliverTo};
use crate::silo::delivery::server::Counter;
use crate::silo::table::inspection::charset::Charset;
use crate::silo::table::inspection::widths::Widths;
use crate::silo::table::silo_table::Table;
use crate::silo::table::waits::BUSY_TIME;

/// The version of the table that the module reads and writes.
const TABLE_VERSION: u32 = 8;

/// What all processes share.
pub struct Module {
    /// The checked parameters.
    pub config: Config,
    /// `snd_time_avp`
    pub send_time_avp: Option<AvpName>,
    /// `extra_hdrs_avp`
    pub extra_headers_avp: Option<AvpName>,
    /// `extra_hdrs`
    pub extra_headers: Option<Format>,
    /// What a notification is made of; `None` when there are none.
    pub notification: Option<notify::Notification>,
    /// The database driver.
    pub driver: &'static Driver,
    /// How much the columns of the table take.
    pub widths: Widths,
    /// Which bytes the column of the stored headers holds.
    pub charset: Charset,
    /// The transaction module.
    pub tm: Tm,
    /// The registered contacts, where messages go straight to them.
    pub usrloc: Option<Usrloc>,
    /// What was stored lately.
    pub retransmissions: retransmissions::Retransmissions,
    /// What was sent lately, and may come back.
    pub returned: returned::Returned,
    /// What is known of inboxes, where `max_messages` limits them.
    pub quotas: Option<quota::Quotas>,
    /// SIP workers wait here for their turn to write where the database has room for one writer.
    pub line: Option<Line>,
    /// The mail to each delivery process.
    pub queues: Vec<EventQueue>,
    /// What operators see of it, and their hand on it.
    pub watch: watch::Watch,
    /// The mail to the process that sends what may take long; `None` where `outbound_proxy` says where everything goes.
    pub apart: Option<EventQueue>,
    /// The script's event routes.
    pub routes: events::Routes,
    /// The mail to the process that runs them; `None` where there are none.
    pub events: Option<EventQueue>,
}

static DRIVER: OnceCell<Driver> = OnceCell::new();
static MODULE: OnceCell<Module> = OnceCell::new();

thread_local! {
    static TABLE: RefCell<Option<Table<'static, Connection>>> = const { RefCell::new(None) };
}

/// The module, once `mod_init` has succeeded.
pub fn module() -> Option<&'static Module> {
    MODULE.get()
}

/// Checks all parameters, binds the modules this one needs and makes what all processes share. In `mod_init`.
///
/// # Errors
/// With a text for the administrator, when the server must not start like this.
pub fn start(gauges: &[Gauge]) -> Result<(), String> {
    stats::register(gauges)?;
    let mut params = params::read().map_err(|bad| bad.to_string())?;
    let routes = events::Routes::find(params::cells::event_callback.get());
    params.config.listeners = routes.listeners(&params.config)?;
    let hears = params.config.listeners.are_there();
    let db_error = |reason: String| params::db_url_error(params.db_url, &reason);
    let driver = DRIVER.get_or_try_init(|| Driver::bind(params.db_url)).map_err(db_error)?;
    if params.config.shared.is_some() && !driver.can_claim() {
        return Err(params::shared_table_error());
    }
    let (widths, charset) = look_at_table(driver, &params.config)?;
    let straight = params.config.deliver_to != DeliverTo::Aor;
    let apart = straight || params.config.next_hop.is_none();
    process::reserve(params.config.delivery_processes + usize::from(apart) + usize::from(hears))?;
    storing::make_room(params.config.storing_processes)?;
    if apart && !straight {
        lm_warn!(
            "modparam outbound_proxy is not set: messages go where their senders say, and the server looks those hosts up; \
             set it to this server, like \"sip:127.0.0.1:5060\", so that your script decides, or set deliver_to to \
             \"contacts\""
        );
    }
    process::stop::prepare().ok_or_else(|| NoMemory.to_string())?;
    let queues = (0..params.config.delivery_processes).map(|_| EventQueue::create());
    let quotas = params.config.max_messages.map(|most| quota::Quotas::create(most).ok_or_else(|| NoMemory.to_string()));
    let bind = |table| Usrloc::bind(table).map_err(|reason| params::location_error(table, reason));
    let usrloc = params.location.map(bind).transpose()?;
    let line = || Line::create(BUSY_TIME).ok_or_else(|| NoMemory.to_string());
    let line = driver.dialect().has_one_writer().then(line);
    let module = Module {
        send_time_avp: params.send_time_avp,
        extra_headers_avp: params.extra_headers_avp,
        extra_headers: params.extra_headers,
        notification: params.notification,
        driver,
        widths,
        charset,
        tm: Tm::load()?,
        usrloc,
        retransmissions: retransmissions::Retransmissions::create().ok_or_else(|| NoMemory.to_string())?,
        returned: returned::Returned::create().ok_or_else(|| NoMemory.to_string())?,
        quotas: quotas.transpose()?,
        apart: apart.then(EventQueue::create).transpose().map_err(|error| error.to_string())?,
        routes,
        events: hears.then(EventQueue::create).transpose().map_err(|error| error.to_string())?,
        line: line.transpose()?,
        watch: watch::Watch::create(params.config.delivery_processes).ok_or_else(|| NoMemory.to_string())?,
        queues: queues.collect::<Result<_, _>>().map_err(|error| error.to_string())?,
        config: params.config,
    };
    MODULE.set(module).map_err(|_| "mod_init has run before".to_owned())
}

/// Makes sure that the table is what the config says it is.
fn look_at_table(driver: &'static Driver, config: &Config) -> Result<(Widths, Charset), String> {
    let mut connection = driver.connect(&config.table).map_err(|reason| params::db_url_error(driver.url(), &reason))?;
    connection
        .check_version(&config.table, TABLE_VERSION)
        .map_err(|reason| params::db_table_error(&config.table, &reason))?;
    let mut table = Table::new(connection, config);
    table.check_columns().map_err(|bad| bad.to_string())?;
    table.check_quoting().map_err(|reason| params::db_url_error(driver.url(), &reason))?;
    let widths = table.widths();
    if config.shared.is_some() {
        match widths.largest(&config.columns.status) {
            most if most < i32::MAX.into() => return Err(params::status_error(&config.columns.status, most)),
            _ => free_own(driver, &mut table)?,
        }
    }
    Ok((widths, table.charset()))
}

/// Where several servers share the table, frees what this one had when it ended without giving it back.
fn free_own(driver: &Driver, table: &mut Table<'_, Connection>) -> Result<(), String> {
    let server = table.server();
    match table.free_own().map_err(|reason| params::db_url_error(driver.url(), &reason))? {
        0 => Ok(()),
        live => {
            lm_warn!(
                "{live} messages were claimed by server_id {server} and are free again: this server has ended without a \
                 stop, or another one with the same server_id is running, and then users get messages twice"
            );
            Ok(())
        }
    }
}

/// Opens the database connection of this process. In `child_init`.
///
/// # Errors
/// When the database cannot be reached.
pub fn connect() -> Result<(), String> {
    let module = module().ok_or("mod_init has not run")?;
    let connection = module.driver.connect(&module.config.table)?;
    TABLE.with(|table| *table.borrow_mut() = Some(Table::new(connection, &module.config)));
    Ok(())
}

/// Notes that a message was not stored.
pub fn refused(reason: &not_stored::NotStored) {
    stats::count(Counter::RefusedMessages);
    if reason.is_fault_of_database() {
        store_failed();
    }
}

/// Notes that the table has not done what it was asked to; the delivery process looks whether it is away.
pub fn store_failed() {
    if let Some(module) = module().filter(|module| module.watch.store_failed()) {
        module.queues.iter().take(1).for_each(EventQueue::ring);
    }
}

/// Closes the database connection of this process.
pub fn disconnect() {
    TABLE.with(|table| table.borrow_mut().take());
}

/// Does something with the table through the connection of this process; `None` when there is none.
pub fn with_table<R>(work: impl FnOnce(&mut Table<'static, Connection>) -> R) -> Option<R> {
    TABLE.with(|table| table.borrow_mut().as_mut().map(work))
}
