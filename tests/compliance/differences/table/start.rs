//! Parameters that make no sense.

use crate::differences::Difference;

/// What a test says that wants the config refused.
const STARTED: &str = "the server started although it had to refuse its config";

/// What a test says that wants a line of the log to name the mistake.
const NOT_NAMED: &str = "no line says modparam(\"msilo\", ";

/// The same for the table.
const NAMES_NO_TABLE: &str = "no line names ";

/// How a config is refused that sets a parameter C lacks.
const NO_SUCH_PARAMETER: &str = "not found in module <msilo>";

pub const LINES: &[Difference] = &[
    Difference {
        subject: "`check_time` or `clean_period` 0",
        points: &[5],
        theirs: "the server dies in a division by zero",
        ours: "refused at start",
        why: "the server must not die",
        theirs_since: None,
        tests: &[
            ("fixed::server::startup::check_time_0_is_refused", STARTED),
            ("fixed::server::startup::clean_period_0_is_refused", STARTED),
            ("ours::numbers::check_time_0_is_named_with_its_rule", STARTED),
            ("ours::numbers::clean_period_0_is_named_with_its_rule", STARTED),
        ],
    },
    Difference {
        subject: "negative numbers",
        points: &[5],
        theirs: "accepted",
        ours: "refused at start",
        why: "a mistake in the config is named, not guessed at",
        theirs_since: None,
        tests: &[
            ("fixed::server::startup::a_negative_clean_period_is_refused", STARTED),
            ("fixed::server::startup::a_negative_expire_time_is_refused", STARTED),
            ("fixed::server::startup::a_negative_send_time_is_refused", STARTED),
            ("fixed::server::startup::a_negative_max_messages_is_refused", STARTED),
            ("ours::numbers::expire_time_0_is_named_with_its_rule", STARTED),
            ("ours::numbers::expire_time_minus_1_is_named_with_its_rule", STARTED),
            ("ours::numbers::send_time_minus_1_is_named_with_its_rule", STARTED),
            ("ours::numbers::max_messages_minus_1_is_named_with_its_rule", STARTED),
            ("ours::numbers::use_contact_minus_1_is_named_with_its_rule", STARTED),
            ("ours::numbers::add_date_minus_1_is_named_with_its_rule", STARTED),
            ("ours::numbers::add_contact_minus_1_is_named_with_its_rule", STARTED),
        ],
    },
    Difference {
        subject: "`reminder` or `outbound_proxy` that is no SIP URI, column with a quote in its name",
        points: &[5],
        theirs: "accepted; fails with every message",
        ours: "refused at start",
        why: "a mistake in the config is named, not guessed at",
        theirs_since: None,
        tests: &[
            ("ours::wrong_texts::a_reminder_that_is_no_uri_is_named", STARTED),
            ("ours::wrong_texts::an_outbound_proxy_that_is_no_uri_is_named", STARTED),
            ("ours::wrong_texts::a_column_with_a_quote_in_its_name_is_named", STARTED),
        ],
    },
    Difference {
        subject: "log line for a parameter that is refused",
        points: &[5],
        theirs: "says that something is wrong",
        ours: "names the parameter, its value and the rule; no password in it",
        why: "a mistake in the config can be found",
        theirs_since: None,
        tests: &[
            ("ours::numbers::check_time_minus_1_is_named_with_its_rule", NOT_NAMED),
            ("ours::numbers::skip_notification_flag_32_is_named_with_its_rule", NOT_NAMED),
            ("ours::numbers::skip_notification_flag_minus_2_is_named_with_its_rule", NOT_NAMED),
            ("ours::wrong_texts::a_contact_hdr_with_an_unknown_variable_is_named", NOT_NAMED),
            ("ours::wrong_texts::a_content_type_hdr_with_an_unknown_variable_is_named", NOT_NAMED),
            ("ours::wrong_texts::a_db_url_whose_driver_is_not_loaded_is_named", NOT_NAMED),
            ("ours::wrong_texts::a_from_address_with_an_unknown_variable_is_named", NOT_NAMED),
            ("ours::wrong_texts::a_snd_time_avp_that_is_no_avp_is_named", NOT_NAMED),
            ("ours::wrong_texts::an_extra_hdrs_avp_that_is_no_avp_is_named", NOT_NAMED),
            ("ours::wrong_texts::an_empty_db_table_is_named", NOT_NAMED),
            ("ours::wrong_texts::an_offline_message_with_an_unknown_variable_is_named", NOT_NAMED),
            ("ours::wrong_texts::an_offline_message_without_content_type_hdr_is_named", NOT_NAMED),
            ("ours::wrong_texts::extra_hdrs_with_an_unknown_variable_are_named", NOT_NAMED),
            ("ours::wrong_texts::the_default_db_url_is_named_without_its_password", NOT_NAMED),
            ("ours::wrong_texts::a_table_of_another_version_is_named_with_the_one_that_is_needed", NAMES_NO_TABLE),
        ],
    },
    Difference {
        subject: "`dump_window`, `delivery_processes`",
        points: &[],
        theirs: "not there",
        ours: "parameters, with a range",
        why: "for those who want another pace",
        theirs_since: None,
        tests: &[
            ("ours::numbers::dump_window_0_is_named_with_its_rule", NO_SUCH_PARAMETER),
            ("ours::numbers::delivery_processes_0_is_named_with_its_rule", NO_SUCH_PARAMETER),
            ("ours::numbers::delivery_processes_65_is_named_with_its_rule", NO_SUCH_PARAMETER),
        ],
    },
    Difference {
        subject: "`use_mode` that makes no sense",
        points: &[],
        theirs: "from Kamailio 5.8 on accepted",
        ours: "refused at start",
        why: "a mistake in the config is named, not guessed at",
        theirs_since: None,
        tests: &[("ours::numbers::use_mode_minus_1_is_named_with_its_rule", NOT_NAMED)],
    },
];
