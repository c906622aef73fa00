//! The column that C has from Kamailio 5.8 on.

use crate::differences::differs;
use crate::harness::Server;
use crate::skip::with_sql;

#[test]
fn the_column_of_the_status_may_have_another_name() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let builder = Server::builder().param("sc_status", "my_status");
        let server = builder.sql("ALTER TABLE silo RENAME COLUMN status TO my_status").start();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").text("hello").send().expect_code(202);
        assert_eq!(server.table().number("SELECT count(*) FROM silo WHERE my_status = 0"), 1);
        bob.register();
        assert!(bob.receive().text().ends_with("] hello"));
        server.table().wait_until_empty();
    });
}
