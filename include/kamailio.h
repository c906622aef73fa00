/*
 * The one header that bindgen reads: what msilo needs of Kamailio's API.
 *
 * The include path is the `src` directory of the sources of the server that
 * is installed; build.rs finds it and passes the defines the server was
 * compiled with.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSILO_KAMAILIO_H
#define MSILO_KAMAILIO_H

/* the module interface, parameters and their values */
#include "core/sr_module.h"
#include "core/mod_fix.h"
#include "core/pvar.h"
#include "core/usr_avp.h"
#include "core/kemi.h"
#include "core/route.h"
#include "core/action.h"
#include "core/fmsg.h"
#include "core/receive.h"
#include "core/rpc.h"
#include "core/rpc_lookup.h"

/* processes, configuration, time, memory, locks, log, statistics */
#include "core/pt.h"
#include "core/globals.h"
#include "core/forward.h"
#include "core/cfg/cfg_struct.h"
#include "core/mem/shm_mem.h"
#include "core/locking.h"
#include "core/dprint.h"
#include "core/counters.h"

/* SIP messages */
#include "core/forward.h"
#include "core/parser/msg_parser.h"
#include "core/parser/parse_uri.h"
#include "core/parser/parse_to.h"
#include "core/parser/parse_from.h"
#include "core/parser/parse_methods.h"
#include "core/parser/parse_allow.h"
#include "core/parser/contact/parse_contact.h"

/* the database, the transaction module and the registered contacts */
#include "lib/srdb1/db.h"
#include "lib/srdb1/db_pool.h"
#include "modules/tm/tm_load.h"
#include "modules/usrloc/usrloc.h"

#include "shim.h"

#endif
