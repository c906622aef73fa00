//! `make bench-instructions`: how many instructions a message takes inside msilo.so, which does not depend on how busy
//! the machine is.
//!
//! The whole server runs under callgrind, twice for each number: with a few messages and with more. The difference
//! between the two, divided by the difference in messages, has no start and no end of a server in it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::caller::{Load, Pace};
use crate::callgrind::{read_all, Instructions};
use crate::config::Config;
use crate::database::Database;
use crate::phone::Phone;
use crate::server::{Module, Server};
use crate::sip;

/// Messages in the shorter and in the longer run.
const COUNTS: [usize; 2] = [100, 600];
/// Everything is slow under callgrind.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is counted.
#[derive(Clone, Copy, Debug)]
enum Work {
    Store,
    Deliver,
    Register,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Work::Store => "m_store()",
            Work::Deliver => "delivered message",
            Work::Register => "REGISTER, empty inbox",
        }
    }

    fn part(self) -> &'static str {
        match self {
            Work::Store => "store",
            Work::Deliver => "delivery",
            Work::Register => "storm",
        }
    }
}

/// Counts, and returns the table. `only` names the parts that are wanted; all of them if it is empty. All numbers go to
/// `dir`, and the profiles stay there.
pub fn measure(dir: &Path, only: &str) -> String {
    let modules = [Module::C, Module::Ours(1), Module::Ours(64), Module::Contacts(1), Module::Contacts(64)];
    let mut text =
        "| each | database | module | own | own + libc | with all it calls |\n|---|---|---|---|---|---|\n".to_owned();
    let mut numbers = "work,database,module,own,libc,server\n".to_owned();
    for database in [Database::sqlite(dir), Database::mariadb(dir)] {
        for work in [Work::Store, Work::Deliver, Work::Register] {
            if !(only.is_empty() || only.split(',').any(|part| part == work.part())) {
                continue;
            }
            let modules = if matches!(work, Work::Deliver) { &modules[..] } else { &modules[..2] };
            for &module in modules {
                eprintln!("callgrind: {}, {}, {module}", work.name(), database.name());
                let each = difference(work, module, &database, dir);
                let (own, with_libc) = (each.own, each.own + each.libc);
                let _ = writeln!(
                    text,
                    "| {} | {} | {module} | {own:.0} | {with_libc:.0} | {:.0} |",
                    work.name(),
                    database.name(),
                    with_libc + each.server
                );
                let _ = writeln!(
                    numbers,
                    "\"{}\",{},\"{module}\",{own},{},{}",
                    work.name(),
                    database.name(),
                    each.libc,
                    each.server
                );
            }
        }
    }
    fs::write(dir.join("instructions.csv"), numbers).expect("the numbers can be written");
    text
}

/// Instructions of one message more.
fn difference(work: Work, module: Module, database: &Database, dir: &Path) -> Instructions {
    let [few, many] = COUNTS.map(|count| profile(work, module, database, count, dir));
    (many - few).each(COUNTS[1] - COUNTS[0])
}

fn profile(work: Work, module: Module, database: &Database, count: usize, dir: &Path) -> Instructions {
    let name = format!("callgrind {} {} {module} {count}", work.name(), database.name());
    let profiles = dir.join(name.replace([' ', ',', '(', ')'], "-"));
    let _ = fs::remove_dir_all(&profiles);
    fs::create_dir_all(&profiles).expect("a directory can be made");
    let out = format!("--callgrind-out-file={}/callgrind.out.%p", profiles.display());
    let runner = ["valgrind".to_owned(), "-q".to_owned(), "--tool=callgrind".to_owned(), out];
    // C deletes what was delivered when its timer comes.
    let params = if matches!(work, Work::Deliver) { vec![("check_time", 1)] } else { Vec::new() };
    database.fill("bob", 0..if matches!(work, Work::Deliver) { count } else { 0 });
    let server = Server::start_under(&Config { children: 2, params, ..Config::new(module) }, database, &runner);
    match work {
        Work::Store => load(&server, count, &|buffer, own, number| sip::message(buffer, own, "away", number)),
        Work::Register => load(&server, count, &|buffer, own, number| {
            sip::register(buffer, own, &format!("user{number}"), number);
        }),
        Work::Deliver => deliver(&server, database, count),
    }
    thread::sleep(Duration::from_secs(2));
    server.stop();
    read_all(&profiles)
}

fn load(server: &Server, count: usize, request: &(dyn Fn(&mut Vec<u8>, std::net::SocketAddr, usize) + Sync)) {
    let load = Load { server: server.address(), pace: Pace::Window(1), count, time: PATIENCE, threads: 1, request };
    let outcome = load.run();
    assert_eq!(outcome.accepted, count, "not everything was accepted:\n{}", server.log());
}

fn deliver(server: &Server, database: &Database, count: usize) {
    let phone = Phone::start(count);
    phone.register(server.address(), "bob");
    phone.wait(PATIENCE);
    while database.count() > 0 && phone.now() < phone.last() + PATIENCE {
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(phone.distinct(), count, "not everything was delivered:\n{}", server.log());
}
