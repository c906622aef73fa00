//! The module parameters: where the server writes them, and how they become a [`Config`].

use std::ffi::CStr;

use crate::host::script::avp::AvpName;
use crate::host::script::param::{IntParam, StrParam, StringParam};
use crate::host::script::pv::Format;
use crate::host::settings;
use crate::host::sip::uri;
use crate::module::notify::Notification;
use crate::silo::config::columns::Columns;
use crate::silo::config::params::{BadParam, IntParams, NotificationParams, TextParams};
use crate::silo::config::settings::{Config, DeliverTo};
use crate::silo::text::Shown;

const DEFAULT: IntParams = IntParams::DEFAULT;

/// Every parameter under its own name, with its type and default.
#[allow(missing_docs, non_upper_case_globals, reason = "the names are those that docs/parameters.md explains")]
pub mod cells {
    use super::{IntParam, StrParam, StringParam, DEFAULT};

    pub static db_url: StrParam = StrParam::new(c"mysql://kamailio:kamailiorw@localhost/kamailio");
    pub static db_table: StrParam = StrParam::new(c"silo");
    pub static from_address: StringParam = StringParam::unset_string();
    pub static contact_hdr: StringParam = StringParam::unset_string();
    pub static extra_hdrs: StringParam = StringParam::unset_string();
    pub static content_type_hdr: StringParam = StringParam::unset_string();
    pub static offline_message: StringParam = StringParam::unset_string();
    pub static reminder: StrParam = StrParam::unset();
    pub static deliver_to: StrParam = StrParam::new(c"aor");
    pub static location: StrParam = StrParam::new(c"location");
    pub static outbound_proxy: StrParam = StrParam::unset();
    pub static snd_time_avp: StrParam = StrParam::unset();
    pub static extra_hdrs_avp: StrParam = StrParam::unset();
    pub static expire_time: IntParam = IntParam::new(DEFAULT.expire_time);
    pub static check_time: IntParam = IntParam::new(DEFAULT.check_time);
    pub static send_time: IntParam = IntParam::new(DEFAULT.send_time);
    pub static clean_period: IntParam = IntParam::new(DEFAULT.clean_period);
    pub static use_contact: IntParam = IntParam::new(DEFAULT.use_contact);
    pub static add_date: IntParam = IntParam::new(DEFAULT.add_date);
    pub static max_messages: IntParam = IntParam::new(DEFAULT.max_messages);
    pub static add_contact: IntParam = IntParam::new(DEFAULT.add_contact);
    pub static skip_notification_flag: IntParam = IntParam::new(DEFAULT.skip_notification_flag);
    pub static use_mode: IntParam = IntParam::new(DEFAULT.use_mode);
    pub static dump_window: IntParam = IntParam::new(DEFAULT.dump_window);
    pub static delivery_processes: IntParam = IntParam::new(DEFAULT.delivery_processes);
    pub static storing_processes: IntParam = IntParam::new(DEFAULT.storing_processes);
    pub static store_timeout: IntParam = IntParam::new(DEFAULT.store_timeout);
    pub static imdn: IntParam = IntParam::new(DEFAULT.imdn);
    pub static wake_after: IntParam = IntParam::new(DEFAULT.wake_after);
    pub static event_callback: StrParam = StrParam::unset();
    pub static shared_table: IntParam = IntParam::new(DEFAULT.shared_table);
    pub static offline_prefix: StrParam = StrParam::new(c"[Offline message - %a %b %e %H:%M:%S %Y] ");
    pub static reminder_prefix: StrParam = StrParam::new(c"[Reminder message - %a %b %e %H:%M:%S %Y] ");
    /// The columns, in the order of `Columns::PARAMS`.
    pub static sc_mid: StrParam = StrParam::new(c"id");
    pub static sc_from: StrParam = StrParam::new(c"src_addr");
    pub static sc_to: StrParam = StrParam::new(c"dst_addr");
    pub static sc_uri_user: StrParam = StrParam::new(c"username");
    pub static sc_uri_host: StrParam = StrParam::new(c"domain");
    pub static sc_body: StrParam = StrParam::new(c"body");
    pub static sc_ctype: StrParam = StrParam::new(c"ctype");
    pub static sc_exp_time: StrParam = StrParam::new(c"exp_time");
    pub static sc_inc_time: StrParam = StrParam::new(c"inc_time");
    pub static sc_snd_time: StrParam = StrParam::new(c"snd_time");
    pub static sc_stored_hdrs: StrParam = StrParam::new(c"extra_hdrs");
    pub static sc_callid: StrParam = StrParam::new(c"callid");
    pub static sc_status: StrParam = StrParam::new(c"status");
}

