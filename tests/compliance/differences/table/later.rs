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
        ("later::stored::what_is_refused_is_refused_at_once_with_minus_one", NO_SUCH_FUNCTION),
        ("later::stored::a_message_that_is_over_already_is_answered_as_stored", NO_SUCH_FUNCTION),
        ("later::stored::a_message_the_phone_refuses_is_stored_in_failure_route", NO_SUCH_FUNCTION),
        ("later::stored::a_retransmission_is_stored_once_and_answered_the_same", NO_SUCH_FUNCTION),
        ("later::stored::an_inbox_takes_as_many_as_max_messages_says_whoever_stores_them", NO_SUCH_FUNCTION),
        ("later::stored::the_sender_is_notified_after_the_row_is_there", NO_SUCH_FUNCTION),
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
    ],
}];
