//! The row of a message: what is still in its way when everything else has been decided.

use super::not_stored::NotStored;
use super::quota::Quotas;
use super::{with_table, Module};
use crate::host::db::Connection;
use crate::silo::message::model::NewMessage;
use crate::silo::table::silo_table::Table;
use crate::silo::table::store::{Store, StoreError};

type SiloTable = Table<'static, Connection>;

/// Writes the row, if the table takes it and, where there are `quotas`, the inbox has room.
///
/// # Errors
/// When it is not written, with the reason for the log.
pub fn write(module: &Module, message: &NewMessage, quotas: Option<&Quotas>) -> Result<(), NotStored> {
    check(module, message)?;
    let written = with_table(|table| {
        match &module.line {
            None => put(quotas, table, message, |table| table.insert(message)),
            Some(line) => {
                let end = line.end();
                table.wait_until(Some(line.deadline(end)));
                let written = put(quotas, table, message, |table| {
                    let turn = line.turn(end, |deadline| {
                        table.wait_until(Some(deadline));
                        table.insert(message)
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

/// Has `insert` run if the inbox has room.
fn put(
    quotas: Option<&Quotas>,
    table: &mut SiloTable,
    message: &NewMessage,
    insert: impl FnOnce(&mut SiloTable) -> Result<(), StoreError>,
) -> Result<(), NotStored> {
    let Some(quotas) = quotas else { return insert(table).map_err(NotStored::Store) };
    let stored = quotas.store(table, &message.owner, insert).map_err(NotStored::Store)?;
    stored.ok_or_else(|| NotStored::Full(message.owner.clone(), quotas.most()))
}

fn too_long(message: &NewMessage) -> StoreError {
    StoreError {
        action: format!("store a message for {}", message.owner),
        reason: "the database is locked by another program, or too slow: others have waited for it all the time"
            .to_owned(),
    }
}