/// The columns' parameters, in the order of [`Columns::PARAMS`].
static COLUMNS: [&StrParam; Columns::PARAMS.len()] = [
    &cells::sc_mid,
    &cells::sc_from,
    &cells::sc_to,
    &cells::sc_uri_user,
    &cells::sc_uri_host,
    &cells::sc_body,
    &cells::sc_ctype,
    &cells::sc_exp_time,
    &cells::sc_inc_time,
    &cells::sc_snd_time,
    &cells::sc_stored_hdrs,
    &cells::sc_callid,
    &cells::sc_status,
];

/// All parameters, checked and parsed.
pub struct Params {
    /// `db_url`
    pub db_url: &'static [u8],
    /// Everything that needs nothing of the server.
    pub config: Config,
    /// `location`, where `deliver_to` needs it
    pub location: Option<&'static [u8]>,
    /// `snd_time_avp`
    pub send_time_avp: Option<AvpName>,
    /// `extra_hdrs_avp`
    pub extra_headers_avp: Option<AvpName>,
    /// `extra_hdrs`
    pub extra_headers: Option<Format>,
    /// `from_address`, `offline_message` and what belongs to them
    pub notification: Option<Notification>,
}

/// Reads and checks what the config says.
///
/// # Errors
/// The first parameter that the module cannot work with.
pub fn read() -> Result<Params, BadParam> {
    use cells::{contact_hdr, content_type_hdr, db_table, db_url, extra_hdrs, from_address, offline_message};

    let texts = TextParams {
        db_table: db_table.get().unwrap_or_default().to_vec(),
        columns: COLUMNS.iter().map(|column| column.get().unwrap_or_default().to_vec()).collect(),
        reminder: cells::reminder.get().map(<[u8]>::to_vec),
        deliver_to: cells::deliver_to.get().map(<[u8]>::to_vec),
        outbound_proxy: cells::outbound_proxy.get().map(<[u8]>::to_vec),
        offline_prefix: cells::offline_prefix.get().map(<[u8]>::to_vec),
        reminder_prefix: cells::reminder_prefix.get().map(<[u8]>::to_vec),
    };
    let notification = NotificationParams {
        offline_message: offline_message.get().is_some_and(|text| !text.is_empty()),
        content_type_hdr: content_type_hdr.get().is_some_and(|text| !text.is_empty()),
    };
    let mut config = Config::new(&ints(), &texts, notification, &|text| uri::parse(text).is_some())?;
    if let (Some(shared), Some(speed)) = (&mut config.shared, lease_speed()) {
        shared.speed = speed;
    }
    let contact = format("contact_hdr", contact_hdr.get())?;
    let from = format("from_address", from_address.get())?;
    let content_type = format("content_type_hdr", content_type_hdr.get())?;
    let body = format("offline_message", offline_message.get())?;
    Ok(Params {
        db_url: db_url.get().unwrap_or_default(),
        location: (config.deliver_to != DeliverTo::Aor).then(|| cells::location.get().unwrap_or_default()),
        config,
        send_time_avp: avp("snd_time_avp", cells::snd_time_avp.get())?,
        extra_headers_avp: avp("extra_hdrs_avp", cells::extra_hdrs_avp.get())?,
        extra_headers: format("extra_hdrs", extra_hdrs.get())?,
        notification: match (from, content_type, body) {
            (Some(from), Some(content_type), Some(body)) => Some(Notification { from, content_type, contact, body }),
            _ => None,
        },
    })
}

