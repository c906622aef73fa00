//! What the module wants to know of the table before it starts.

pub mod charset;
pub mod widths;

use charset::Charset;
use widths::Widths;

use super::database::{Database, Reason};
use super::dialect::Dialect;
use super::silo_table::Table;
use super::value::{Condition, Op, Value};
use crate::lm_warn;
use crate::silo::config::columns::Columns;
use crate::silo::config::params::BadParam;

impl<D: Database> Table<'_, D> {
    /// Finds out whether the table has all columns, so that a wrong name shows at start.
    ///
    /// # Errors
    /// The parameter and the name of the first column that cannot be read.
    pub fn check_columns(&mut self) -> Result<(), BadParam> {
        let columns = &self.config.columns;
        let id = Condition { column: &columns.id, op: Op::Equal, value: Value::Int(0) };
        for ((param, _), name) in Columns::PARAMS.into_iter().zip(columns.names()) {
            if self.database.select(&[name], &[id], &columns.id, &mut |_| {}).is_err() {
                let rule = format!("must be a column of the table \"{}\"", self.config.table);
                return Err(BadParam { name: param, value: format!("\"{name}\""), rule });
            }
        }
        Ok(())
    }

    /// Finds out whether a driver that is not known puts text into SQL as its database has to read it. Where it does
    /// not, a message could be any SQL.
    ///
    /// # Errors
    /// When it does not.
    pub fn check_quoting(&mut self) -> Result<(), Reason> {
        if !matches!(self.database.dialect(), Dialect::Odbc | Dialect::Plain) {
            return Ok(());
        }
        let columns = &self.config.columns;
        // Each leaves the text open, unless it is quoted.
        let quoted = |text: &'static [u8]| {
            let user = Condition { column: &columns.user, op: Op::Equal, value: Value::Text(text) };
            let none = Condition { column: &columns.id, op: Op::Equal, value: Value::Int(0) };
            self.database.select(&[&columns.id], &[user, none], &columns.id, &mut |_| {})
        };
        [b"'", b"\\"].map(|text: &[u8; 1]| text.as_slice()).into_iter().try_for_each(quoted).map_err(|_| {
            "its driver does not escape text in the way its database reads it, so a message could be any SQL; with \
             db_unixodbc and MariaDB set modparam(\"db_unixodbc\", \"use_escape_common\", 1)"
                .to_owned()
        })
    }

    /// How much the columns take, as far as the database tells.
    pub fn widths(&mut self) -> Widths {
        let (mut widths, dialect, c) = (Widths::default(), self.database.dialect(), &self.config.columns);
        if let Some(most) = dialect.largest_number() {
            for column in [&c.stored_at, &c.due_at, &c.expires_at] {
                widths.add_number(column.as_bytes(), most);
            }
        }
        if let Some(sql) = dialect.widths_of(&self.config.table) {
            let told = self.database.run(&sql, &mut |row| match (row.bytes(0), row.int(1), row.int(2)) {
                (Some(column), Some(width), _) => widths.add_text(column, width),
                (Some(column), None, Some(most)) => widths.add_number(column, most),
                _ => {}
            });
            if let Err(reason) = told {
                lm_warn!("cannot find out how wide the columns of {} are: {reason}", self.config.table);
            }
        }
        widths
    }

    /// What the column of the stored headers holds, as far as the database tells.
    pub fn charset(&mut self) -> Charset {
        let (dialect, mut charset) = (self.database.dialect(), Charset::default());
        if dialect.keeps_any_header() {
            return Charset::Bytes;
        }
        let (table, column) = (&self.config.table, &self.config.columns.headers);
        if let Some(sql) = dialect.charset_of(table, column) {
            let told = self.database.run(&sql, &mut |row| {
                charset = Charset::of_mysql(row.bytes(0), row.bytes(1).unwrap_or_default());
            });
            if let Err(reason) = told {
                lm_warn!("cannot find out which characters the column {column} of {table} holds: {reason}");
            }
        }
        charset
    }
}
