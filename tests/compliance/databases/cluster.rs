//! db_cluster: two back ends, one of which cannot be reached.

use crate::databases::{datagrams_of_64_kilobytes, scenarios, texts};
use crate::differences::differs;
use crate::harness::{database_under_test, until, Kind, Server, ServerBuilder};
use crate::skip::only_on;

/// Whether the database under test is one that is put behind db_cluster.
fn clustered() -> bool {
    only_on(&[Kind::Mysql, Kind::Postgres], "db_cluster is for database servers")
}

/// A server on the back ends `first` and, where that fails, `second`.
fn on(builder: ServerBuilder, first: &str, second: &str) -> Server {
    // A database driver has to be loaded before msilo.
    let builder = builder.global("loadmodule \"db_cluster.so\"").param("db_url", "cluster://silo");
    let builder = builder.modparam("db_cluster", "connection", format!("first=>{first}"));
    let builder = builder.modparam("db_cluster", "connection", format!("second=>{second}"));
    let builder = builder.modparam("db_cluster", "cluster", "silo=>first=9s9s;second=8s8s");
    let server = builder.modparam("db_cluster", "inactive_interval", 1).start();
    // What the driver of the one that is away has to say.
    server.expect_log_error("ERROR: db_");
    server.expect_log_error("db_do_");
    server
}

/// The first back end is where nobody listens.
fn half_down(builder: ServerBuilder) -> Server {
    let scheme = if database_under_test() == Kind::Mysql { "mysql" } else { "postgres" };
    on(builder, &format!("{scheme}://nobody:nothing@127.0.0.1:9/none"), "{DB_URL}")
}

#[test]
fn messages_are_delivered_in_order_and_deleted_through_db_cluster() {
    if clustered() {
        differs(|| scenarios::messages_are_delivered_in_order_and_deleted(half_down));
    }
}

#[test]
fn a_restart_loses_nothing_and_doubles_nothing_through_db_cluster() {
    if clustered() {
        scenarios::a_restart_loses_nothing_and_doubles_nothing(half_down);
    }
}

#[test]
fn a_reminder_comes_at_its_time_through_db_cluster() {
    if clustered() {
        scenarios::a_reminder_comes_at_its_time(half_down);
    }
}

#[test]
fn the_limit_and_the_end_of_messages_are_kept_through_db_cluster() {
    if clustered() {
        scenarios::the_limit_and_the_end_of_messages_are_kept(half_down);
    }
}

/// C: sends no name.
#[test]
fn names_and_headers_in_any_characters_are_kept_through_db_cluster() {
    if clustered() {
        differs(|| texts::expect_kept(&half_down(Server::builder()), true));
    }
}

/// The driver builds the statement in a buffer. C: does not say which.
#[test]
fn a_body_of_58_kilobytes_through_db_cluster_needs_sql_buffer_size() {
    if !clustered() {
        return;
    }
    differs(|| {
        let body = vec![b'x'; 58_000];
        let server = half_down(datagrams_of_64_kilobytes());
        server.expect_log_error("ERROR: msilo");
        server.expect_log_error("Error while converting value to string");
        server.agent("alice").message("bob").body("text/x-plain", &body).send().expect_code(503);
        server.wait_for_log("for 58000 bytes the core parameter sql_buffer_size must be over 116000");
        let server = half_down(datagrams_of_64_kilobytes().global("sql_buffer_size=131072"));
        let bob = server.agent("bob");
        server.agent("alice").message("bob").body("text/x-plain", &body).send().expect_code(202);
        bob.register();
        assert!(bob.receive().body() == body, "the body that came is another");
    });
}

/// Both back ends are one database here, the first under a name of its own that can be locked out.
#[test]
fn a_back_end_that_goes_away_and_comes_back_loses_nothing() {
    if !only_on(&[Kind::Mysql], "the test locks an account of MariaDB") {
        return;
    }
    const NODE: &str = "'node'@'127.0.0.1'";
    let account = format!("CREATE USER {NODE} IDENTIFIED BY 'node'; GRANT ALL ON *.* TO {NODE};");
    let builder = Server::builder().own_database_server(&[]).sql(&account);
    let server = on(builder, "mysql://node:node@127.0.0.1:{DB_PORT}/{DB_NAME}", "{DB_URL}");
    let connections =
        || server.table().number("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'node'");
    let (alice, bob) = (server.agent("alice"), server.agent("bob"));
    let mut next = 0..;
    let mut store_and_deliver = || {
        let text = next.next().map(|number: u32| number.to_string()).unwrap_or_default();
        alice.message("bob").body("text/x-number", text.as_bytes()).send().expect_code(202);
        bob.register();
        assert_eq!(bob.receive().text(), text);
        server.table().wait_until_empty();
        bob.unregister();
    };
    store_and_deliver();
    assert!(connections() > 0, "the first back end is not used");
    server.table().execute(&format!("ALTER USER {NODE} ACCOUNT LOCK; KILL USER node;"));
    until("the first back end is gone", || connections() == 0);
    store_and_deliver();
    assert_eq!(connections(), 0);
    server.table().execute(&format!("ALTER USER {NODE} ACCOUNT UNLOCK;"));
    until("the first back end is used again", || {
        store_and_deliver();
        connections() > 0
    });
    store_and_deliver();
}
