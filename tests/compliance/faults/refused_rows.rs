//! Rows that the database does not let go.

use super::{all, allow_deletes, fill, numbers, refuse_deletes, sorted};
use crate::differences::differs;
use crate::harness::{until, Server};
use crate::skip::with_sql;

/// C sends bob's messages again.
#[test]
fn the_rows_of_one_user_that_cannot_be_deleted_do_not_hold_those_of_another() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let server = Server::start();
        server.expect_log_error("ERROR");
        let (bob, carol) = (server.agent("bob"), server.agent("carol"));
        fill(&server, "bob", 20);
        refuse_deletes(&server, "old.username = 'bob'");
        bob.register();
        assert_eq!(sorted(numbers(&bob, 20)), all(20));
        server.wait_for_log("the trigger refuses");

        fill(&server, "carol", 300);
        carol.register();
        assert_eq!(sorted(numbers(&carol, 300)), all(300));
        until("carol's rows are gone", || server.table().count_of("carol") == 0);
        let dumps = server.log().count("m_dump returned 1");
        bob.register();
        until("he has asked for his messages", || server.log().count("m_dump returned 1") > dumps);
        server.settle();
        assert_eq!(bob.waiting(), 0, "sent again");
        assert_eq!(server.table().count_of("bob"), 20);
        allow_deletes(&server);
        server.table().wait_until_empty();
    });
}

/// C delivers all and forgets that it did.
#[test]
fn when_no_row_can_be_deleted_delivery_pauses_before_too_much_could_come_twice() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let server = Server::start();
        server.expect_log_error("ERROR");
        let bob = server.agent("bob");
        fill(&server, "bob", 1500);
        refuse_deletes(&server, "1 = 1");
        bob.register();
        let mut got = numbers(&bob, 1000);
        server.wait_for_log("(1000 delivered messages wait for it)");
        assert_eq!(bob.waiting(), 0, "more was sent");
        allow_deletes(&server);
        got.extend(numbers(&bob, 500));
        assert_eq!(sorted(got), all(1500));
        server.table().wait_until_empty();
    });
}

/// C forgets what it could not delete.
#[test]
fn a_clean_stop_deletes_what_can_be_deleted_behind_rows_that_cannot() {
    differs(|| {
        if !with_sql() {
            return;
        }
        let mut server = Server::start();
        server.expect_log_error("ERROR");
        let (bob, carol) = (server.agent("bob"), server.agent("carol"));
        refuse_deletes(&server, "old.username = 'bob'");
        fill(&server, "bob", 30);
        fill(&server, "carol", 30);
        bob.register();
        numbers(&bob, 30);
        carol.register();
        numbers(&carol, 30);
        server.stop();
        let left = server.table().rows().into_iter().filter(|row| row.username == "carol").count();
        assert_eq!(left, 0, "carol's rows after the stop");
    });
}
