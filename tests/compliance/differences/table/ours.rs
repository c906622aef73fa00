//! What C does not have at all.

use crate::differences::Difference;

/// How a config is refused that sets a parameter C lacks.
const NO_SUCH_PARAMETER: &str = "not found in module <msilo>";

/// How a config is refused that calls `m_dump` with two parameters.
const NO_SUCH_FUNCTION: &str = "failed to find command m_dump (params 2)";

/// What a test finds that looks for the delivery process.
const NO_PROCESS: &str = "left: 0\n right: 1";

pub const LINES: &[Difference] = &[
    Difference {
        subject: "what the module tells a route that it runs",
        points: &[],
        theirs: "nothing: it runs none",
        ours: "`$msilo(name)`; a name that does not exist is refused at start",
        why: "the route of `m_store_async()` has to know whether the message is stored",
        theirs_since: None,
        tests: &[
            ("ours::variables::a_variable_that_msilo_does_not_have_is_refused_at_start", "error searching pvar"),
            ("ours::variables::outside_of_the_routes_that_msilo_runs_its_variables_are_null", "the server ended at start"),
        ],
    },
    Difference {
        subject: "401, 403, 404, 407, 482 or 483 to a message from the silo",
        points: &[],
        theirs: "nothing in the log",
        ours: "a line for each inbox and hour that says what to look at",
        why: "these are mistakes in the script, and nobody else says so",
        theirs_since: None,
        tests: &[(
            "ours::advice::an_answer_that_is_a_mistake_in_the_script_is_explained_once_for_each_inbox",
            "in vain",
        )],
    },
    Difference {
        subject: "who delivers",
        points: &[32, 38],
        theirs: "the SIP worker that runs `m_dump()`, and the server's shared timer",
        ours: "a process of its own, listed by `core.psx`; `delivery_processes` of them",
        why: "a large inbox must not hold up the server",
        theirs_since: None,
        tests: &[
            ("ours::process::core_psx_lists_one_delivery_process", NO_PROCESS),
            ("ours::process::core_psx_lists_as_many_as_delivery_processes_says", NO_SUCH_PARAMETER),
            ("ours::process::three_delivery_processes_deliver_every_inbox_in_order", NO_SUCH_PARAMETER),
            (
                "faults::sending::a_message_is_not_given_up_before_tm_gives_it_up",
                "in vain for \"a message without a result",
            ),
            (
                "ours::process::kill_9_of_the_main_process_ends_the_delivery_process",
                "there is one delivery process",
            ),
            (
                "ours::process::registers_while_the_delivery_process_hangs_leave_the_server_its_memory",
                "there is one delivery process",
            ),
            ("ours::delivery_process::with_fork_no_core_psx_lists_the_delivery_process", NO_PROCESS),
            (
                "ours::delivery_process::the_server_ends_when_the_delivery_process_is_killed",
                "there is one delivery process",
            ),
            (
                "ours::delivery_process::m_dump_returns_minus_one_and_says_so_when_the_main_process_was_killed",
                "there is one delivery process",
            ),
            (
                "ours::stop::a_stop_deletes_what_was_answered_although_a_worker_has_ended_with_the_lock_of_the_memory",
                "there is one delivery process",
            ),
            (
                "ours::stop::a_stop_deletes_what_was_answered_although_a_message_is_stuck_in_the_transaction_module",
                "there is one delivery process",
            ),
            (
                "ours::delivery_process::with_fork_no_the_server_lives_on_when_the_delivery_process_is_gone",
                "there is one delivery process",
            ),
            (
                "ours::delivery_process::with_fork_no_m_dump_returns_minus_one_and_says_so_when_the_delivery_process_is_gone",
                "there is one delivery process",
            ),
        ],
    },
    Difference {
        subject: "`m_dump(owner, maxmsg)`",
        points: &[],
        theirs: "not there",
        ours: "delivers so many messages, the oldest first",
        why: "as in OpenSIPS",
        theirs_since: None,
        tests: &[
            ("ours::maxmsg::two_delivers_two", NO_SUCH_FUNCTION),
            ("ours::maxmsg::a_number_without_quotes_delivers_as_many", NO_SUCH_FUNCTION),
            ("ours::maxmsg::a_pseudo_variable_delivers_as_many_as_it_says", NO_SUCH_FUNCTION),
            ("ours::maxmsg::the_rest_comes_with_the_next_register", NO_SUCH_FUNCTION),
            ("ours::maxmsg::more_than_there_are_delivers_all", NO_SUCH_FUNCTION),
            ("ours::maxmsg::zero_delivers_all", NO_SUCH_FUNCTION),
            ("ours::maxmsg::a_word_is_an_error", NO_SUCH_FUNCTION),
            ("ours::maxmsg::a_negative_number_is_an_error", NO_SUCH_FUNCTION),
        ],
    },
    Difference {
        subject: "`m_dump(owner)` in an event route at start",
        points: &[],
        theirs: "fails: its database connection is made later",
        ours: "delivers",
        why: "the process that delivers has its own connection",
        theirs_since: None,
        tests: &[(
            "ours::event_routes::m_dump_delivers_from_an_event_route_at_start",
            "in vain for \"m_dump in the event returned 1\" in the log",
        )],
    },
    Difference {
        subject: "symbols of the module",
        points: &[],
        theirs: "every function, `ml` and `exports` among them",
        ours: "what the server looks up",
        why: "a name cannot meet that of another module",
        theirs_since: None,
        tests: &[(
            "ours::symbols::the_module_defines_the_five_symbols_the_server_looks_up_and_no_other",
            "left: [\"check_message_support\"",
        )],
    },
];
