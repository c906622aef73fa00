//! Delivery straight to the registered contacts, which C does not have.

use crate::differences::Difference;

/// How a config is refused that sets a parameter C lacks.
const NO_SUCH_PARAMETER: &str = "not found in module <msilo>";

pub const LINES: &[Difference] = &[Difference {
    subject: "where messages are sent to",
    points: &[],
    theirs: "the address of record: through the server's own script, which has to look the user up, and must not store it again",
    ours: "the same by default; with `deliver_to` straight to the registered contacts of the user, each in its own line",
    why: "\"All of them will be sent to contact address provided in REGISTER request\", says the documentation of C; and a hop, a transaction and a run of the script less for each message",
    theirs_since: None,
    tests: &[
        ("contacts::delivery::a_message_goes_to_the_contact_of_the_register_and_never_through_the_script", NO_SUCH_PARAMETER),
        ("contacts::delivery::every_contact_gets_every_message_in_order", NO_SUCH_PARAMETER),
        ("contacts::delivery::without_a_contact_nothing_is_sent_and_the_message_waits", NO_SUCH_PARAMETER),
        ("contacts::delivery::a_refused_message_stays_for_the_next_register_and_is_not_stored_again", NO_SUCH_PARAMETER),
        ("contacts::delivery::a_silent_contact_holds_nobody_and_a_register_meanwhile_is_served", NO_SUCH_PARAMETER),
        ("contacts::delivery::registration_means_the_contacts_of_that_register_only", NO_SUCH_PARAMETER),
        ("contacts::delivery::a_due_reminder_goes_to_the_contacts_and_waits_as_a_message_where_there_are_none", NO_SUCH_PARAMETER),
        ("contacts::delivery::no_more_messages_than_asked_for_go_to_a_contact", NO_SUCH_PARAMETER),
        ("contacts::faults::a_closed_tcp_connection_is_not_waited_for_and_the_message_waits", NO_SUCH_PARAMETER),
        ("contacts::faults::fifty_contacts_get_a_message_each", NO_SUCH_PARAMETER),
        ("contacts::faults::a_contact_address_of_a_kilobyte_is_reached", NO_SUCH_PARAMETER),
        ("contacts::faults::a_register_from_another_port_in_the_middle_is_served_there", NO_SUCH_PARAMETER),
        ("contacts::faults::a_contact_that_is_removed_while_its_message_is_in_flight_gets_no_other", NO_SUCH_PARAMETER),
        ("contacts::phones::baresip_registered_over_udp_shows_the_stored_messages", NO_SUCH_PARAMETER),
        ("contacts::phones::baresip_registered_over_tcp_shows_the_stored_messages", NO_SUCH_PARAMETER),
        ("contacts::phones::linphone_registered_over_udp_shows_the_stored_messages", NO_SUCH_PARAMETER),
        ("contacts::phones::linphone_registered_over_tcp_shows_the_stored_messages", NO_SUCH_PARAMETER),
        ("contacts::reach::a_phone_over_tcp_gets_its_messages_over_its_connection", NO_SUCH_PARAMETER),
        ("contacts::reach::a_phone_behind_a_nat_is_reached_where_its_register_came_from", NO_SUCH_PARAMETER),
        ("contacts::reach::a_browser_gets_its_messages_over_its_websocket_and_what_came_meanwhile_at_the_next_register", NO_SUCH_PARAMETER),
        ("contacts::reach::a_browser_that_is_gone_is_not_waited_for", NO_SUCH_PARAMETER),
        ("contacts::reach::a_path_of_three_hops_is_gone_from_its_first", NO_SUCH_PARAMETER),
        ("contacts::reach::a_contact_without_message_among_its_methods_gets_none", NO_SUCH_PARAMETER),
        ("contacts::reach::an_instance_that_a_message_is_for_is_the_only_one_to_get_it", NO_SUCH_PARAMETER),
        ("contacts::reach::the_route_for_local_requests_sees_the_contact_and_the_next_hop_and_can_add_a_header", NO_SUCH_PARAMETER),
        ("contacts::reach::q_values_are_no_order", NO_SUCH_PARAMETER),
        ("contacts::usrloc::contacts_are_found_in_every_db_mode", NO_SUCH_PARAMETER),
        ("contacts::usrloc::contacts_are_found_with_and_without_domains_in_their_keys", NO_SUCH_PARAMETER),
        ("contacts::usrloc::letters_and_escapes_of_a_user_are_those_of_the_registrar", NO_SUCH_PARAMETER),
        ("contacts::usrloc::a_server_without_usrloc_refuses_to_start_and_says_what_to_load", NO_SUCH_PARAMETER),
        ("contacts::usrloc::a_word_that_is_none_of_the_three_is_refused", NO_SUCH_PARAMETER),
        ("contacts::usrloc::contacts_of_another_table_are_found_where_location_names_it", NO_SUCH_PARAMETER),
        ("sipp::a_proxy_with_path_in_front_gets_fifty_messages_over_udp_with_its_route", NO_SUCH_PARAMETER),
        ("sipp::a_proxy_with_path_in_front_gets_fifty_messages_over_tcp_with_its_route", NO_SUCH_PARAMETER),
    ],
}];
