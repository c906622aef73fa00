//! Storing without waiting.

use crate::differences::Difference;

/// How a config is refused that calls what C lacks.
const NO_SUCH_FUNCTION: &str = "the server ended at start";

pub const LINES: &[Difference] = &[Difference {
    subject: "a database that is slow or silent",
    points: &[],
    theirs: "`m_store()` holds its SIP worker: with all of them held the server answers nobody",
    ours: "`m_store_async()` lets the transaction wait, and no worker; `m_store()` as in C",
    why: "calls need the workers, too; and one INSERT for many messages stores several times as many",
    theirs_since: None,
    tests: &[
        ("later::stored::a_message_is_stored_and_answered_when_its_row_is_there", NO_SUCH_FUNCTION),
        ("later::stored::a_row_is_the_same_as_that_of_m_store", NO_SUCH_FUNCTION),
        (
            "later::stored::a_row_is_the_same_as_that_of_m_store_where_the_table_has_another_character_set",
            NO_SUCH_FUNCTION,
        ),
        ("later::stored::what_is_refused_is_refused_at_once_with_minus_one", NO_SUCH_FUNCTION),
        ("later::stored::a_message_that_is_over_already_is_answered_as_stored", NO_SUCH_FUNCTION),
        ("later::stored::a_message_the_phone_refuses_is_stored_in_failure_route", NO_SUCH_FUNCTION),
        ("later::stored::a_retransmission_is_stored_once_and_answered_the_same", NO_SUCH_FUNCTION),
        ("later::stored::an_inbox_takes_as_many_as_max_messages_says_whoever_stores_them", NO_SUCH_FUNCTION),
        ("later::stored::the_sender_is_notified_after_the_row_is_there", NO_SUCH_FUNCTION),
        ("later::stored::a_message_for_a_foreign_host_does_not_wait_for_the_notifications_of_others", NO_SUCH_FUNCTION),
        ("later::stored::a_message_out_of_the_silo_that_comes_back_stays_where_it_is", NO_SUCH_FUNCTION),
        ("later::stored::the_script_may_give_addresses", NO_SUCH_FUNCTION),
        ("later::batches::many_messages_are_written_in_few_statements", NO_SUCH_FUNCTION),
        ("later::batches::a_row_that_the_database_refuses_fails_alone", NO_SUCH_FUNCTION),
        ("later::batches::messages_of_all_kinds_are_written_together", NO_SUCH_FUNCTION),
        ("later::silence::while_the_database_is_silent_the_server_answers_and_every_answer_is_true", NO_SUCH_FUNCTION),
        ("later::silence::an_answer_that_is_lost_makes_no_answer_untrue_and_no_message_double", NO_SUCH_FUNCTION),
        (
            "later::silence::a_transaction_that_tm_is_about_to_end_is_answered_before_and_its_row_is_not_there",
            NO_SUCH_FUNCTION,
        ),
        ("later::silence::a_row_that_came_too_late_is_deleted_where_servers_share_the_table_too", NO_SUCH_FUNCTION),
        ("later::silence::a_retransmission_of_what_came_too_late_is_stored", NO_SUCH_FUNCTION),
        ("later::ends::a_stop_in_the_middle_of_a_batch_leaves_nobody_without_an_answer", NO_SUCH_FUNCTION),
        ("later::ends::a_stop_while_the_database_is_silent_answers_everybody", NO_SUCH_FUNCTION),
        ("later::ends::a_restart_loses_nothing_that_was_accepted", NO_SUCH_FUNCTION),
        ("later::ends::a_power_failure_costs_nothing_that_was_accepted_and_doubles_nothing", NO_SUCH_FUNCTION),
        (
            "later::ends::when_the_storing_process_is_gone_a_message_is_refused_with_a_line_that_says_so",
            NO_SUCH_FUNCTION,
        ),
        (
            "later::ends::when_the_process_that_answers_is_gone_a_message_is_refused_with_a_line_that_says_so",
            NO_SUCH_FUNCTION,
        ),
        ("later::ends::the_server_ends_when_its_storing_process_is_killed", NO_SUCH_FUNCTION),
        ("later::ends::what_a_storing_process_had_in_hand_when_it_was_killed_is_answered", NO_SUCH_FUNCTION),
        ("later::ends::what_waits_for_the_database_leaves_the_server_its_memory", NO_SUCH_FUNCTION),
        ("later::ends::a_transaction_that_the_script_answers_itself_ends_with_that_answer", NO_SUCH_FUNCTION),
        ("later::config::the_processes_are_there_where_the_script_calls_the_function", NO_SUCH_FUNCTION),
        ("later::config::there_are_as_many_as_storing_processes_says_and_all_of_them_store", NO_SUCH_FUNCTION),
        ("later::config::a_number_that_cannot_be_is_refused_at_start", "not found in module <msilo>"),
        ("later::config::a_route_that_the_script_does_not_have_is_refused_at_start", "m_store_async"),
        ("later::config::a_route_that_a_variable_names_and_that_is_not_there_is_named_in_a_line", NO_SUCH_FUNCTION),
        ("later::config::without_a_transaction_a_line_says_what_is_missing", NO_SUCH_FUNCTION),
        ("later::config::in_a_route_where_it_cannot_work_it_is_refused_at_start", "error searching pvar"),
        ("later::kemi::lua_stores_later_and_its_function_is_called", NO_SUCH_FUNCTION),
        ("later::kemi::lua_may_give_addresses", NO_SUCH_FUNCTION),
        ("later::kemi::python_stores_later_and_its_method_is_called", NO_SUCH_FUNCTION),
        ("later::kemi::without_storing_processes_a_line_says_what_to_set", "waited 10s in vain for a final reply"),
    ],
}];
