//! The checked parameters.

use std::time::Duration;

use super::columns::{identifier, Columns};
use super::params::{
    in_range, optional_address, optional_uri, quoted, BadParam, IntParams, NotificationParams, TextParams,
};
use super::prefix::Prefix;
use super::sharing::Sharing;
use crate::silo::time::UnixTime;

/// The bit of `use_mode` that has a meaning.
const USE_CALL_ID: i64 = 1;

/// Whom messages are sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeliverTo {
    /// The address of record, through the server's own script: as the C module.
    #[default]
    Aor,
    /// All registered contacts of the user.
    Contacts,
    /// The contacts of the REGISTER that asked for the messages.
    Registration,
}

impl DeliverTo {
    fn parse(value: &[u8]) -> Result<Self, BadParam> {
        match value {
            b"" | b"aor" => Ok(Self::Aor),
            b"contacts" => Ok(Self::Contacts),
            b"registration" => Ok(Self::Registration),
            other => Err(BadParam {
                name: "deliver_to",
                value: quoted(other),
                rule: "must be \"aor\", \"contacts\" or \"registration\"".to_owned(),
            }),
        }
    }
}

/// Of what scripts want to hear: the event routes there are, or all of it where `event_callback` is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the routes, which docs/events.md explains")]
pub struct Listeners {
    pub delivered: bool,
    pub undelivered: bool,
    pub expired: bool,
    pub waiting: bool,
}

impl Listeners {
    /// Whether there is any.
    pub fn are_there(self) -> bool {
        self.delivered || self.undelivered || self.expired || self.waiting
    }
}

/// How reminders are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminders {
    /// The URI in their From header.
    pub from: Vec<u8>,
    /// Seconds between two looks for due ones.
    pub every: UnixTime,
}

/// The checked parameters.
#[derive(Clone, Debug)]
pub struct Config {
    /// `db_table`
    pub table: String,
    /// `sc_*`
    pub columns: Columns,
    /// `expire_time`, seconds
    pub expire_time: i64,
    /// `check_time` times `clean_period`: how often expired rows are deleted
    pub sweep_every: Duration,
    /// `reminder` and `send_time`; `None` when either is off
    pub reminders: Option<Reminders>,
    /// `deliver_to`
    pub deliver_to: DeliverTo,
    /// `outbound_proxy`
    pub next_hop: Option<Vec<u8>>,
    /// `use_contact`
    pub use_contact: bool,
    /// `add_date` and `offline_prefix`; `None` when there is no prefix
    pub offline_prefix: Option<Prefix>,
    /// `add_date` and `reminder_prefix`; `None` when there is no prefix
    pub reminder_prefix: Option<Prefix>,
    /// `add_contact`
    pub add_contact: bool,
    /// `max_messages`; `None` when there is no limit
    pub max_messages: Option<u64>,
    /// `skip_notification_flag` as a bit mask; 0 when it is off
    pub skip_notification_mask: u32,
    /// Bit 1 of `use_mode`: store the Call-ID and use it again
    pub keep_call_id: bool,
    /// `dump_window`: messages an inbox may have in flight
    pub dump_window: usize,
    /// `delivery_processes`
    pub delivery_processes: usize,
    /// `storing_processes`; `None` when the config does not say
    pub storing_processes: Option<usize>,
    /// `store_timeout`: how long a message of `m_store_async()` waits for the database
    pub store_timeout: Duration,
    /// `imdn`
    pub imdn: bool,
    /// `wake_after`, seconds; `None` when it is off
    pub wake_after: Option<UnixTime>,
    /// Known when the script has been read.
    pub listeners: Listeners,
    /// `shared_table`; `None` when no other server uses the table
    pub shared: Option<Sharing>,
}

