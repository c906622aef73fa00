//! What msilo uses of Kamailio's API. Types that a function or another type needs come along by themselves.
//! Each entry is a regular expression for a whole name.

pub const FUNCTIONS: &[&str] = &[
    "msilo_shim_.*",
    // The module interface, KEMI, parameters and pseudo-variables.
    "sr_kemi_modules_add|sr_kemi_eng_get|route_lookup",
    "fixup_spve_(null|all)|fixup_free_spve_(null|all)",
    "get_str_fparam",
    "pv_parse_spec2|pv_parse_format|pv_printf_s|pv_get_avp_name",
    "pv_get_(null|strval|sintval)",
    "search_first_avp",
    // Event routes.
    "route_lookup|run_top_route|faked_msg_get_new|free_sip_msg|ksr_msg_env_reset",
    "sr_kemi_eng_get|sr_kemi_route",
    // Processes, configuration, statistics.
    "register_procs|fork_process|init_child",
    "cfg_register_child|cfg_child_init|cfg_lookup_var",
    "register_module_stats|rpc_register_array",
    // SIP messages.
    "parse_headers|get_body|faked_msg_get_next",
    "parse_uri|parse_to_header|parse_from_header",
    "parse_methods|parse_allow|parse_contact|contact_iterator",
    // Registered contacts.
    "find_export|check_self|lookup_local_socket",
    // The database.
    "db_bind_mod|db_check_table_version",
];

pub const TYPES: &[&str] = &[
    "_?str",
    // The module interface.
    "rpc_t|rpc_export_t|counter_val_t",
    "module_exports|cmd_export_t|param_export_t|stat_export_t|sr_kemi_t",
    "pv_spec_t|pv_elem_t|pv_export_t|pv_param_t|pv_value_t|int_str|stat_var|gen_lock_t",
    // SIP messages.
    "sip_msg_t|sip_uri|to_body|contact_t|contact_body_t|param_t|sip_protos|request_method",
    // The database and the transaction module.
    "db_func_t|db1_con_t|pool_con|db_key_t|db_op_t|db_val_t|db1_res_t|db_cap_t",
    "tm_binds|uac_req_t|dlg|tmcb_params",
    // Registered contacts.
    "usrloc_api_t|bind_usrloc_t|urecord_t|ucontact_t|udomain_t",
];

pub const VALUES: &[&str] = &[
    "MSILO_.*",
    "MODULE_INTERFACE_VER|DEFAULT_DLFLAGS",
    "PARAM_(STRING|INT|STR)",
    "(REQUEST|FAILURE|EVENT|ANY)_ROUTE",
    "SR_KEMIP_(NONE|INT|STR)",
    "PVT_(AVP|OTHER)|PV_NAME_INTSTR",
    "L_(CRIT2|ERR|WARN|INFO|DBG)",
    "PROC_(MAIN|INIT|TCP_MAIN|RPC|NOCHLDINIT)",
    "METHOD_(REGISTER|MESSAGE)",
    "SIP_REQUEST|SIPS_URI_T",
    "SIP_PORT|PROTO_(NONE|UDP|SCTP|WSS?)",
    "DB1_.*|DB_CAP_RAW_QUERY|OP_[A-Z]+",
    "TMCB_LOCAL_COMPLETED|DEFAULT_CSEQ",
    // Variables of the server.
    "event_rt|main_rt|route_type|shm_mem_size|pt|process_count|udp_listen|server_id|tcp_disable",
    "STAT_IS_FUNC|TIMER_TICKS_HZ|CFG_VAR_(INT|STR)|CFG_INPUT_SHIFT",
];

/// Built with defines of the tm module's own makefile: only pointers to it may be used.
pub const OPAQUE: &[&str] = &["cell"];
