//! Rows of any content, column types and NULLs included, from the driver to the request.
#![no_main]

use std::cell::{Cell, RefCell};
use std::time::Duration;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use msilo_fuzz::check::{can_be_sent, comes_back_as_stored, is_one_log_line, watch_the_log};
use msilo_fuzz::settings::Settings;
use msilo_fuzz::silo::delivery::contacts::binding::Binding;
use msilo_fuzz::silo::delivery::engine::Delivery;
use msilo_fuzz::silo::delivery::inbox::DumpRequest;
use msilo_fuzz::silo::delivery::pacing::hosts::Host;
use msilo_fuzz::silo::delivery::server::{Counter, SendError, Server, Ticket};
use msilo_fuzz::silo::delivery::shard::Shard;
use msilo_fuzz::silo::message::aor::Aor;
use msilo_fuzz::silo::message::compose;
use msilo_fuzz::silo::message::model::Outgoing;
use msilo_fuzz::silo::table::database::{Database, Reason, Row};
use msilo_fuzz::silo::table::dialect::Dialect;
use msilo_fuzz::silo::table::silo_table::Table;
use msilo_fuzz::silo::table::store::Store;
use msilo_fuzz::silo::table::value::{Condition, Value};
use msilo_fuzz::silo::time::Clock;

/// A value as some driver hands it over.
#[derive(Arbitrary, Clone, Debug)]
enum Field {
    Null,
    Int(i64),
    Small(u8),
    Bytes(Vec<u8>),
}

#[derive(Arbitrary, Debug)]
struct Input {
    rows: Vec<[Field; 12]>,
    /// How often the rows come, each time the same: a page is full only with many.
    copies: u8,
    dialect: u8,
    settings: (bool, bool, bool),
    after: i64,
    limit: u8,
    now: u32,
    owner: Option<u8>,
    fails: bool,
    status: u16,
}

struct FuzzRow<'a>(&'a [Field]);

impl Row for FuzzRow<'_> {
    fn int(&self, column: usize) -> Option<i64> {
        match self.0.get(column)? {
            Field::Int(number) => Some(*number),
            Field::Small(number) => Some((*number).into()),
            Field::Bytes(text) => std::str::from_utf8(text).ok()?.trim().parse().ok(),
            Field::Null => None,
        }
    }

    fn bytes(&self, column: usize) -> Option<&[u8]> {
        match self.0.get(column)? {
            Field::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// The row as one text, as SQLite makes it.
fn joined(row: &[Field]) -> Field {
    let literal = |field: &Field| match field {
        Field::Null => b"NULL".to_vec(),
        Field::Int(number) => number.to_string().into_bytes(),
        Field::Small(number) => number.to_string().into_bytes(),
        Field::Bytes(bytes) if bytes.len() % 2 == 0 => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            format!("X'{digits}'").into_bytes()
        }
        Field::Bytes(bytes) => {
            let doubled = bytes.iter().flat_map(|&byte| [byte].repeat(if byte == b'\'' { 2 } else { 1 }));
            b"'".iter().copied().chain(doubled).chain(*b"'").collect()
        }
    };
    Field::Bytes(row.iter().map(literal).collect::<Vec<_>>().join(&b','))
}

/// A database that shows the same rows whatever it is asked.
#[derive(Clone, Copy)]
struct FuzzDatabase<'a> {
    input: &'a Input,
    asked: &'a Cell<usize>,
}

impl FuzzDatabase<'_> {
    fn show(&self, shape: fn(&[Field; 12]) -> Vec<Field>, each: &mut dyn FnMut(&dyn Row)) -> Result<(), Reason> {
        self.asked.set(self.asked.get() + 1);
        assert!(self.asked.get() < 10_000, "the table is asked for ever");
        let rows: Vec<Vec<Field>> = self.input.rows.iter().map(shape).collect();
        for _ in 0..=self.input.copies % 128 {
            rows.iter().for_each(|row| each(&FuzzRow(row)));
        }
        if self.input.fails {
            Err("it failed".to_owned())
        } else {
            Ok(())
        }
    }
}

