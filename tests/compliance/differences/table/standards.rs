//! What standards say of messages that wait, and what scripts hear of them.

use crate::differences::Difference;

/// How a config is refused that sets a parameter C lacks.
const NO_SUCH_PARAMETER: &str = "not found in module <msilo>";
/// How one is refused whose routes name variables that C lacks.
const REFUSED: &str = "the server ended at start";

pub const LINES: &[Difference] = &[
    Difference {
        subject: "\"is composing\" (`application/im-iscomposing+xml`, by itself or inside a `message/cpim`)",
        points: &[],
        theirs: "stored, and delivered days later",
        ours: "accepted and not stored: `m_store()` returns 1, nothing is counted, nobody is notified",
        why: "it is true for a moment: RFC 3994, section 3",
        theirs_since: None,
        tests: &[
            ("standards::who_is_writing_is_accepted_and_not_stored", "rows\n  left: 1\n right: 0"),
            ("standards::who_is_writing_inside_a_cpim_is_not_stored_either", "rows\n  left: 1\n right: 0"),
        ],
    },
    Difference {
        subject: "`Expires` of a delivered message",
        points: &[],
        theirs: "none",
        ours: "the seconds that are left of its time, at least 1",
        why: "the next server that stores it must not keep it for another full term: RFC 3428, sections 4 and 7",
        theirs_since: None,
        tests: &[
            ("standards::what_is_left_of_its_time_goes_out_with_a_message", "no Expires in"),
            (
                "standards::of_a_message_that_is_old_less_is_left_and_never_less_than_one",
                "5500",
            ),
        ],
    },
    Difference {
        subject: "`imdn`: the sender asks for a disposition notification",
        points: &[],
        theirs: "nothing",
        ours: "off by default; `processing` with `stored` when it is stored, `negative-delivery` with `failed` when it expires; never about a notification, never twice",
        why: "RFC 5438, sections 6.2 and 11.1; headers of the `message/cpim` as in RFC 3862, section 3",
        theirs_since: None,
        tests: &[
            ("standards::imdn::who_asks_for_processing_is_told_that_the_message_is_stored", NO_SUCH_PARAMETER),
            (
                "standards::imdn::who_asks_for_negative_delivery_is_told_once_that_the_message_has_expired",
                NO_SUCH_PARAMETER,
            ),
            ("standards::imdn::a_message_that_was_delivered_is_not_told_to_have_expired", NO_SUCH_PARAMETER),
            ("standards::imdn::about_a_notification_there_is_never_one", NO_SUCH_PARAMETER),
            ("events::start::imdn_2_is_named_with_its_rule", NO_SUCH_PARAMETER),
        ],
    },
    Difference {
        subject: "what scripts hear of messages",
        points: &[],
        theirs: "nothing",
        ours: "`event_route[msilo:delivered]`, `[msilo:undelivered]`, `[msilo:expired]`, `[msilo:waiting]`, or `event_callback`, run by a process of their own; `$msilo(name)`",
        why: "so that an application need not ask the table",
        theirs_since: None,
        tests: &[
            ("events::routes::a_delivery_is_told_with_all_that_is_known_of_it", REFUSED),
            ("events::routes::the_call_id_is_told_where_it_is_stored", REFUSED),
            ("events::routes::a_refusal_is_told_with_its_status", REFUSED),
            ("events::routes::no_answer_at_all_is_told_as_408", REFUSED),
            ("events::routes::a_message_that_expires_is_told_once_and_its_row_is_deleted", REFUSED),
            ("events::routes::expired_messages_are_told_by_several_processes_and_by_each_once", REFUSED),
            ("events::routes::an_inbox_in_which_a_message_has_waited_for_long_is_told_by_its_oldest", REFUSED),
            ("events::routes::a_slow_route_holds_up_no_delivery", REFUSED),
            ("events::routes::a_route_about_a_delivery_cannot_begin_it_again", REFUSED),
            ("events::routes::the_route_of_a_message_that_waits_may_have_its_inbox_delivered", REFUSED),
            ("events::start::only_a_script_with_such_a_route_has_the_process_for_it", REFUSED),
            ("events::start::wake_after_without_a_route_is_refused", NO_SUCH_PARAMETER),
            ("events::start::wake_after_minus_1_is_named_with_its_rule", NO_SUCH_PARAMETER),
            (
                "events::start::a_route_for_messages_that_wait_without_wake_after_is_refused",
                "the server started although",
            ),
            ("events::start::an_event_callback_without_a_script_of_that_kind_is_refused", NO_SUCH_PARAMETER),
            ("events::variables::behind_m_store_a_script_can_ask_for_the_row_and_for_how_many_there_are", REFUSED),
            ("events::variables::what_was_not_stored_has_no_row", REFUSED),
            ("examples::push::three_messages_cause_one_push_and_the_app_gets_them_in_order", REFUSED),
            ("examples::push::a_message_that_still_waits_causes_a_second_push", REFUSED),
            ("examples::push::nobody_is_woken_for_a_notification_that_his_message_was_read", REFUSED),
            ("kemi::lua::the_event_callback_hears_of_deliveries", REFUSED),
            ("kemi::lua::behind_mstore_a_script_can_ask_for_the_row", "in vain for \"row "),
            ("kemi::python::the_event_callback_hears_of_deliveries", REFUSED),
            ("kemi::javascript::the_event_callback_hears_of_deliveries", REFUSED),
        ],
    },
];
