/*
 * A Kamailio module that stores and dumps through msilo's C interface: what tests/compliance/bind.rs compiles and
 * loads. Its functions do nothing but call what bind_msilo gave; others keep a lock, or their process.
 */
#include <unistd.h>

#include "core/sr_module.h"
#include "core/dprint.h"
#include "core/mod_fix.h"
#include "core/mem/shm.h"
#include "core/parser/msg_parser.h"
#include "modules/msilo/api.h"

MODULE_VERSION

static msilo_api_t api;

static int mod_init(void)
{
	return load_msilo_api(&api);
}

static int store(struct sip_msg *msg, char *a, char *b)
{
	return api.m_store(msg, NULL);
}

static int store_owner(struct sip_msg *msg, char *owner, char *b)
{
	str text;

	if(get_str_fparam(&text, msg, (fparam_t *)owner) < 0)
		return -1;
	return api.m_store(msg, &text);
}

static int dump(struct sip_msg *msg, char *a, char *b)
{
	return api.m_dump(msg, NULL);
}

static int dump_owner(struct sip_msg *msg, char *owner, char *b)
{
	str text;

	if(get_str_fparam(&text, msg, (fparam_t *)owner) < 0)
		return -1;
	return api.m_dump(msg, &text);
}

/* Takes the lock of the shared memory, and keeps it until the process is ended. */
static int hold_memory(struct sip_msg *msg, char *a, char *b)
{
	shm_global_lock();
	LM_INFO("the memory is held\n");
	for(;;)
		pause();
}

/* Never comes back. */
static int hang(struct sip_msg *msg, char *a, char *b)
{
	LM_INFO("hanging\n");
	for(;;)
		pause();
}

static cmd_export_t cmds[] = {
	{"hang", (cmd_function)hang, 0, 0, 0, ANY_ROUTE},
	{"hold_memory", (cmd_function)hold_memory, 0, 0, 0, REQUEST_ROUTE},
	{"bound_store", (cmd_function)store, 0, 0, 0, REQUEST_ROUTE | FAILURE_ROUTE},
	{"bound_store", (cmd_function)store_owner, 1, fixup_spve_null, 0, REQUEST_ROUTE | FAILURE_ROUTE},
	{"bound_dump", (cmd_function)dump, 0, 0, 0, REQUEST_ROUTE},
	{"bound_dump", (cmd_function)dump_owner, 1, fixup_spve_null, 0, REQUEST_ROUTE},
	{0, 0, 0, 0, 0, 0},
};

struct module_exports exports = {
	.name = "bind_test",
	.dlflags = DEFAULT_DLFLAGS,
	.cmds = cmds,
	.init_mod_f = mod_init,
};
