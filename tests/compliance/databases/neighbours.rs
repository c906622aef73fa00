//! Other modules on the same `db_url`: within a process the server gives them the very connection that msilo has, so
//! nothing that msilo does to it may be felt by them.

use std::thread;
use std::time::Duration;

use crate::differences::differs;
use crate::harness::{database_under_test, until, Kind, Server, ServerBuilder};
use crate::skip::{only_on, with_sql};

/// How long the connection waits for locks, as one number.
fn waits() -> &'static str {
    match database_under_test() {
        Kind::Mysql => "SELECT @@lock_wait_timeout * 100000 + @@innodb_lock_wait_timeout",
        Kind::Postgres => {
            "SELECT SUM(setting::int) FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout')"
        }
        Kind::Sqlite | Kind::Text => "PRAGMA busy_timeout",
    }
}

/// What changes that, and to what.
fn change() -> (&'static str, i64) {
    match database_under_test() {
        Kind::Mysql => ("SET SESSION lock_wait_timeout = 7, innodb_lock_wait_timeout = 8", 700_008),
        Kind::Postgres => ("SET statement_timeout = 30007", 30_007),
        Kind::Sqlite | Kind::Text => ("PRAGMA busy_timeout = 1234", 1234),
    }
}

/// A server with sqlops on the database of msilo. What its processes see there after each message that is stored or
/// sent stands in the log; a message to `setter` changes it, one to `writer` writes a row of a table of sqlops.
fn with_a_neighbour() -> ServerBuilder {
    let (sql, (change, _)) = (waits(), change());
    let look =
        |when| format!("sql_query(\"ca\", \"{sql}\", \"r\"); xlog(\"L_INFO\", \"{when} $dbr(r=>[0,0]) is seen\\n\");");
    let (storing, sending) = (look("storing"), look("sending"));
    let routes = format!(
        r#"
request_route {{
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("REGISTER")) {{ save("location"); m_dump(); exit; }}
    if (lookup("location")) {{ t_relay(); exit; }}
    if (!t_newtran()) exit;
    if ($rU == "setter") {{
        sql_query("ca", "{change}", "r");
        t_reply("200", "OK");
        exit;
    }}
    if ($rU == "writer") {{
        if (sql_query("ca", "UPDATE neighbour SET text = 'new' WHERE id = 1")) t_reply("200", "OK");
        else t_reply("500", "Locked");
        exit;
    }}
    if (m_store("$ru")) t_reply("202", "Accepted"); else t_reply("503", "Service Unavailable");
    {storing}
}}
event_route[tm:local-request] {{
    {sending}
}}
"#
    );
    Server::builder()
        .load("sqlops")
        .modparam("sqlops", "sqlcon", "ca=>{DB_URL}")
        .sql("CREATE TABLE neighbour (id INT PRIMARY KEY, text VARCHAR(10))")
        .sql("INSERT INTO neighbour VALUES (1, 'old')")
        .script(|script| script.routes = Some(routes))
}

/// Waits until the server has seen `count` values there, and gives the last.
#[track_caller]
fn seen(server: &Server, when: &str, count: usize) -> i64 {
    let values = || -> Vec<i64> {
        let value = |line: &str| {
            let (before, _) = line.split_once(" is seen")?;
            before.rsplit_once(&format!("{when} "))?.1.parse().ok()
        };
        server.log().text().lines().filter_map(value).collect()
    };
    until(&format!("{count} values are seen"), || values().len() >= count);
    values()[count - 1]
}

#[test]
fn what_another_module_sees_of_its_connection_is_what_it_sees_without_msilo() {
    if !with_sql() {
        return;
    }
    let server = with_a_neighbour().children(1).start();
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    // db_sqlite has a setting of its own for it, which is 0 unless it is set.
    let usual = if database_under_test() == Kind::Sqlite { 0 } else { server.table().number(waits()) };
    alice.message("bob").text("in ASCII").send().expect_code(202);
    assert_eq!(seen(&server, "storing", 1), usual);
    alice.message("bob").text("žluťoučký kůň").send().expect_code(202);
    assert_eq!(seen(&server, "storing", 2), usual);
    bob.register();
    bob.receive_all(2);
    assert_eq!([seen(&server, "sending", 1), seen(&server, "sending", 2)], [usual; 2]);
    // What the other module has set stays as it has set it.
    alice.message("setter").text("").send().expect_code(200);
    alice.message("carol").text("in ASCII").send().expect_code(202);
    assert_eq!(seen(&server, "storing", 3), change().1);
    alice.message("carol").text("žluťoučký kůň").send().expect_code(202);
    assert_eq!(seen(&server, "storing", 4), change().1);
}

/// As acc writes its records. The fault lasts longer than msilo has its own statements wait.
#[test]
fn an_update_of_another_module_waits_for_a_lock_of_three_seconds_as_without_msilo() {
    if !only_on(&[Kind::Mysql], "msilo has only MariaDB wait for a shorter time than usual") {
        return;
    }
    let server = with_a_neighbour().start();
    let alice = server.agent("alice");
    alice.message("bob").text("hello").send().expect_code(202);
    let held = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'";
    let lock = "START TRANSACTION; SELECT id FROM neighbour FOR UPDATE; SELECT SLEEP(3); COMMIT;";
    let request = alice.message("writer").text("").bytes();
    let reply = thread::scope(|scope| {
        scope.spawn(|| server.table().execute(lock));
        until("the row is locked", || server.table().number(held) > 0);
        alice.try_request(&request, Duration::from_secs(30))
    });
    reply.expect("an answer").expect_code(200);
    assert_eq!(server.table().number("SELECT COUNT(*) FROM neighbour WHERE text = 'new'"), 1);
}

/// C: refuses the message.
#[test]
fn an_update_of_another_module_is_refused_at_once_while_a_message_waits_for_the_lock() {
    if !only_on(&[Kind::Sqlite], "the others have a lock for each row") {
        return;
    }
    differs(|| {
        let server = with_a_neighbour().children(2).start();
        server.expect_log_error("ERROR");
        let (alice, carol) = (server.agent("alice"), server.agent("carol"));
        let message = alice.message("bob").text("hello").bytes();
        let update = carol.message("writer").text("").bytes();
        let (stored, updated) = thread::scope(|scope| {
            server.table().execute("BEGIN EXCLUSIVE");
            let stored = scope.spawn(|| alice.try_request(&message, Duration::from_secs(30)));
            // A worker that waited as long as the message may would answer when that is refused, too.
            let updated = carol.try_request(&update, Duration::from_secs(30));
            server.table().execute("COMMIT");
            (stored.join().expect("the message is answered"), updated)
        });
        updated.expect("an answer").expect_code(500);
        stored.expect("an answer").expect_code(202);
    });
}