impl Config {
    /// Checks all parameters. `is_uri` is the server's own judgement on a SIP URI.
    ///
    /// # Errors
    /// The first parameter that is out of range or of the wrong form.
    pub fn new(
        ints: &IntParams,
        texts: &TextParams,
        notification: NotificationParams,
        is_uri: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Self, BadParam> {
        let longest = i32::MAX;
        let expire_time = in_range("expire_time", ints.expire_time, 1, longest, "seconds")?;
        let check_time = in_range("check_time", ints.check_time, 1, longest, "seconds")?;
        let clean_period = in_range("clean_period", ints.clean_period, 1, longest, "times check_time")?;
        let send_time = in_range("send_time", ints.send_time, 0, longest, "seconds; 0 = no reminders")?;
        let flag = in_range("skip_notification_flag", ints.skip_notification_flag, -1, 31, "a flag; -1 = none")?;
        let max_messages = in_range("max_messages", ints.max_messages, 0, longest, "messages; 0 = no limit")?;
        let dump_window = in_range("dump_window", ints.dump_window, 1, 10_000, "messages in flight per inbox")?;
        let processes = in_range("delivery_processes", ints.delivery_processes, 1, 64, "processes")?;
        let storing = match ints.storing_processes {
            -1 => None,
            count => Some(in_range("storing_processes", count, 1, 16, "processes")?),
        };
        let store_timeout = in_range("store_timeout", ints.store_timeout, 1, 3600, "seconds")?;
        let switch = |name, value| in_range(name, value, 0, longest, "0 = off, else on").map(|on| on > 0);
        let use_mode = in_range("use_mode", ints.use_mode, 0, longest, "a sum of bits; 1 = use the Call-ID again")?;
        let imdn = in_range("imdn", ints.imdn, 0, 1, "1 = tell senders who ask for it, 0 = do not")?;
        let wake_after = in_range("wake_after", ints.wake_after, 0, longest, "seconds; 0 = off")?;
        if notification.offline_message && !notification.content_type_hdr {
            return Err(BadParam {
                name: "offline_message",
                value: "...".to_owned(),
                rule: "content_type_hdr must be set, too, and say what offline_message is".to_owned(),
            });
        }
        let add_date = switch("add_date", ints.add_date)?;
        let reminder = optional_address("reminder", texts.reminder.as_deref(), is_uri)?;
        Ok(Self {
            table: identifier("db_table", &texts.db_table)?,
            columns: Columns::new(&texts.columns)?,
            expire_time,
            sweep_every: Duration::from_secs((check_time * clean_period).unsigned_abs()),
            reminders: reminder.filter(|_| send_time > 0).map(|from| Reminders { from, every: send_time }),
            deliver_to: DeliverTo::parse(texts.deliver_to.as_deref().unwrap_or_default())?,
            next_hop: optional_uri("outbound_proxy", texts.outbound_proxy.as_deref(), is_uri)?,
            use_contact: switch("use_contact", ints.use_contact)?,
            offline_prefix: prefix("offline_prefix", texts.offline_prefix.as_deref(), add_date)?,
            reminder_prefix: prefix("reminder_prefix", texts.reminder_prefix.as_deref(), add_date)?,
            add_contact: switch("add_contact", ints.add_contact)?,
            max_messages: u64::try_from(max_messages).ok().filter(|&most| most > 0),
            skip_notification_mask: u32::try_from(flag).map_or(0, |flag| 1 << flag),
            keep_call_id: use_mode & USE_CALL_ID != 0,
            storing_processes: storing.and_then(|count| usize::try_from(count).ok()),
            store_timeout: Duration::from_secs(store_timeout.unsigned_abs()),
            dump_window: usize::try_from(dump_window).unwrap_or(1),
            delivery_processes: usize::try_from(processes).unwrap_or(1),
            imdn: imdn > 0,
            wake_after: Some(wake_after).filter(|&after| after > 0),
            listeners: Listeners::default(),
            shared: Sharing::new(ints.shared_table, ints.server_id)?,
        })
    }
}

#[cfg(test)]
impl Default for Config {
    fn default() -> Self {
        let texts = TextParams {
            db_table: b"silo".to_vec(),
            offline_prefix: Some(b"[Offline message - %a %b %e %H:%M:%S %Y] ".to_vec()),
            reminder_prefix: Some(b"[Reminder message - %a %b %e %H:%M:%S %Y] ".to_vec()),
            columns: Columns::PARAMS.iter().map(|(_, name)| name.as_bytes().to_vec()).collect(),
            ..TextParams::default()
        };
        Self::new(&IntParams::DEFAULT, &texts, NotificationParams::default(), &|_| true).expect("defaults are valid")
    }
}

fn prefix(name: &'static str, value: Option<&[u8]>, add_date: bool) -> Result<Option<Prefix>, BadParam> {
    let text = value.unwrap_or_default();
    let bad = || BadParam {
        name,
        value: quoted(text),
        rule: "must be text with the conversions of strftime, like \"[%Y-%m-%d %H:%M] \"".to_owned(),
    };
    let prefix = Prefix::parse(text).ok_or_else(bad)?;
    Ok(Some(prefix).filter(|prefix| add_date && !prefix.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut IntParams)) -> Result<Config, BadParam> {
        let mut ints = IntParams::DEFAULT;
        change(&mut ints);
        let texts = TextParams { db_table: b"silo".to_vec(), ..TextParams::default() };
        Config::new(&ints, &texts, NotificationParams::default(), &|_| true)
    }

    #[test]
    fn the_defaults_are_those_of_c() {
        let config = Config::default();
        assert_eq!(config.expire_time, 259_200);
        assert_eq!(config.sweep_every, Duration::from_secs(600));
        assert_eq!((config.use_contact, config.add_contact), (true, false));
        assert_eq!((config.max_messages, config.reminders, config.keep_call_id), (None, None, false));
        assert_eq!((config.columns.id.as_str(), config.table.as_str()), ("id", "silo"));
    }

    #[test]
    fn a_value_out_of_range_is_named_with_its_range() {
        let error = with(|ints| ints.check_time = 0).unwrap_err().to_string();
        assert_eq!(error, "modparam(\"msilo\", \"check_time\", 0): must be from 1 to 2147483647 (seconds)");
    }

    #[test]
    fn every_integer_parameter_is_checked() {
        let bad: [fn(&mut IntParams); 18] = [
            |p| p.imdn = 2,
            |p| p.wake_after = -1,
            |p| p.expire_time = 0,
            |p| p.check_time = 0,
            |p| p.send_time = -1,
            |p| p.clean_period = 0,
            |p| p.use_contact = -1,
            |p| p.add_date = -1,
            |p| p.max_messages = -1,
            |p| p.add_contact = -1,
            |p| p.skip_notification_flag = 32,
            |p| p.use_mode = -1,
            |p| p.dump_window = 0,
            |p| p.delivery_processes = 0,
            |p| p.storing_processes = 0,
            |p| p.storing_processes = 17,
            |p| p.store_timeout = 0,
            |p| p.shared_table = 1,
        ];
        for (index, change) in bad.into_iter().enumerate() {
            assert!(with(change).is_err(), "case {index}");
        }
    }

    #[test]
    fn switches_and_bits_mean_what_they_mean_in_c() {
        let config = with(|p| (p.use_contact, p.add_contact, p.use_mode) = (2, 7, 3)).unwrap();
        assert_eq!((config.use_contact, config.add_contact, config.keep_call_id), (true, true, true));
        assert!(!with(|p| p.use_mode = 2).unwrap().keep_call_id);
    }

    #[test]
    fn long_sweep_intervals_do_not_overflow() {
        let config = with(|p| (p.check_time, p.clean_period) = (i32::MAX, i32::MAX)).unwrap();
        assert_eq!(config.sweep_every.as_secs(), (i32::MAX as u64).pow(2));
    }

    #[test]
    fn a_notification_needs_its_content_type() {
        let notification = NotificationParams { offline_message: true, content_type_hdr: false };
        let texts = TextParams { db_table: b"silo".to_vec(), ..TextParams::default() };
        let error = Config::new(&IntParams::DEFAULT, &texts, notification, &|_| true).unwrap_err();
        assert!(error.to_string().contains("content_type_hdr must be set"));
    }

    #[test]
    fn addresses_must_be_uris_and_names_must_be_names() {
        let texts = |reminder: &str, table: &str| TextParams {
            db_table: table.as_bytes().to_vec(),
            reminder: Some(reminder.as_bytes().to_vec()),
            ..TextParams::default()
        };
        let check = |texts| Config::new(&IntParams::DEFAULT, &texts, NotificationParams::default(), &|_| false);
        assert_eq!(check(texts("nobody", "silo")).unwrap_err().name, "reminder");
        assert_eq!(check(texts("", "a`; DROP")).unwrap_err().name, "db_table");
        assert!(check(texts("", "silo")).is_ok());
    }
}
