//! JavaScript (`app_jsdt`).

use super::Language;
use crate::differences::differs;

const JAVASCRIPT: Language = Language {
    module: "app_jsdt",
    engine: "jsdt",
    file: "routes.js",
    script: r#"
function ksr_request_route() {
    var method = KSR.pv.get("$rm");
    if (method == "OPTIONS") {
        KSR.sl.sl_send_reply(200, "OK");
    } else if (method == "REGISTER") {
        KSR.registrar.save("location", 0);
        KSR.info("m_dump returned " + DUMP + "\n");
    } else if (method == "MESSAGE" && KSR.is_myself_ruri()) {
        if (KSR.registrar.lookup("location") > 0) {
            KSR.tm.t_relay();
        } else {
            KSR.tm.t_newtran();
            var stored = STORE;
            KSR.info("m_store returned " + stored + "\n");
            KSR.tm.t_reply(stored > 0 ? 202 : 503, "Done");
        }
    } else {
        KSR.tm.t_relay();
    }
    return 1;
}

function ksr_msilo_event(event) {
    var value = function(name) { return KSR.pv.get("$msilo(" + name + ")"); };
    KSR.info("EVENT " + event + " id=" + value("id") + " owner=" + value("owner") + " code=" + value("code") + "\n");
    return 1;
}
"#,
};

#[test]
fn mstore_and_mdump_store_and_deliver() {
    super::expect_delivery(&JAVASCRIPT, super::MSTORE, super::MDUMP);
}

#[test]
fn mstore_uri_and_mdump_uri_store_and_deliver() {
    super::expect_delivery_with_uris(&JAVASCRIPT);
}

#[test]
fn mstore_uri_stores_into_the_inbox_it_is_given() {
    super::expect_owner_stored(&JAVASCRIPT);
}

/// C has it from Kamailio 5.8 on.
#[test]
fn mstore_addrs_stores_under_its_kemi_name() {
    differs(|| super::expect_addresses_stored(&JAVASCRIPT));
}

#[test]
fn mstore_returns_minus_one_for_an_empty_body() {
    super::expect_empty_body_refused(&JAVASCRIPT);
}

#[test]
fn mdump_returns_minus_one_for_a_register_that_removes_its_contact() {
    super::expect_leaving_contact_gets_nothing(&JAVASCRIPT);
}

#[test]
fn the_event_callback_hears_of_deliveries() {
    differs(|| super::expect_events(&JAVASCRIPT));
}
