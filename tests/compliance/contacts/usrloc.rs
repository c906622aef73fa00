//! Every way in which usrloc keeps its contacts.

use super::{store, texts, to_contacts};
use crate::differences::differs;
use crate::harness::{stock_tables, Kind, Server, ServerBuilder};
use crate::skip::only_on;

/// Stores for bob, registers him, and has him get it.
#[track_caller]
fn expect_delivery(server: &Server, user: &str) {
    let sender = server.agent("alice");
    sender.message(user).text("hello").send().expect_code(202);
    let bob = server.agent(user);
    bob.register();
    assert_eq!(texts(&bob, 1), ["hello"]);
    server.table().wait_until_empty();
}

fn with_database(mode: i32) -> ServerBuilder {
    to_contacts()
        .modparam("usrloc", "db_mode", mode)
        .modparam("usrloc", "db_url", "{DB_URL}")
        .sql(&stock_tables("usrloc"))
}

#[test]
fn contacts_are_found_in_every_db_mode() {
    differs(|| {
        if !only_on(&[Kind::Sqlite, Kind::Mysql, Kind::Postgres], "usrloc needs a table of its own") {
            return;
        }
        for mode in 0..=3 {
            expect_delivery(&with_database(mode).start(), "bob");
        }
    });
}

#[test]
fn contacts_are_found_with_and_without_domains_in_their_keys() {
    differs(|| {
        for use_domain in [0, 1] {
            expect_delivery(&to_contacts().modparam("usrloc", "use_domain", use_domain).start(), "bob");
        }
    });
}

#[test]
fn letters_and_escapes_of_a_user_are_those_of_the_registrar() {
    differs(|| {
        for case_sensitive in [0, 1] {
            let server = to_contacts().modparam("registrar", "case_sensitive", case_sensitive).start();
            expect_delivery(&server, "Bob%20B");
        }
    });
}

#[test]
fn a_server_without_usrloc_refuses_to_start_and_says_what_to_load() {
    differs(|| {
        let refused = to_contacts()
            .without_module("usrloc")
            .without_module("registrar")
            .script(|script| script.routes = Some("request_route { sl_send_reply(\"200\", \"OK\"); }".to_owned()))
            .start_refused();
        assert!(refused.log.contains("load usrloc.so before msilo.so"), "{}", refused.log);
    });
}

#[test]
fn a_word_that_is_none_of_the_three_is_refused() {
    differs(|| {
        let refused = to_contacts().param("deliver_to", "phones").start_refused();
        let wanted =
            "modparam(\"msilo\", \"deliver_to\", \"phones\"): must be \"aor\", \"contacts\" or \"registration\"";
        assert!(refused.log.contains(wanted), "{}", refused.log);
    });
}

#[test]
fn contacts_of_another_table_are_found_where_location_names_it() {
    differs(|| {
        let server = to_contacts()
            .param("location", "phones")
            .script(|script| {
                script.routes = Some(
                    "request_route {
                    if (is_method(\"OPTIONS\")) { sl_send_reply(\"200\", \"OK\"); exit; }
                    if (is_method(\"REGISTER\")) { if (save(\"phones\")) m_dump(); exit; }
                    t_newtran();
                    if (m_store(\"$ru\")) t_reply(\"202\", \"Accepted\"); else t_reply(\"503\", \"Not Stored\");
                }"
                    .to_owned(),
                );
            })
            .start();
        store(&server, &["hello"]);
        let bob = server.agent("bob");
        bob.register();
        assert_eq!(texts(&bob, 1), ["hello"]);
    });
}

#[test]
fn contacts_are_found_where_the_registrar_leaves_a_part_of_the_domain_out() {
    differs(|| {
        let builder = to_contacts().modparam("usrloc", "use_domain", 1);
        expect_delivery(&builder.modparam("registrar", "realm_prefix", "example.").start(), "bob");
    });
}
