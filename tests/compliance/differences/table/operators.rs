//! What an operator sees and does from outside, which C leaves to SQL.

use crate::differences::Difference;

/// What a test finds that asks for a command.
const NO_COMMAND: &str = "there is no command msilo.pause";

/// How a config is refused that sets a parameter C lacks.
const NO_SUCH_PARAMETER: &str = "not found in module <msilo>";

pub const LINES: &[Difference] = &[
    Difference {
        subject: "remote commands",
        points: &[],
        theirs: "none",
        ours: "`msilo.summary`, `count`, `list`, `show`, `dump`, `rm`, `purge`, `processes`, `inbox`, `pause`, `resume`",
        why: "an operator should need no SQL, and must not delete what is being delivered",
        theirs_since: None,
        tests: &[
            ("rpc::away::each_command_says_so_while_the_table_is_away", NO_COMMAND),
            ("rpc::away::each_command_says_so_while_the_database_is_stopped", NO_COMMAND),
            ("rpc::delivery::dump_delivers_without_a_register", NO_COMMAND),
            ("rpc::delivery::dump_delivers_straight_to_the_registered_contacts", NO_SUCH_PARAMETER),
            ("rpc::delivery::while_it_is_paused_nothing_is_sent_and_everything_is_stored", NO_COMMAND),
            ("rpc::delivery::inbox_and_processes_show_what_is_in_flight_and_since_when", NO_SUCH_PARAMETER),
            ("rpc::delivery::processes_lists_each_of_them", NO_SUCH_PARAMETER),
            ("rpc::hanging::processes_and_inbox_answer_while_the_delivery_process_hangs_and_rm_says_that_it_does", NO_COMMAND),
            ("rpc::hanging::processes_and_inbox_answer_while_the_database_says_nothing", NO_COMMAND),
            ("rpc::outside::an_owner_never_means_anything_but_that_owner", NO_COMMAND),
            ("rpc::outside::an_owner_with_quotes_is_found_and_nobody_else", NO_COMMAND),
            ("rpc::outside::an_id_is_a_number_and_nothing_else", NO_COMMAND),
            ("rpc::outside::what_is_no_owner_is_a_bad_argument_that_is_named", NO_COMMAND),
            ("rpc::outside::a_row_that_holds_anything_is_listed_as_json", NO_COMMAND),
            ("rpc::removal::rm_removes_a_message_and_nobody_gets_it", NO_COMMAND),
            ("rpc::removal::rm_does_not_touch_what_is_in_flight", NO_SUCH_PARAMETER),
            ("rpc::removal::what_is_removed_while_it_waits_behind_another_is_not_sent", NO_SUCH_PARAMETER),
            ("rpc::removal::purge_of_an_inbox_leaves_what_is_in_flight", NO_SUCH_PARAMETER),
            ("rpc::removal::purge_goes_by_age_and_by_what_is_over_in_pages", NO_SUCH_PARAMETER),
            ("rpc::removal::purge_takes_as_many_as_the_limit_says", NO_COMMAND),
            ("rpc::removal::a_reminder_that_is_removed_does_not_come", NO_COMMAND),
            ("rpc::removal::a_row_that_another_server_has_claimed_is_shown_so_and_left", NO_COMMAND),
            ("rpc::rows::summary_counts_messages_inboxes_reminders_and_what_is_over", NO_COMMAND),
            ("rpc::rows::count_tells_what_one_inbox_holds", NO_COMMAND),
            ("rpc::rows::list_shows_an_inbox_in_pages_and_no_body", NO_COMMAND),
            ("rpc::rows::show_gives_the_headers_and_the_body_on_demand_only", NO_COMMAND),
            ("rpc::rows::limits_are_refused_that_would_keep_a_process_long", NO_COMMAND),
            ("rpc::transports::each_command_answers_the_same_over_http_and_over_a_socket", NO_COMMAND),
            ("rpc::transports::kamcmd_prints_what_a_person_can_read", NO_COMMAND),
            ("rpc::transports::a_page_of_a_thousand_comes_over_http", NO_COMMAND),
            ("rpc::transports::what_is_too_long_for_ctl_is_a_fault_that_says_so", NO_COMMAND),
        ],
    },
    Difference {
        subject: "statistics",
        points: &[],
        theirs: "five",
        ours: "fourteen: refusals, retransmissions, expiries, lost claims; what is in flight, what waits, whether it is paused",
        why: "who watches a server must see that it does not work before users say so",
        theirs_since: None,
        tests: &[
            ("rpc::metrics::prometheus_scrapes_every_statistic", NO_COMMAND),
            ("rpc::metrics::what_m_store_refuses_is_counted_and_what_is_sent_again_too", NO_COMMAND),
            ("rpc::metrics::what_the_sweep_removes_is_counted", NO_COMMAND),
            ("rpc::metrics::deletes_that_wait_are_shown", NO_COMMAND),
            ("rpc::metrics::the_dashboard_and_the_alerts_name_metrics_that_a_scrape_has", NO_COMMAND),
        ],
    },
];