fn ints() -> IntParams {
    IntParams {
        expire_time: cells::expire_time.get(),
        check_time: cells::check_time.get(),
        send_time: cells::send_time.get(),
        clean_period: cells::clean_period.get(),
        use_contact: cells::use_contact.get(),
        add_date: cells::add_date.get(),
        max_messages: cells::max_messages.get(),
        add_contact: cells::add_contact.get(),
        skip_notification_flag: cells::skip_notification_flag.get(),
        use_mode: cells::use_mode.get(),
        dump_window: cells::dump_window.get(),
        delivery_processes: cells::delivery_processes.get(),
        storing_processes: cells::storing_processes.get(),
        store_timeout: cells::store_timeout.get(),
        imdn: cells::imdn.get(),
        wake_after: cells::wake_after.get(),
        shared_table: cells::shared_table.get(),
        server_id: settings::server_id(),
    }
}

/// Tests that cannot wait until a lease is over make its clock run so many times as fast, on all servers.
fn lease_speed() -> Option<u32> {
    let speed = std::env::var("MSILO_TEST_LEASE_SPEED").ok()?.parse().ok()?;
    Some(speed).filter(|speed| (1..=128).contains(speed))
}

/// What is wrong with a driver where several servers share the table.
pub fn shared_table_error() -> String {
    let rule = "needs a database that can say which rows a statement has changed: db_url must begin with \"mysql:\", \
                \"postgres:\" or \"sqlite:\"";
    BadParam { name: "shared_table", value: "1".to_owned(), rule: rule.to_owned() }.to_string()
}

/// What is wrong with the column of claims where several servers share the table.
pub fn status_error(column: &str, most: i64) -> String {
    let rule = format!("shared_table needs numbers up to {} there, and it takes up to {most}", i32::MAX);
    bad("sc_status", column.as_bytes(), &rule).to_string()
}

fn bad(name: &'static str, value: &[u8], rule: &str) -> BadParam {
    BadParam { name, value: format!("\"{}\"", Shown(value)), rule: rule.to_owned() }
}

fn format(name: &'static str, text: Option<&'static CStr>) -> Result<Option<Format>, BadParam> {
    let parse =
        |text| Format::parse(text).ok_or_else(|| bad(name, text.to_bytes(), "holds an unknown pseudo-variable"));
    text.filter(|text| !text.is_empty()).map(parse).transpose()
}

fn avp(name: &'static str, definition: Option<&'static [u8]>) -> Result<Option<AvpName>, BadParam> {
    let rule = "must be an AVP like \"$avp(name)\"";
    let parse = |text| AvpName::parse(text).ok_or_else(|| bad(name, text, rule));
    definition.filter(|text| !text.is_empty()).map(parse).transpose()
}

/// What is wrong with the contacts that `deliver_to` needs.
pub fn location_error(table: &[u8], reason: &str) -> String {
    bad("location", table, &format!("{reason} (deliver_to needs it)")).to_string()
}

/// What is wrong with the table.
pub fn db_table_error(table: &str, reason: &str) -> String {
    bad("db_table", table.as_bytes(), reason).to_string()
}

/// What is wrong with the database, with the password in its URL hidden.
pub fn db_url_error(db_url: &[u8], reason: &str) -> String {
    bad("db_url", &without_password(db_url), reason).to_string()
}

/// `scheme://user:password@rest` without the password.
fn without_password(url: &[u8]) -> Vec<u8> {
    let hidden = || {
        let credentials = url.windows(3).position(|three| three == b"://")?.checked_add(3)?;
        let end = url.iter().rposition(|&b| b == b'@').filter(|&at| at > credentials)?;
        let colon = credentials + url.get(credentials..end)?.iter().position(|&b| b == b':')?;
        Some([url.get(..colon)?, b":...", url.get(end..)?].concat())
    };
    hidden().unwrap_or_else(|| url.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_never_shows_the_password() {
        assert_eq!(without_password(b"mysql://kamailio:s@cret@host/db"), b"mysql://kamailio:...@host/db");
        assert_eq!(without_password(b"sqlite:///var/lib/silo.db"), b"sqlite:///var/lib/silo.db");
    }
}
