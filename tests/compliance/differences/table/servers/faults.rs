//! Faults: of the database, of the network, of phones, of the server itself.

use crate::differences::{Difference, BY_CHANCE};

pub const LINES: &[Difference] = &[
    Difference {
        subject: "large inbox, silent or vanished phone",
        points: &[15, 33],
        theirs: "sent in one burst, whether anybody answers or not",
        ours: "paced; nothing more is sent to where nobody answers",
        why: "lost messages, traffic into the void",
        theirs_since: None,
        tests: &[
            (
                "faults::phones::a_phone_that_disappears_after_five_messages_gets_the_others_once_when_it_is_back",
                "more was sent into the void",
            ),
            ("faults::phones::a_silent_phone_gets_one_message_for_each_register", "more than one message"),
            ("faults::crowd::five_thousand_messages_arrive_at_one_register_through_one_process", BY_CHANCE),
            ("faults::crowd::in_a_storm_of_registers_everybody_gets_what_is_theirs_once", BY_CHANCE),
        ],
    },
    Difference {
        subject: "messages that a phone never answers",
        points: &[],
        theirs: "all are sent again, with the others, at each REGISTER",
        ours: "one for each REGISTER; from the next one on it waits behind those that had fewer time-outs",
        why: "a message that the phone chokes on must not hold up the others, nor flood a phone that is off",
        theirs_since: None,
        tests: &[
            (
                "faults::poison::after_as_many_registers_as_there_are_messages_without_an_answer_all_others_are_delivered",
                "waited 10s in vain until failed_messages is",
            ),
            ("faults::poison::with_a_window_of_two_what_was_not_answered_comes_last", "parameter <dump_window>"),
            ("faults::poison::a_dump_of_one_message_passes_over_the_one_that_was_not_answered", "failed to find command m_dump"),
            ("faults::poison::a_reminder_that_was_not_answered_comes_after_the_ordinary_messages", BY_CHANCE),
        ],
    },
    Difference {
        subject: "hosts that nobody resolves, peers that take no connection (without `outbound_proxy`)",
        points: &[],
        theirs: "a SIP worker waits for each, at each REGISTER",
        ours: "tried by a process of their own, one at a time and less and less often; the log warns at start",
        why: "nobody waits for somebody else's destination",
        theirs_since: None,
        tests: &[
            ("faults::slow_hosts::ten_hosts_of_a_silent_name_server_delay_nobody_else_and_no_stop", "waited 10s in vain for a final reply"),
            ("faults::slow_hosts::a_host_that_was_quick_before_does_not_wait_for_a_silent_one", BY_CHANCE),
            ("faults::slow_hosts::a_peer_that_takes_no_connection_delays_nobody_else_and_no_stop", BY_CHANCE),
            ("faults::slow_hosts::a_host_that_was_slow_is_not_tried_again_at_the_next_register", "waited 10s in vain for"),
            (
                "faults::slow_hosts::core_psx_lists_a_process_for_slow_hosts_where_there_is_no_outbound_proxy",
                "waited 10s in vain until the process is there",
            ),
        ],
    },
    Difference {
        subject: "database that is locked, or away for a while",
        points: &[13, 18],
        theirs: "refused, forgotten, or sent again",
        ours: "waited for; nothing is lost or sent twice",
        why: "lost messages, messages sent twice",
        theirs_since: None,
        tests: &[
            (
                "faults::database::a_database_that_somebody_else_locks_for_three_seconds_loses_and_refuses_nothing",
                "503, 503",
            ),
            (
                "faults::database::a_dump_that_cannot_read_the_table_goes_on_when_it_is_back",
                "in vain for message 1 of 20",
            ),
            (
                "faults::database::a_table_that_goes_away_in_the_middle_of_a_dump_costs_nothing_and_doubles_nothing",
                "until the table silo is empty",
            ),
            (
                "faults::network::a_database_that_is_unreachable_for_thirty_seconds_loses_nothing",
                "until bob has got all that there is",
            ),
            (
                "faults::network::a_database_that_is_restarted_while_messages_are_stored_and_delivered_loses_nothing",
                " lines of ",
            ),
            (
                "faults::network::a_database_that_takes_longer_than_the_driver_waits_is_reported_to_the_sender",
                "until bob has got all that there is",
            ),
            (
                "faults::network::a_delivery_process_that_waits_for_a_silent_database_ends_with_the_server",
                "in vain for \"deliver the inbox of carol\"",
            ),
        ],
    },
    Difference {
        subject: "log while the database is away",
        points: &[],
        theirs: "some lines for each message",
        ours: "a line a second for each process, with the number of those left out",
        why: "the log must not fill the disk",
        theirs_since: None,
        tests: &[("faults::database::a_database_that_is_away_is_news_once_a_second", " lines in ")],
    },
    Difference {
        subject: "rows that cannot be deleted",
        points: &[17, 18],
        theirs: "forgotten and sent again, also after a stop",
        ours: "remembered, tried again, and in nobody else's way",
        why: "messages sent twice",
        theirs_since: None,
        tests: &[
            (
                "faults::refused_rows::a_clean_stop_deletes_what_can_be_deleted_behind_rows_that_cannot",
                "carol's rows after the stop",
            ),
            (
                "faults::refused_rows::the_rows_of_one_user_that_cannot_be_deleted_do_not_hold_those_of_another",
                "sent again",
            ),
            (
                "faults::refused_rows::when_no_row_can_be_deleted_delivery_pauses_before_too_much_could_come_twice",
                "waited 10s in vain for",
            ),
        ],
    },
    Difference {
        subject: "`drop` in `event_route[tm:local-request]`",
        points: &[7],
        theirs: "never tried again until a restart",
        ours: "counted, logged, tried at the next `m_dump()`, then after a minute, two, four ... an hour",
        why: "lost messages; and before 5.8.2 tm loses memory with each drop",
        theirs_since: None,
        tests: &[
            (
                "faults::sending::messages_that_tm_refuses_to_send_wait_for_the_next_register",
                "failed_messages is 1",
            ),
            (
                "faults::sending::a_destination_that_the_script_drops_is_left_alone_for_longer_each_time",
                "failed_messages is 1",
            ),
        ],
    },
    Difference {
        subject: "`kill -9`, and a stop, in the middle of a dump",
        points: &[17],
        theirs: "everything answered within `check_time` is sent again",
        ours: "at most 25 messages, or as many as are in flight; at a stop, at most what each worker has just read",
        why: "messages sent twice",
        theirs_since: None,
        tests: &[
            ("faults::kill::after_each_of_twenty_kills_every_message_arrives_and_only_the_last_come_twice", BY_CHANCE),
            ("faults::stop::after_each_of_ten_stops_no_more_comes_twice_than_there_are_workers", BY_CHANCE),
            ("faults::kill::killed_in_the_middle_of_a_dump_of_300_at_most_25_come_twice", BY_CHANCE),
            (
                "faults::kill::killed_while_a_phone_takes_20_milliseconds_for_each_answer_at_most_two_come_twice",
                BY_CHANCE,
            ),
        ],
    },
];
