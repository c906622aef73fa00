//! The text files of db_text. The server looks at them before each use (`db_mode` 1), and writes them when it is told to.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::{Backend, Kind};
use crate::harness::database::table::{NewRow, Row};
use crate::harness::rpc::Rpc;
use crate::harness::wait::within;

/// A directory of tables.
pub struct Text {
    dir: PathBuf,
    rpc: Rpc,
    /// The time of the last change of ours: the server compares seconds, and takes what is newer.
    changed: Mutex<SystemTime>,
}

impl Text {
    /// Copies the tables that come with the server.
    pub fn create(dir: &Path) -> Text {
        fs::create_dir(dir).expect("the directory of the tables can be made");
        for name in ["version", "silo"] {
            let from = Kind::Text.scripts().join(name);
            // Not by copy(): that keeps the mode, too.
            let table = fs::read(&from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
            fs::write(dir.join(name), table).expect("a table can be written");
        }
        let rpc = Rpc::new(&dir.with_file_name("ctl.sock"));
        Text { dir: dir.to_owned(), rpc, changed: Mutex::new(SystemTime::now()) }
    }

    fn file(&self) -> PathBuf {
        self.dir.join("silo")
    }

    /// The file as it is between two changes: the server empties it and then writes it anew.
    fn lines(&self) -> Vec<Vec<u8>> {
        // Where no server runs, the file is as the last one has left it.
        let _ = self.rpc.call(&["db_text.dump"]);
        let whole = || {
            let text = fs::read(self.file()).ok().filter(|text| text.ends_with(b"\n"))?;
            let lines: Vec<Vec<u8>> = text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
            (fs::read(self.file()).ok()? == text).then_some(lines)
        };
        within(Duration::from_secs(5), whole).expect("the file of the table is whole at times")
    }
}

impl Backend for Text {
    fn url(&self) -> String {
        format!("text://{}", self.dir.display())
    }

    fn rows(&self) -> Vec<Row> {
        let lines = self.lines();
        let mut rows: Vec<Row> = lines.iter().skip(1).filter(|line| !line.is_empty()).map(|line| row(line)).collect();
        rows.sort_by_key(|row| row.id);
        rows
    }

    fn number(&self, sql: &str) -> i64 {
        panic!("db_text knows no SQL: {sql}");
    }

    fn count(&self) -> i64 {
        self.rows().len() as i64
    }

    fn execute(&self, sql: &str) {
        panic!("db_text knows no SQL: {sql}");
    }

    fn insert(&self, rows: &[NewRow]) -> i64 {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut id = self.rows().last().map_or(0, |row| row.id);
        let mut text = self.lines().join(&b'\n');
        for row in rows {
            id += 1;
            let (inc, exp, snd) = (row.inc_time.to_string(), row.exp_time.to_string(), row.snd_time.to_string());
            let id = id.to_string();
            let fields: [&[u8]; 13] = [
                id.as_bytes(),
                row.src_addr.as_bytes(),
                row.dst_addr.as_bytes(),
                row.username.as_bytes(),
                row.domain.as_bytes(),
                inc.as_bytes(),
                exp.as_bytes(),
                snd.as_bytes(),
                row.ctype.as_bytes(),
                &row.body,
                &row.extra_hdrs,
                // Not empty: it reads that as NULL, which this column refuses.
                b"-",
                b"0",
            ];
            text.extend(fields.map(escaped).join(&b':'));
            text.push(b'\n');
        }
        let new = self.dir.join(".silo.new");
        fs::write(&new, text).expect("a table can be written");
        *changed = SystemTime::now().max(*changed) + Duration::from_secs(2);
        File::open(&new).and_then(|file| file.set_modified(*changed)).expect("its time can be set");
        fs::rename(new, self.file()).expect("a table can be replaced");
        id
    }
}

/// The letter that stands for a byte behind a backslash.
const ESCAPES: [(u8, u8); 6] = [(b'\n', b'n'), (b'\r', b'r'), (b'\t', b't'), (b'\\', b'\\'), (b':', b':'), (0, b'0')];

fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match ESCAPES.iter().find(|(plain, _)| plain == byte) {
            Some((_, letter)) => escaped.extend([b'\\', *letter]),
            None => escaped.push(*byte),
        }
    }
    escaped
}

fn row(line: &[u8]) -> Row {
    let mut fields = vec![Vec::new()];
    let mut bytes = line.iter();
    while let Some(&byte) = bytes.next() {
        let byte = match byte {
            b':' => {
                fields.push(Vec::new());
                continue;
            }
            b'\\' => {
                let letter = bytes.next().copied().unwrap_or_default();
                ESCAPES.iter().find(|(_, known)| *known == letter).map_or(letter, |(plain, _)| *plain)
            }
            byte => byte,
        };
        fields.last_mut().expect("there is a field").push(byte);
    }
    assert_eq!(fields.len(), 13, "{}", String::from_utf8_lossy(line));
    let text = |at: usize| String::from_utf8(fields[at].clone()).expect("the column holds UTF-8");
    let number = |at: usize| text(at).parse().unwrap_or_default();
    Row {
        id: number(0),
        src_addr: text(1),
        dst_addr: text(2),
        username: text(3),
        domain: text(4),
        inc_time: number(5),
        exp_time: number(6),
        snd_time: number(7),
        ctype: text(8),
        body: fields[9].clone(),
        extra_hdrs: fields[10].clone(),
        // The column must not be NULL, which is what an empty text is read as: ours writes a space instead.
        callid: text(11).trim().to_owned(),
        status: number(12),
    }
}
