/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one list of built-in handlers. An explicit table, not constructors: a constructor inside a
 * static library is lost at link time, and the order would be hidden.
 */

#include <stddef.h>

#include "handler.h"

extern const struct handler handler_arp;
extern const struct handler handler_icmp;
extern const struct handler handler_echo;
extern const struct handler handler_lldp;

const struct handler *const handler_table[] = {
	&handler_arp,
	&handler_icmp,
	&handler_echo,
	&handler_lldp,
	NULL,
};
