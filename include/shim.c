/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <setjmp.h>
#include <signal.h>

#include "kamailio.h"
#include "core/tcp_conn.h"
#include "core/timer_ticks.h"
#include "modules/tm/h_table.h"

void *msilo_shim_shm_malloc(size_t size)
{
	return shm_malloc(size);
}

void msilo_shim_shm_free(void *memory)
{
	shm_free(memory);
}

unsigned long msilo_shim_shm_available(void)
{
	return shm_available();
}

void msilo_shim_shm_global_unlock(void)
{
	shm_global_unlock();
}

gen_lock_t *msilo_shim_lock_init(gen_lock_t *lock)
{
	return lock_init(lock);
}

void msilo_shim_lock_get(gen_lock_t *lock)
{
	lock_get(lock);
}

void msilo_shim_lock_release(gen_lock_t *lock)
{
	lock_release(lock);
}

int msilo_shim_log_enabled(int level)
{
	return is_printable(level);
}

void msilo_shim_log(int level, const char *function, const char *text, int length)
{
	LOG_FX(DEFAULT_FACILITY, level, NULL, MOD_NAME ": ", function, "%.*s\n", length, text);
}

void msilo_shim_update_stat(stat_var *statistic, int change)
{
	update_stat(statistic, change);
}

void msilo_shim_cfg_update(void)
{
	cfg_update();
}

struct to_body *msilo_shim_get_to(struct sip_msg *msg)
{
	return get_to(msg);
}

struct to_body *msilo_shim_get_from(struct sip_msg *msg)
{
	return get_from(msg);
}

long msilo_shim_get_content_length(struct sip_msg *msg)
{
	return get_content_length(msg);
}

unsigned int msilo_shim_get_allow_methods(struct sip_msg *msg)
{
	return get_allow_methods(msg);
}

hdr_flags_t msilo_shim_hdr_eoh_f(void)
{
	return HDR_EOH_F;
}

int msilo_shim_is_avp_str_val(const struct usr_avp *avp)
{
	return is_avp_str_val(avp) != 0;
}

int msilo_shim_load_tm_api(struct tm_binds *binds)
{
	return load_tm_api(binds);
}

int msilo_shim_is_connected(int id)
{
	struct tcp_connection *connection = tcpconn_get(id, NULL, 0, NULL, 0);

	if (connection == NULL)
		return 0;
	tcpconn_put(connection);
	return 1;
}

static sigjmp_buf way_out;
static volatile sig_atomic_t is_inside;

int msilo_shim_t_uac(t_uac_t send, uac_req_t *request)
{
	int sent;

	/* the signal mask stays as it is: the handler runs without one of its own */
	if(sigsetjmp(way_out, 0) != 0)
		return MSILO_LEFT;
	is_inside = 1;
	sent = send(request);
	is_inside = 0;
	return sent;
}

int msilo_shim_lock_udomain(lock_udomain_t take, struct udomain *domain, str *aor)
{
	if(sigsetjmp(way_out, 0) != 0)
		return MSILO_LEFT;
	is_inside = 1;
	take(domain, aor);
	is_inside = 0;
	return 0;
}

void msilo_shim_leave(void)
{
	if(is_inside) {
		is_inside = 0;
		siglongjmp(way_out, 1);
	}
}

int msilo_shim_suspended_for(struct cell *transaction)
{
	int left;

	left = (int)((unsigned)transaction->uac[transaction->async_backup.blind_uac].request.fr_expire - get_ticks_raw());
	return left > 0 ? (int)TICKS_TO_MS((unsigned)left) : 0;
}
