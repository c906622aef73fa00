//! What msilo uses of Kamailio's API. Types that a function or another type needs come along by themselves.
//! Each entry is a regular expression for a whole name.

pub const FUNCTIONS: &[&str] = &[
    "msilo_shim_.*",
    // The module interface, KEMI, parameters and pseudo-variables.
    "find_export|find_module_by_name|find_param_export",
    "sr_kemi_modules_add",
    "fixup_spve_(null|all)|fixup_free_spve_(null|all)",
    "get_(str|int)_fparam",
    "pv_parse_spec2|pv_parse_format|pv_spec_free|pv_elem_free_all|pv_locate_name",
    "pv_printf|pv_printf_s|pv_printf_mode|pv_printf_size|pv_get_spec_value|pv_get_avp_name",
    "search_first_avp|search_next_avp|reset_avps|add_avp",
    // Processes, configuration, time, statistics, log.
    "register_procs|fork_process|init_child|my_pid|get_max_procs",
    "cfg_register_child|cfg_child_init|cfg_child_destroy",
    "get_ticks|register_timer|get_debug_level",
    "register_module_stats",
    // SIP messages.
    "faked_msg_.*",
    "parse_msg|parse_headers|free_sip_msg|get_body",
    "parse_uri|parse_sip_msg_uri|parse_to_header|parse_to_uri|parse_from_header|parse_from_uri|parse_to|free_to",
    "parse_content_type_hdr|parse_content_length|parse_expires",
    "parse_methods|parse_allow|free_allow_body",
    "parse_contact|contact_iterator|free_contact",
    "setflag|resetflag|isflagset",
    // The database.
    "db_bind_mod|db_check_table_version",
];

pub const TYPES: &[&str] = &[
    "_?str",
    // The module interface.
    "module_exports|cmd_export_t|param_export_t|stat_export_t|pv_export_t|rpc_export_t|sr_kemi_t",
    "cmd_function|fixup_function|free_fixup_function|init_function|child_init_function|destroy_function",
    "modparam_t|gparam_p|fparam_t|rpc_t|rpc_function_t|rpc_ctx_.*",
    "pv_spec_t|pv_elem_t|pv_value_t|pv_param_t|pv_type_t|int_str|usr_avp|avp_t",
    "stat_var|gen_lock_t",
    // SIP messages.
    "sip_msg_t|sip_uri_t|sip_uri|to_body|hdr_field_t|hdr_types_t|hdr_flags_t|exp_body_t|allow_body",
    "contact_t|contact_body_t|param_t|receive_info_t|ip_addr_t|sip_protos|request_method|uri_type",
    // The database and the transaction module.
    "db_func_t|db1_con_t|db_key_t|db_op_t|db_val_t|db_type_t|db_row_t|db1_res_t|db_cap_t",
    "tm_binds|tm_api_t|uac_req_t|tmcb_params|transaction_cb",
];

pub const VALUES: &[&str] = &[
    "MSILO_.*",
    "MODULE_INTERFACE_VER|DEFAULT_DLFLAGS|NO_SCRIPT|VAR_PARAM_NO",
    "PARAM_(STRING|INT|STR|VAR)|FPARAM_.*",
    "[A-Z_]+_ROUTE",
    "SR_KEMIP_.*|SR_KEMI_(TRUE|FALSE|PARAMS_MAX)",
    "PVT_.*|PV_VAL_.*|AVP_(NAME|VAL|CLASS|TRACK|INDEX)_[A-Z]+",
    "STAT_.*",
    "PROC_.*",
    "L_[A-Z0-9]+",
    "METHOD_.*",
    "HDR_[A-Z]+_T",
    "TYPE_(TEXT|MESSAGE|APPLICATION|MULTIPART|ALL|UNKNOWN)|SUBTYPE_.*",
    "PROTO_.*",
    "DB1_.*|DB_CAP_.*|OP_[A-Z]+",
    "TMCB_.*",
    "BUF_SIZE|MAX_RECV_BUFFER_SIZE|MAX_URI_SIZE|MAX_PATH_SIZE",
    // Variables of the server.
    "process_no|dont_fork|dont_fork_cnt|log_stderr|is_main|server_id|ksr_.*_mode",
];

/// Built with defines of the tm module's own makefile: only pointers to it may be used.
pub const OPAQUE: &[&str] = &["cell"];