impl Database for FuzzDatabase<'_> {
    fn dialect(&self) -> Dialect {
        use Dialect::{Mysql, Odbc, Plain, Postgres, Sqlite, Text};
        [Sqlite, Mysql, Postgres, Plain, Text, Odbc][usize::from(self.input.dialect % 6)]
    }

    fn insert(&mut self, columns: &[&str], values: &[Value<'_>]) -> Result<(), Reason> {
        assert_eq!(columns.len(), values.len());
        Ok(())
    }

    fn select(
        &mut self,
        _: &[&str],
        _: &[Condition<'_>],
        _: &str,
        each: &mut dyn FnMut(&dyn Row),
    ) -> Result<(), Reason> {
        self.show(|row| row.to_vec(), each)
    }

    fn delete(&mut self, _: &[Condition<'_>]) -> Result<(), Reason> {
        self.show(|row| row.to_vec(), &mut |_| {})
    }

    fn update(&mut self, _: &[Condition<'_>], _: &str, _: Value<'_>) -> Result<(), Reason> {
        self.show(|row| row.to_vec(), &mut |_| {})
    }

    fn change(&mut self, sql: &str) -> Result<u64, Reason> {
        self.execute(sql).map(|()| u64::from(self.input.copies))
    }

    fn run(&mut self, sql: &str, each: &mut dyn FnMut(&dyn Row)) -> Result<(), Reason> {
        assert!(!sql.contains("zzowner") && sql.is_ascii(), "outside text stands in SQL as it is: {sql}");
        // Half of the inputs are rows as SQLite itself would not make them.
        let joins = sql.starts_with("SELECT quote(") && self.input.copies < 128;
        self.show(if joins { |row| vec![joined(row)] } else { |row| row.to_vec() }, each)
    }
}

/// A server that takes everything.
struct FuzzServer<'a> {
    input: &'a Input,
    elapsed: Cell<u64>,
    sent: &'a RefCell<Vec<Ticket>>,
}

impl Clock for FuzzServer<'_> {
    fn now(&self) -> i64 {
        self.input.now.into()
    }

    fn monotonic(&self) -> Duration {
        self.elapsed.set(self.elapsed.get() + 1);
        Duration::from_millis(self.elapsed.get())
    }
}

impl Server for FuzzServer<'_> {
    fn send(&mut self, message: &Outgoing, ticket: Ticket) -> Result<(), SendError> {
        can_be_sent(message, b"");
        self.sent.borrow_mut().push(ticket);
        Ok(())
    }

    fn contacts(&mut self, _: &Aor) -> Vec<Binding> {
        Vec::new()
    }

    fn is_self(&self, _: &[u8]) -> bool {
        false
    }

    fn slow_host(&self, _: &[u8]) -> Option<Host> {
        None
    }

    fn send_apart(&mut self, _: &Outgoing, _: Ticket, _: Duration) -> Result<(), SendError> {
        unreachable!("no host is slow")
    }

    fn must_stay(&mut self, ticket: Ticket, _: bool) -> bool {
        ticket.0 % 3 == 0
    }

    fn memory_is_low(&self) -> bool {
        false
    }

    fn is_stopping(&self) -> bool {
        false
    }

    fn longest_transaction(&self) -> Duration {
        Duration::from_secs(32)
    }

    fn count(&mut self, _: Counter) {}
}

fuzz_target!(|input: Input| {
    watch_the_log();
    let (add_contact, keep_call_id, reminders) = input.settings;
    let config = Settings { add_contact, keep_call_id, reminders }.config();
    let asked = Cell::new(0);
    let database = FuzzDatabase { input: &input, asked: &asked };
    let mut table = Table::new(database, &config);
    let bytes = |cell: &Field| if let Field::Bytes(bytes) = cell { bytes.clone() } else { b"zzowner".to_vec() };
    let row = input.owner.and_then(|index| input.rows.get(usize::from(index)));
    let parts = row.map_or((b"zzowner".to_vec(), b"x".to_vec()), |row| (bytes(&row[1]), bytes(&row[2])));
    let Ok(owner) = Aor::new(&parts.0, &parts.1) else { return };
    let now = input.now.into();

    let pages =
        [table.page(&owner, input.after, input.limit.into(), now), table.due(input.after, input.limit.into(), now)];
    let [page, due] = pages.map(|page| {
        let page = page.map_err(|error| is_one_log_line(&error)).ok()?;
        assert!(page.messages.is_sorted_by_key(|message| message.id));
        assert!(page.messages.iter().all(|message| message.id > input.after && message.id <= page.last));
        Some(page)
    });
    assert_eq!((page.is_none(), due.is_none()), (input.fails, input.fails));
    for message in page.iter().chain(&due).flat_map(|page| &page.messages) {
        if let Ok(request) = compose::offline(message, b"X-Extra: 1\r\n", &config) {
            can_be_sent(&request, &message.body);
            comes_back_as_stored(&request, &message.body);
        }
        if let Ok(request) = compose::reminder(message, b"sip:r@example.org", &config) {
            can_be_sent(&request, &message.body);
            comes_back_as_stored(&request, &message.body);
        }
    }
    assert!(page.iter().flat_map(|page| &page.messages).all(|message| owner.owns(&message.user, &message.host)));
    let _ = (table.count(&owner, now), table.last_id(&owner), table.delete(&[1, 2]), table.make_ordinary(&[3]));
    let _ = table.holds(input.after, &owner, now);

    // A whole delivery from this table comes to rest, and sends no row twice at a time.
    let sent = RefCell::new(Vec::new());
    let server = FuzzServer { input: &input, elapsed: Cell::new(0), sent: &sent };
    let mut delivery = Delivery::new(table, server, &config, Shard::SOLE);
    delivery.dump(owner, DumpRequest::default());
    for _ in 0..12 {
        delivery.work();
        for ticket in sent.take() {
            delivery.result(ticket, input.status);
        }
    }
});
