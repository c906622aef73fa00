//! Several servers that share one table, by `shared_table`.

use crate::differences::Difference;

/// How a config is refused that sets a parameter C lacks.
const NO_SUCH_PARAMETER: &str = "not found in module <msilo>";

pub const LINES: &[Difference] = &[Difference {
    subject: "which server has a message, where several share one table",
    points: &[],
    theirs: "all of them",
    ours: "the same by default; with `shared_table` the one that stands in the column `status`, until it gives the message back or \
           its time is over",
    why: "sent twice; `max_messages` overrun; stored again when it comes back",
    theirs_since: None,
    tests: &[
        ("shared_table::contacts::a_reminder_comes_once_from_the_server_where_its_user_has_registered", NO_SUCH_PARAMETER),
        ("shared_table::contacts::a_server_takes_nothing_from_an_inbox_whose_user_has_registered_elsewhere", NO_SUCH_PARAMETER),
        ("shared_table::stores::an_inbox_holds_max_messages_whichever_servers_store_into_it", NO_SUCH_PARAMETER),
        ("shared_table::stores::a_message_of_another_server_that_comes_back_is_not_stored_again_and_not_lost", NO_SUCH_PARAMETER),
        ("shared_table::stores::who_makes_up_the_mark_of_a_message_has_his_own_stored", NO_SUCH_PARAMETER),
        ("shared_table::turns::a_user_who_registers_at_two_servers_gets_each_message_once_and_in_order", NO_SUCH_PARAMETER),
        ("shared_table::turns::what_is_in_flight_is_claimed_and_what_fails_is_given_back", NO_SUCH_PARAMETER),
        ("shared_table::turns::whoever_registers_elsewhere_while_a_dead_phone_is_waited_for_gets_the_messages_when_that_is_over", NO_SUCH_PARAMETER),
        ("shared_table::turns::a_stop_gives_everything_back", NO_SUCH_PARAMETER),
        ("shared_table::turns::what_a_crashed_server_had_is_taken_over_when_its_lease_is_over", NO_SUCH_PARAMETER),
        ("shared_table::turns::a_server_that_starts_again_frees_what_its_crash_left_and_says_so", NO_SUCH_PARAMETER),
        ("shared_table::turns::claims_are_renewed_while_a_phone_is_waited_for", NO_SUCH_PARAMETER),
        ("shared_table::refused::without_a_server_id_it_is_refused_with_what_to_set", NO_SUCH_PARAMETER),
        ("shared_table::refused::a_status_column_that_no_claim_fits_is_refused", NO_SUCH_PARAMETER),
    ],
}];
