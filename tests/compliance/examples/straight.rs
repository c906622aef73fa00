//! `kamailio.cfg`: messages go straight to the phones. C does not know the parameter.

use super::{
    example, example_with_tcp, expect_failure_route_stores, expect_one_row_after_a_refusal,
    expect_stored_and_delivered, expect_stored_when_the_connection_is_gone,
};
use crate::differences::differs;
use crate::harness::{until, Server};

fn straight() -> Server {
    example("kamailio.cfg", &["SEND_TIME=1", "FR_TIMER=3000"]).start()
}

#[test]
fn kamailio_cfg_stores_for_an_offline_user_and_delivers_at_the_register() {
    differs(|| expect_stored_and_delivered(&straight()));
}

#[test]
fn kamailio_cfg_stores_in_failure_route_what_the_phone_refuses() {
    differs(|| expect_failure_route_stores(&straight()));
}

#[test]
fn kamailio_cfg_keeps_the_row_of_what_a_phone_refuses_at_its_register() {
    differs(|| expect_one_row_after_a_refusal(&straight()));
}

#[test]
fn kamailio_cfg_stores_when_the_connection_of_the_phone_is_gone() {
    differs(|| {
        let server = example_with_tcp("kamailio.cfg", &["SEND_TIME=1", "FR_TIMER=3000"]).start();
        expect_stored_when_the_connection_is_gone(&server);
    });
}

#[test]
fn kamailio_cfg_sends_no_message_through_its_own_script() {
    differs(|| {
        let server = straight();
        let (alice, bob) = (server.agent("alice"), server.agent("bob"));
        alice.message("bob").text("hello").send().expect_code(202);
        bob.register();
        assert_eq!(bob.receive().all("Via").len(), 1);
        until("the row is gone", || server.table().count_of("bob") == 0);
    });
}
