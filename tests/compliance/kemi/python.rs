//! Python (`app_python3`).

use super::Language;
use crate::differences::differs;

const PYTHON: Language = Language {
    module: "app_python3",
    engine: "python",
    file: "routes.py",
    script: r#"
import KSR as KSR

def mod_init():
    return Routes()

class Routes:
    def child_init(self, rank):
        return 0

    # app_python3 looks for these two whenever something is sent or answered.
    def ksr_onsend_route(self, msg):
        return 1

    def ksr_reply_route(self, msg):
        return 1

    def ksr_request_route(self, msg):
        method = KSR.pv.get("$rm")
        if method == "OPTIONS":
            KSR.sl.sl_send_reply(200, "OK")
        elif method == "REGISTER":
            KSR.registrar.save("location", 0)
            KSR.info("m_dump returned " + str(DUMP) + "\n")
        elif method == "MESSAGE" and KSR.is_myself_ruri():
            if KSR.registrar.lookup("location") > 0:
                KSR.tm.t_relay()
            else:
                KSR.tm.t_newtran()
                stored = STORE
                KSR.info("m_store returned " + str(stored) + "\n")
                KSR.tm.t_reply(202 if stored > 0 else 503, "Done")
        else:
            KSR.tm.t_relay()
        return 1

    def ksr_msilo_event(self, msg, event):
        value = lambda name: str(KSR.pv.get("$msilo(" + name + ")"))
        KSR.info("EVENT " + event + " id=" + value("id") + " owner=" + value("owner") + " code=" + value("code") + "\n")
        return 1
"#,
};

#[test]
fn mstore_and_mdump_store_and_deliver() {
    super::expect_delivery(&PYTHON, super::MSTORE, super::MDUMP);
}

#[test]
fn mstore_uri_and_mdump_uri_store_and_deliver() {
    super::expect_delivery_with_uris(&PYTHON);
}

#[test]
fn mstore_uri_stores_into_the_inbox_it_is_given() {
    super::expect_owner_stored(&PYTHON);
}

/// C has it from Kamailio 5.8 on.
#[test]
fn mstore_addrs_stores_under_its_kemi_name() {
    differs(|| super::expect_addresses_stored(&PYTHON));
}

#[test]
fn mstore_returns_minus_one_for_an_empty_body() {
    super::expect_empty_body_refused(&PYTHON);
}

#[test]
fn mdump_returns_minus_one_for_a_register_that_removes_its_contact() {
    super::expect_leaving_contact_gets_nothing(&PYTHON);
}

#[test]
fn the_event_callback_hears_of_deliveries() {
    differs(|| super::expect_events(&PYTHON));
}
