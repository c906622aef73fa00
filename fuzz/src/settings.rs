//! A configuration of the module, the same in every target but for what a target varies.

use crate::silo::config::columns::Columns;
use crate::silo::config::params::{IntParams, NotificationParams, TextParams};
use crate::silo::config::settings::Config;

/// The prefix before offline messages.
pub const OFFLINE: &str = "[Offline message - %a %b %e %H:%M:%S %Y] ";

/// The parameters that targets vary.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// `add_contact`
    pub add_contact: bool,
    /// `use_mode`
    pub keep_call_id: bool,
    /// `reminder` and `send_time`
    pub reminders: bool,
}

impl Settings {
    /// The checked configuration.
    pub fn config(self) -> Config {
        let ints = IntParams {
            add_contact: self.add_contact.into(),
            use_mode: self.keep_call_id.into(),
            send_time: self.reminders.into(),
            ..IntParams::DEFAULT
        };
        let texts = TextParams {
            db_table: b"silo".to_vec(),
            columns: Columns::PARAMS.iter().map(|(_, name)| name.as_bytes().to_vec()).collect(),
            reminder: self.reminders.then(|| b"sip:reminder@example.org".to_vec()),
            offline_prefix: Some(OFFLINE.as_bytes().to_vec()),
            reminder_prefix: Some(b"[Reminder message - %c] ".to_vec()),
            ..TextParams::default()
        };
        Config::new(&ints, &texts, NotificationParams::default(), &|_| true).expect("these are valid")
    }
}
