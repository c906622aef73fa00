//! The parameters as the config has them, and what is wrong with one.

use std::fmt;

use crate::silo::text::{breaks_line, Shown};

/// The integer parameters as the server's config parser left them; the defaults are those of the C module.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the names are those of the parameters, which docs/parameters.md explains")]
pub struct IntParams {
    pub expire_time: i32,
    pub check_time: i32,
    pub send_time: i32,
    pub clean_period: i32,
    pub use_contact: i32,
    pub add_date: i32,
    pub max_messages: i32,
    pub add_contact: i32,
    pub skip_notification_flag: i32,
    pub use_mode: i32,
    pub dump_window: i32,
    pub delivery_processes: i32,
    pub storing_processes: i32,
    pub store_timeout: i32,
    pub imdn: i32,
    pub wake_after: i32,
    pub shared_table: i32,
    /// That of the core.
    pub server_id: i32,
}

impl IntParams {
    /// What holds when the config says nothing.
    pub const DEFAULT: Self = Self {
        expire_time: 259_200,
        check_time: 60,
        send_time: 0,
        clean_period: 10,
        use_contact: 1,
        add_date: 1,
        max_messages: 0,
        add_contact: 0,
        skip_notification_flag: -1,
        use_mode: 0,
        dump_window: 1,
        delivery_processes: 1,
        storing_processes: -1,
        store_timeout: 5,
        imdn: 0,
        wake_after: 0,
        shared_table: 0,
        server_id: 0,
    };
}

/// The parameters that are texts without pseudo-variables; `None` where the config says nothing.
#[derive(Clone, Debug, Default)]
pub struct TextParams {
    /// The table.
    pub db_table: Vec<u8>,
    /// The columns, in the order of [`Columns::PARAMS`].
    pub columns: Vec<Vec<u8>>,
    /// Who sends reminders.
    pub reminder: Option<Vec<u8>>,
    /// Whom messages are sent to.
    pub deliver_to: Option<Vec<u8>>,
    /// The next hop of everything the module sends.
    pub outbound_proxy: Option<Vec<u8>>,
    /// What goes before the body of an offline message.
    pub offline_prefix: Option<Vec<u8>>,
    /// What goes before the body of a reminder.
    pub reminder_prefix: Option<Vec<u8>>,
}

/// What a pseudo-variable parameter needs another one for.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotificationParams {
    /// `offline_message` is set.
    pub offline_message: bool,
    /// `content_type_hdr` is set.
    pub content_type_hdr: bool,
}

/// A parameter that the module cannot work with.
#[derive(Debug, PartialEq, Eq)]
pub struct BadParam {
    /// Its name.
    pub name: &'static str,
    /// Its value, as the config has it.
    pub value: String,
    /// What it must be.
    pub rule: String,
}

impl fmt::Display for BadParam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "modparam(\"msilo\", \"{}\", {}): {}", self.name, self.value, self.rule)
    }
}

impl std::error::Error for BadParam {}

pub(super) fn in_range(name: &'static str, value: i32, least: i32, most: i32, unit: &str) -> Result<i64, BadParam> {
    if (least..=most).contains(&value) {
        return Ok(i64::from(value));
    }
    Err(BadParam { name, value: value.to_string(), rule: format!("must be from {least} to {most} ({unit})") })
}

pub(super) fn quoted(value: &[u8]) -> String {
    format!("\"{}\"", Shown(value))
}

/// A URI, or a display name with a URI in angle brackets.
pub(super) fn optional_address(
    name: &'static str,
    value: Option<&[u8]>,
    is_uri: &dyn Fn(&[u8]) -> bool,
) -> Result<Option<Vec<u8>>, BadParam> {
    let is_address = |text: &[u8]| match text.trim_ascii().strip_suffix(b">") {
        // What stands before the last bracket is the name, and may hold brackets of its own.
        Some(named) => named.contains(&b'<') && named.rsplit(|&byte| byte == b'<').next().is_some_and(is_uri),
        None => is_uri(text),
    };
    optional_uri(name, value, &is_address)
}

pub(super) fn optional_uri(
    name: &'static str,
    value: Option<&[u8]>,
    is_uri: &dyn Fn(&[u8]) -> bool,
) -> Result<Option<Vec<u8>>, BadParam> {
    match value {
        None | Some([]) => Ok(None),
        Some(uri) if is_uri(uri) && !breaks_line(uri) => Ok(Some(uri.to_vec())),
        Some(other) => Err(BadParam { name, value: quoted(other), rule: "must be a SIP URI".to_owned() }),
    }
}
