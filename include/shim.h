/*
 * One C function per macro or static inline of Kamailio that msilo needs and
 * that Rust cannot call. No logic belongs here, but for the one way out of a
 * call that does not return (msilo_shim_leave), which Rust cannot take.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSILO_SHIM_H
#define MSILO_SHIM_H

#include <stddef.h>

#include "core/counters.h"
#include "core/locking.h"
#include "core/parser/msg_parser.h"
#include "core/parser/parse_allow.h"
#include "core/parser/parse_content.h"
#include "core/parser/parse_to.h"
#include "core/usr_avp.h"
#include "modules/tm/tm_load.h"
#include "modules/usrloc/usrloc.h"

/* shared memory */
void *msilo_shim_shm_malloc(size_t size);
void msilo_shim_shm_free(void *memory);
unsigned long msilo_shim_shm_available(void);
void msilo_shim_shm_global_unlock(void);

/* locks, in shared memory */
gen_lock_t *msilo_shim_lock_init(gen_lock_t *lock);
void msilo_shim_lock_get(gen_lock_t *lock);
void msilo_shim_lock_release(gen_lock_t *lock);

/* log: `function` is NUL-terminated or NULL, `text` has `length` bytes */
int msilo_shim_log_enabled(int level);
void msilo_shim_log(int level, const char *function, const char *text, int length);

/* statistics */
void msilo_shim_update_stat(stat_var *statistic, int change);

/* processes */
void msilo_shim_cfg_update(void);

/* parsed parts of a message: only after the parser function of each succeeded */
struct to_body *msilo_shim_get_to(struct sip_msg *msg);
struct to_body *msilo_shim_get_from(struct sip_msg *msg);
long msilo_shim_get_content_length(struct sip_msg *msg);
unsigned int msilo_shim_get_allow_methods(struct sip_msg *msg);
hdr_flags_t msilo_shim_hdr_eoh_f(void);
int msilo_shim_is_avp_str_val(const struct usr_avp *avp);

/* whether a TCP, TLS or WebSocket connection with this id is open */
int msilo_shim_is_connected(int id);

/* the transaction module */
int msilo_shim_load_tm_api(struct tm_binds *binds);
/* tm's t_uac; MSILO_LEFT when msilo_shim_leave() has ended the call */
#define MSILO_LEFT (-1000)
int msilo_shim_t_uac(t_uac_t send, uac_req_t *request);
/* usrloc's lock_udomain; 0, or MSILO_LEFT when msilo_shim_leave() has ended the call */
int msilo_shim_lock_udomain(lock_udomain_t take, struct udomain *domain, str *aor);
/* for a signal handler: ends the call of one of these two under way in this process, and does not return, if there is
 * one; what it was called for must not be called again after that */
void msilo_shim_leave(void);

/* how many milliseconds tm lets a transaction wait that it has just suspended */
int msilo_shim_suspended_for(struct cell *transaction);

#endif
