//! Starting: which configs are accepted, and which stop the server.

use crate::harness::{Server, ServerBuilder};
use crate::skip::with_sql;

/// What C msilo of Kamailio 5.6 takes, at its defaults; where the default is "not set", an example of the docs.
fn all_parameters() -> ServerBuilder {
    let strings = [
        ("db_table", "silo"),
        ("sc_mid", "id"),
        ("sc_from", "src_addr"),
        ("sc_to", "dst_addr"),
        ("sc_uri_user", "username"),
        ("sc_uri_host", "domain"),
        ("sc_body", "body"),
        ("sc_ctype", "ctype"),
        ("sc_exp_time", "exp_time"),
        ("sc_inc_time", "inc_time"),
        ("sc_snd_time", "snd_time"),
        ("sc_stored_hdrs", "extra_hdrs"),
        ("from_address", "sip:$rU@example.org"),
        ("contact_hdr", "Contact: <sip:null@example.com>\r\n"),
        ("extra_hdrs", "X-Extra: $tu\r\nY-Extra: foo\r\n"),
        ("offline_message", "*** User $rU is offline!"),
        ("content_type_hdr", "Content-Type: text/plain\r\n"),
        ("reminder", "sip:registrar@example.org"),
        ("outbound_proxy", "sip:kamailio.org;transport=tcp"),
        ("snd_time_avp", "$avp(i:123)"),
        ("extra_hdrs_avp", "$avp(msilo_extra_hdrs)"),
    ];
    let numbers = [
        ("expire_time", 259_200),
        ("check_time", 60),
        ("send_time", 0),
        ("clean_period", 10),
        ("use_contact", 1),
        ("add_date", 1),
        ("max_messages", 0),
        ("add_contact", 0),
        ("skip_notification_flag", -1),
    ];
    let builder = strings.iter().fold(Server::builder(), |builder, (name, value)| builder.param(name, *value));
    numbers.iter().fold(builder, |builder, (name, value)| builder.param(name, *value))
}

/// Starts a server that has to refuse its config in msilo.
#[track_caller]
fn expect_refusal(builder: ServerBuilder) {
    let refusal = builder.start_refused();
    assert!(!refusal.status.success(), "the server ended with {}", refusal.status);
    assert!(refusal.log.contains("msilo"), "msilo is not named:\n{}", refusal.log);
}

#[test]
fn every_parameter_is_accepted_with_its_default() {
    all_parameters().start();
}

#[test]
fn no_parameter_but_the_database_is_needed() {
    Server::builder().without_param("check_time").without_param("outbound_proxy").start();
}

#[test]
fn an_unknown_parameter_is_refused() {
    expect_refusal(Server::builder().param("no_such_parameter", 1));
}

#[test]
fn a_string_for_a_number_is_refused() {
    expect_refusal(Server::builder().param("expire_time", "soon"));
}

#[test]
fn a_negative_check_time_is_refused() {
    expect_refusal(Server::builder().param("check_time", -1));
}

#[test]
fn a_skip_notification_flag_above_31_is_refused() {
    expect_refusal(Server::builder().param("skip_notification_flag", 32));
}

#[test]
fn a_skip_notification_flag_below_minus_1_is_refused() {
    expect_refusal(Server::builder().param("skip_notification_flag", -2));
}

#[test]
fn a_snd_time_avp_that_is_no_avp_is_refused() {
    expect_refusal(Server::builder().param("snd_time_avp", "$ru"));
}

#[test]
fn an_extra_hdrs_avp_that_is_no_avp_is_refused() {
    expect_refusal(Server::builder().param("extra_hdrs_avp", "$ru"));
}

#[test]
fn an_offline_message_without_content_type_hdr_is_refused() {
    expect_refusal(Server::builder().param("offline_message", "offline"));
}

#[test]
fn a_database_driver_that_is_not_loaded_is_refused() {
    expect_refusal(Server::builder().param("db_url", "nosuchdriver://nowhere/db"));
}

#[test]
fn a_database_that_cannot_be_opened_is_refused() {
    expect_refusal(Server::builder().param("db_url", "sqlite:///{DIR}/no/such/dir/db"));
}

#[test]
fn a_table_that_does_not_exist_is_refused() {
    expect_refusal(Server::builder().param("db_table", "nosuchtable"));
}

#[test]
fn a_table_of_another_version_is_refused() {
    if !with_sql() {
        return;
    }
    expect_refusal(Server::builder().sql("UPDATE version SET table_version = 7 WHERE table_name = 'silo'"));
}

#[test]
fn an_unknown_pseudo_variable_in_a_parameter_is_refused() {
    expect_refusal(Server::builder().param("from_address", "sip:$nosuchvariable(x@example.test"));
}

#[test]
fn msilo_without_tm_is_refused() {
    let routes = "request_route { exit; }\n";
    expect_refusal(Server::builder().without_module("tm").script(|script| script.routes = Some(routes.into())));
}

#[test]
fn the_functions_take_no_more_than_one_parameter() {
    let builder = Server::builder().script(|script| script.store = "m_store(\"$ru\", \"$fu\")".into());
    let refusal = builder.start_refused();
    assert!(refusal.log.contains("m_store"), "m_store is not named:\n{}", refusal.log);
}

#[test]
fn m_dump_is_refused_in_failure_route() {
    let builder = Server::builder().script(|script| script.store_on_failure = "m_dump()".into());
    let refusal = builder.start_refused();
    assert!(refusal.log.contains("m_dump"), "m_dump is not named:\n{}", refusal.log);
}
