//! The table as db_text's own files describe it.

use std::fs;

use crate::differences::differs;
use crate::harness::{create_scripts, until, Kind, Server, ServerBuilder};
use crate::skip::only_on;

/// A server on the stock files of db_text, with one SIP process: each has a copy of the table of its own.
fn on_db_text() -> ServerBuilder {
    let stock = create_scripts().with_file_name("dbtext").join("kamailio");
    let stock = |name: &str| fs::read_to_string(stock.join(name)).expect("db_text comes with its tables");
    // A database driver has to be loaded before msilo.
    let builder = Server::builder().global("loadmodule \"db_text.so\"").children(1).param("db_url", "text://{DIR}");
    builder.modparam("db_text", "db_mode", 1).file("silo", &stock("silo")).file("version", &stock("version"))
}

/// C leaves out two columns that the stock file wants filled.
#[test]
fn a_message_is_stored_in_the_stock_files_of_db_text_and_delivered() {
    if !only_on(&[Kind::Sqlite], "the other database of this test is SQLite") {
        return;
    }
    differs(|| {
        let mut server = on_db_text().start();
        let holds = |server: &Server, text: &str| {
            // The driver writes its files only when it is told to, and when the server stops.
            let _ = server.rpc().call(&["db_text.dump"]);
            fs::read_to_string(server.path("silo")).is_ok_and(|file| file.contains(text))
        };
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").text("hello").send().expect_code(202);
        until("the row is in the file", || holds(&server, "hello"));
        server.stop();
        server.start_again();
        until("the row is there again", || holds(&server, "hello"));
        bob.register();
        assert!(bob.receive().text().ends_with("] hello"));
        until("the row is deleted", || !holds(&server, "hello"));
    });
}
