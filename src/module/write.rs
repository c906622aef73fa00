//! The row of a message: what is still in its way when everything else has been decided.

use super::not_stored::NotStored;
use super::quota::Quotas;
use super::{with_table, Module};
use crate::host::clock::ServerClock;
use crate::host::db::Connection;
use crate::silo::message::model::NewMessage;
use crate::silo::table::silo_table::Table;
use crate::silo::table::store::{Store, StoreError};
use crate::silo::time::Clock;

type SiloTable = Table<'static, Connection>;

/// Writes the row, if the table takes it and, where there are `quotas`, the inbox has room.
///
/// # Errors
/// When it is not written, with the reason for the log.
pub fn write(module: &Module, message: &NewMessage, quotas: Option<&Quotas>) -> Result<(), NotStored> {
    check(module, message)?;
    let written = with_table(|table| {
        match &module.line {
            None => put(module, quotas, table, message, |table| insert(module, table, message, quotas)),
            Some(line) => {
                let end = line.end();
                table.wait_until(Some(line.deadline(end)));
                let written = put(module, quotas, table, message, |table| {
                    let turn = line.turn(end, |deadline| {
                        table.wait_until(Some(deadline));
                        insert(module, table, message, quotas)
                    });
                    turn.unwrap_or_else(|| Err(too_long(message)))
                });
                table.wait_until(None);
                if let Err(NotStored::Store(_)) = written {
                    // It may have spent all its time on counting.
                    line.learn(false, end);
                }
                written
            }
        }
    });
    written.unwrap_or(Err(NotStored::NoConnection))
}

/// Whether the table takes the row, as far as is known without asking the database.
///
/// # Errors
/// When it does not.
pub fn check(module: &Module, message: &NewMessage) -> Result<(), NotStored> {
    module.widths.check(message, &module.config.columns).map_err(NotStored::DoesNotFit)?;
    let kept = with_table(|table| table.check_kept(message)).ok_or(NotStored::NoConnection)?;
    kept.map_err(NotStored::DoesNotFit)
}

/// Writes the row. Where other servers write, too, and one statement can count and write, it says whether there was room.
fn insert(
    module: &Module,
    table: &mut SiloTable,
    message: &NewMessage,
    quotas: Option<&Quotas>,
) -> Result<bool, StoreError> {
    match quotas {
        Some(quotas) if module.config.shared.is_some() && table.counts_where_it_writes() => {
            table.insert_if_room(message, quotas.most(), ServerClock.now())
        }
        _ => table.insert(message).map(|()| true),
    }
}

/// Has `insert` run if the inbox has room.
fn put(
    module: &Module,
    quotas: Option<&Quotas>,
    table: &mut SiloTable,
    message: &NewMessage,
    insert: impl FnOnce(&mut SiloTable) -> Result<bool, StoreError>,
) -> Result<(), NotStored> {
    let Some(quotas) = quotas else { return insert(table).map(drop).map_err(NotStored::Store) };
    let stored = match module.config.shared {
        Some(_) => quotas.store_among_others(table, &message.owner, insert),
        None => quotas.store(table, &message.owner, |table| insert(table).map(drop)),
    };
    stored.map_err(NotStored::Store)?.ok_or_else(|| NotStored::Full(message.owner.clone(), quotas.most()))
}

fn too_long(message: &NewMessage) -> StoreError {
    StoreError {
        action: format!("store a message for {}", message.owner),
        reason: "the database is locked by another program, or too slow: others have waited for it all the time"
            .to_owned(),
    }
}
