//! Several servers on one table.

use crate::differences::Difference;

/// How a config is refused that sets a parameter C lacks.
const NO_SUCH_PARAMETER: &str = "not found in module <msilo>";

pub const LINES: &[Difference] = &[Difference {
    subject: "the same REGISTER at several servers with one table",
    points: &[],
    theirs: "each server delivers everything",
    ours: "the same by default; with `shared_table` each message comes once, in order, from whichever server has claimed it",
    why: "sent twice",
    theirs_since: None,
    tests: &[
        ("cluster::once::two_servers_deliver_each_message_once_in_order_and_one_at_a_time", NO_SUCH_PARAMETER),
        (
            "cluster::once::ten_phones_that_register_at_four_servers_again_and_again_get_each_message_once",
            NO_SUCH_PARAMETER,
        ),
        ("cluster::once::what_a_neighbour_stores_meanwhile_comes_behind_and_once", NO_SUCH_PARAMETER),
        (
            "cluster::dead_phone::a_register_at_another_server_is_served_when_the_first_has_given_its_dead_phone_up",
            NO_SUCH_PARAMETER,
        ),
        ("cluster::dead_phone::an_inbox_that_another_server_holds_does_not_hold_up_the_others", NO_SUCH_PARAMETER),
        (
            "cluster::outages::the_inbox_of_a_killed_server_is_delivered_by_another_when_its_claims_are_over",
            NO_SUCH_PARAMETER,
        ),
        (
            "cluster::outages::a_server_that_was_suspended_for_longer_than_its_claims_sends_nothing_more",
            NO_SUCH_PARAMETER,
        ),
        (
            "cluster::outages::a_server_that_was_cut_off_from_its_database_for_longer_than_its_claims_sends_nothing_more",
            NO_SUCH_PARAMETER,
        ),
    ],
}];
