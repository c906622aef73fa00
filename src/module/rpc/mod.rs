//! The remote commands, `msilo.summary` and so on (docs/rpc.md).
//!
//! They run in whatever process takes them: that of ctl or of jsonrpcs, or over HTTP in one that takes SIP over TCP, which
//! must not be kept long. So none reads or removes more than a page at once, and none waits for the delivery process
//! longer than a few seconds. Each process has its own connection to the database.

pub mod delivery;
mod question;
pub mod remove;
pub mod rows;

use crate::host::db::Connection;
use crate::host::rpc::Call;
use crate::host::sip::uri;
use crate::module::{store_failed, with_table};
use crate::silo::message::aor::Aor;
use crate::silo::operator::arguments;
use crate::silo::operator::fault::Fault;
use crate::silo::table::silo_table::Table;
use crate::silo::table::store::StoreError;
use crate::silo::text::Shown;

/// What a command does.
pub type Command = fn(&Call<'_>) -> Result<(), Fault>;

/// Asks the table, through the connection of this process.
fn ask_table<R>(ask: impl FnOnce(&mut Table<'static, Connection>) -> Result<R, StoreError>) -> Result<R, Fault> {
    match with_table(ask) {
        Some(answer) => answer.map_err(|error| {
            store_failed();
            Fault::internal(error)
        }),
        None => Err(Fault::internal("this process of the server has no connection to the database")),
    }
}

/// The owner that the next argument names.
fn owner(call: &Call<'_>) -> Result<Aor, Fault> {
    parse_owner(call.argument().as_deref())
}

fn parse_owner(text: Option<&[u8]>) -> Result<Aor, Fault> {
    let text = arguments::owner_uri(text)?;
    let bad = |reason: &dyn std::fmt::Display| {
        Fault::bad_argument(format_args!("owner \"{}\" is no address of record: {reason}", Shown(&text)))
    };
    let uri = uri::parse(&text).ok_or_else(|| bad(&"it is no SIP URI"))?;
    Aor::new(uri.user, uri.host).map_err(|reason| bad(&reason))
}
