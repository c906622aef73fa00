//! What C has from a later Kamailio on.

use crate::differences::Difference;

/// How Kamailio 5.6 refuses a config with parameters it lacks.
const NO_SUCH_PARAMETER: &str = "not found in module <msilo>";

/// How Kamailio 5.6 refuses a config that calls the function.
const NO_SUCH_FUNCTION: &str = "failed to find command m_store_addrs";

pub const LINES: &[Difference] = &[
    Difference {
        subject: "`use_mode`, `sc_callid`, `sc_status`",
        points: &[],
        theirs: "from Kamailio 5.8 on",
        ours: "with every Kamailio",
        why: "one config for all versions",
        theirs_since: Some((5, 8)),
        tests: &[
            ("config::since_5_8::the_three_parameters_of_5_8_are_accepted", NO_SUCH_PARAMETER),
            ("config::since_5_8::use_mode_1_stores_the_call_id_and_delivers_with_it", NO_SUCH_PARAMETER),
            ("config::since_5_8::use_mode_0_delivers_with_a_call_id_of_its_own", NO_SUCH_PARAMETER),
            ("config::since_5_8::the_column_of_the_call_id_may_have_another_name", NO_SUCH_PARAMETER),
            ("config::columns_since_5_8::the_column_of_the_status_may_have_another_name", NO_SUCH_PARAMETER),
        ],
    },
    Difference {
        subject: "`m_store_addrs()`, `mstore_addrs()`",
        points: &[],
        theirs: "from Kamailio 5.8 on",
        ours: "with every Kamailio",
        why: "one config for all versions",
        theirs_since: Some((5, 8)),
        tests: &[
            ("config::since_5_8::m_store_addrs_takes_owner_source_and_destination", NO_SUCH_FUNCTION),
            ("config::since_5_8::m_store_addrs_with_empty_addresses_takes_those_of_the_message", NO_SUCH_FUNCTION),
            ("kemi::lua::mstore_addrs_stores_under_its_kemi_name", "alice waited 10s in vain for a final reply"),
            ("kemi::python::mstore_addrs_stores_under_its_kemi_name", "alice waited 10s in vain for a final reply"),
            ("kemi::javascript::mstore_addrs_stores_under_its_kemi_name", "alice waited 10s in vain for a final reply"),
        ],
    },
];
