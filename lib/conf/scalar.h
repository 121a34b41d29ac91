/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_SCALAR_H
#define CONF_SCALAR_H

/**
 * @file
 * The written forms of values: numbers, MAC and IPv4 addresses, places. Internal to lib/conf;
 * pure functions. The walk checks with them and resolve.c reads with them, so both agree.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/raw.h"

enum scalar_answer {
	SCALAR_GOOD,
	SCALAR_BAD,
	SCALAR_LATER // well formed, not supported yet
};

struct scalar_place {
	enum conf_place place;
	unsigned n_cpus;
	unsigned cpus[CONF_WORKERS_MAX];
};

/** Decimal without leading zeros, or 0x hex. @return whether it is one from min to max. */
bool scalar_number(const char *s, uint32_t min, uint32_t max, uint32_t *value);

/** Six pairs of hex digits with colons; neither zero nor a group address. */
bool scalar_mac(const char *s, uint8_t mac[6]);

/** IPv4 address of one host: not 0.0.0.0/8, 127.0.0.0/8 or 224.0.0.0 and above. */
bool scalar_address(const char *s, uint32_t *ip_be);

/** The same with "/1" to "/32" behind it; not the network's own or its broadcast address. */
bool scalar_prefix(const char *s, uint32_t *ip_be, uint8_t *prefix);

/** `inline`, `control`, `own`, `lcore N[,M]` with different CPUs up to cpu_last. */
bool scalar_place(const char *s, uint32_t cpu_last, struct scalar_place *place);

/** The host part of an address is neither all zeros nor all ones (RFC 1122 3.2.1.3); a prefix of
 *  31 (RFC 3021) or 32 has no such part. */
bool scalar_is_host(uint32_t ip_be, uint8_t prefix);

/** Does the text obey its rule? */
enum scalar_answer scalar_check(const struct rule *rule, const char *s);

/** Say what the rule allows, for the end of a message. */
void scalar_expected(const struct rule *rule, char *to, size_t size);

/** Is `s` one of the words of "a|b", or is the list "*"? */
bool scalar_in_words(const char *words, const char *s);

#endif
