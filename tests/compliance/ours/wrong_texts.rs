//! A text that cannot be used stops the server, and the log names parameter, value and rule.

use crate::differences::differs;
use crate::harness::{Server, ServerBuilder};
use crate::ours::numbers::log_of_start;
use crate::skip::with_sql;

/// Starts that server, and proves that one line of the log says what is wrong.
#[track_caller]
fn expect_named(builder: ServerBuilder, name: &str, value: &str, rule: &str) {
    let log = log_of_start(builder);
    let wanted = format!("modparam(\"msilo\", \"{name}\", {value}): ");
    let named = |line: &str| line.contains("ERROR: msilo") && line.contains(&wanted) && line.contains(rule);
    assert!(log.lines().any(named), "no line says {wanted}{rule}:\n{log}");
}

/// The same for a server that differs in that parameter only.
#[track_caller]
fn expect_text_named(name: &str, value: &str, rule: &str) {
    expect_named(Server::builder().param(name, value), name, &format!("\"{value}\""), rule);
}

#[test]
fn a_reminder_that_is_no_uri_is_named() {
    differs(|| expect_text_named("reminder", "nobody", "must be a SIP URI"));
}

#[test]
fn an_outbound_proxy_that_is_no_uri_is_named() {
    differs(|| expect_text_named("outbound_proxy", "127.0.0.1", "must be a SIP URI"));
}

#[test]
fn a_snd_time_avp_that_is_no_avp_is_named() {
    differs(|| expect_text_named("snd_time_avp", "$ru", "must be an AVP like \"$avp(name)\""));
}

#[test]
fn an_extra_hdrs_avp_that_is_no_avp_is_named() {
    differs(|| expect_text_named("extra_hdrs_avp", "$ru", "must be an AVP like \"$avp(name)\""));
}

#[test]
fn a_from_address_with_an_unknown_variable_is_named() {
    differs(|| expect_text_named("from_address", "sip:$nosuchvariable(x@example.test", "unknown pseudo-variable"));
}

#[test]
fn a_contact_hdr_with_an_unknown_variable_is_named() {
    differs(|| expect_text_named("contact_hdr", "Contact: <sip:$nosuchvariable(x>", "unknown pseudo-variable"));
}

#[test]
fn a_content_type_hdr_with_an_unknown_variable_is_named() {
    differs(|| expect_text_named("content_type_hdr", "Content-Type: $nosuchvariable(x", "unknown pseudo-variable"));
}

#[test]
fn extra_hdrs_with_an_unknown_variable_are_named() {
    differs(|| expect_text_named("extra_hdrs", "X-Extra: $nosuchvariable(x", "unknown pseudo-variable"));
}

#[test]
fn an_offline_message_with_an_unknown_variable_is_named() {
    differs(|| {
        let builder = Server::builder().param("content_type_hdr", "Content-Type: text/plain\r\n");
        let builder = builder.param("offline_message", "$nosuchvariable(x");
        expect_named(builder, "offline_message", "\"$nosuchvariable(x\"", "unknown pseudo-variable");
    });
}

#[test]
fn an_offline_message_without_content_type_hdr_is_named() {
    differs(|| {
        let builder = Server::builder().param("offline_message", "offline");
        expect_named(builder, "offline_message", "...", "content_type_hdr must be set");
    });
}

#[test]
fn an_empty_db_table_is_named() {
    differs(|| expect_text_named("db_table", "", "must be a name that a database can have"));
}

#[test]
fn a_column_with_a_quote_in_its_name_is_named() {
    differs(|| expect_text_named("sc_body", "bo'dy", "must be a name that a database can have"));
}

#[test]
fn the_default_db_url_is_named_without_its_password() {
    differs(|| {
        let builder = Server::builder().without_param("db_url");
        expect_named(builder, "db_url", "\"mysql://kamailio:...@localhost/kamailio\"", "");
    });
}

#[test]
fn a_db_url_whose_driver_is_not_loaded_is_named() {
    differs(|| expect_text_named("db_url", "nosuchdriver://nowhere/db", ""));
}

#[test]
fn a_table_of_another_version_is_named_with_the_one_that_is_needed() {
    if !with_sql() {
        return;
    }
    differs(|| {
        let refusal =
            Server::builder().sql("UPDATE version SET table_version = 7 WHERE table_name = 'silo'").start_refused();
        let named = |line: &str| ["ERROR: msilo", "\"silo\"", "version 8"].iter().all(|part| line.contains(part));
        assert!(refusal.log.lines().any(named), "no line names table and version:\n{}", refusal.log);
    });
}
