//! What is written of a message: the fields of its row, and the INSERT.

use std::fmt::Write as _;

use super::database::Database;
use super::dialect::Dialect;
use super::inspection::widths::DoesNotFit;
use super::silo_table::Table;
use super::value::Value;
use crate::silo::message::model::NewMessage;

/// The value of the status column: no state of ours, written because not every database has its default.
const STATUS: i64 = 0;

/// The columns of a row and their values; the status is the last.
pub(super) type Fields<'c, 'm> = [(&'c String, Value<'m>); 12];

impl<'c, D: Database> Table<'c, D> {
    /// The columns of a row and their values.
    pub(super) fn fields<'m>(&self, message: &'m NewMessage) -> Fields<'c, 'm> {
        let c = self.columns();
        [
            (&c.user, Value::Text(message.owner.user())),
            (&c.host, Value::Text(message.owner.host())),
            (&c.to, Value::Text(&message.to)),
            (&c.from, Value::Text(&message.from)),
            (&c.body, Value::Blob(&message.body)),
            (&c.content_type, Value::Text(&message.content_type)),
            (&c.expires_at, Value::Int(message.expires_at)),
            (&c.stored_at, Value::Int(message.stored_at)),
            (&c.due_at, Value::Int(message.due_at)),
            (&c.headers, Value::Lines(&message.headers)),
            (&c.call_id, Value::Text(&message.call_id)),
            (&c.status, Value::Int(STATUS)),
        ]
    }

    /// Whether the database gives back what it is given, value for value.
    ///
    /// # Errors
    /// The first value that it does not.
    pub fn check_kept(&self, message: &NewMessage) -> Result<(), DoesNotFit> {
        let dialect = self.database.dialect();
        let lost = |(column, value): (&String, _)| {
            dialect.cannot_keep(value).map(|why| DoesNotFit::Kind { column: column.clone(), why })
        };
        self.fields(message).into_iter().find_map(lost).map_or(Ok(()), Err)
    }
}

impl Dialect {
    /// The INSERT of a row.
    pub fn insert(self, table: &str, fields: &Fields<'_, '_>) -> String {
        self.insert_rows(table, std::slice::from_ref(fields), None)
    }

    /// The INSERT of rows. The status of the first one is an expression, if there is one.
    pub(super) fn insert_rows(self, table: &str, rows: &[Fields<'_, '_>], first_status: Option<&str>) -> String {
        let mut sql = self.insert_into(table, rows);
        sql.push_str("VALUES ");
        for (number, row) in rows.iter().enumerate() {
            sql.push_str(if number == 0 { "(" } else { ",(" });
            self.push_values(&mut sql, row, first_status.filter(|_| number == 0));
            sql.push(')');
        }
        sql
    }

    /// The INSERT of a row that depends on what is put behind it: a WHERE.
    pub fn insert_selected(self, table: &str, fields: &Fields<'_, '_>) -> String {
        let mut sql = self.insert_into(table, std::slice::from_ref(fields));
        sql.push_str("SELECT ");
        self.push_values(&mut sql, fields, None);
        sql
    }

    /// The beginning of an INSERT of these rows, in a string that has room for all of it.
    fn insert_into(self, table: &str, rows: &[Fields<'_, '_>]) -> String {
        let size = |value: &Value<'_>| match value {
            Value::Int(_) => 16,
            Value::Text(bytes) | Value::Blob(bytes) | Value::Lines(bytes) => 64 + bytes.len() * 2,
        };
        let size: usize = rows.iter().flatten().map(|(_, value)| size(value)).sum();
        let mut sql = String::with_capacity(size + 512);
        let _ = write!(sql, "INSERT INTO {} ", self.name(table));
        for (index, (column, _)) in rows.iter().take(1).flatten().enumerate() {
            sql.push(if index == 0 { '(' } else { ',' });
            self.push_name(&mut sql, column);
        }
        sql.push_str(") ");
        sql
    }

    /// The values of a row; that of the status may be an expression instead.
    fn push_values(self, sql: &mut String, row: &Fields<'_, '_>, status: Option<&str>) {
        for (index, (_, value)) in row.iter().enumerate() {
            sql.push_str(if index == 0 { "" } else { "," });
            match status {
                Some(expression) if index + 1 == row.len() => sql.push_str(expression),
                _ => self.push_literal(sql, value),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insert_holds_every_value() {
        let [column, other] = ["a", "b"].map(str::to_owned);
        let mut fields: Fields<'_, '_> = [(&other, Value::Int(-7)); 12];
        fields[0] = (&column, Value::Text(b"it's"));
        fields[11].1 = Value::Blob(b"\xff\n");
        let (columns, values) = (",`b`".repeat(11), ",-7".repeat(10));
        let sql = format!("INSERT INTO `silo` (`a`{columns}) VALUES (_utf8mb4 x'69742773'{values},x'ff0a')");
        assert_eq!(Dialect::Mysql.insert("silo", &fields), sql);
        assert!(fields[..11].iter().all(|(_, value)| Dialect::Mysql.inserts_faster_as_text(value)));
        assert!(!Dialect::Mysql.inserts_faster_as_text(&fields[11].1));
    }

    #[test]
    fn only_the_first_row_asks_whether_the_session_is_the_same() {
        let [a, b] = ["a", "b"].map(str::to_owned);
        let mut row: Fields<'_, '_> = [(&a, Value::Int(1)); 12];
        row[11] = (&b, Value::Int(0));
        let sql = Dialect::Mysql.insert_rows("silo", &[row, row], Some("X"));
        assert!(sql.starts_with("INSERT INTO `silo` (`a`,`a`"), "{sql}");
        assert!(sql.ends_with(",`b`) VALUES (1,1,1,1,1,1,1,1,1,1,1,X),(1,1,1,1,1,1,1,1,1,1,1,0)"), "{sql}");
    }
}
