/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Strict readers for what stands in a value, and the phrases that say what should have stood there.
 * Called by walk.c to check and by resolve.c to read. They know nothing of keys or positions, and
 * take nothing that could be meant differently: no leading zeros, signs, spaces or trailing text.
 */

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/scalar.h"

bool scalar_number(const char *s, uint32_t min, uint32_t max, uint32_t *value)
{
	bool hex = s[0] == '0' && s[1] == 'x';
	const char *digits = hex ? s + 2 : s;
	size_t n = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
	unsigned long long v;

	if (n == 0 || digits[n] != '\0')
		return false;
	if (!hex && n > 1 && digits[0] == '0')
		return false;
	v = strtoull(digits, NULL, hex ? 16 : 10);
	if (v < min || v > max)
		return false;
	*value = (uint32_t)v;
	return true;
}

bool scalar_mac(const char *s, uint8_t mac[6])
{
	unsigned any = 0;

	for (int i = 0; i < 6; i++, s += 3) {
		char pair[3];

		if (!isxdigit((unsigned char)s[0]) || !isxdigit((unsigned char)s[1]) ||
			s[2] != (i < 5 ? ':' : '\0'))
			return false;
		memcpy(pair, s, 2);
		pair[2] = '\0';
		mac[i] = (uint8_t)strtoul(pair, NULL, 16);
		any |= mac[i];
	}
	return any != 0 && (mac[0] & 1) == 0;
}

static bool is_station(uint32_t ip)
{
	unsigned first = ip >> 24;

	return first != 0 && first != 127 && first < 224;
}

bool scalar_address(const char *s, uint32_t *ip_be)
{
	struct in_addr in;

	if (inet_pton(AF_INET, s, &in) != 1 || !is_station(ntohl(in.s_addr)))
		return false;
	*ip_be = in.s_addr;
	return true;
}

bool scalar_is_host(uint32_t ip_be, uint8_t prefix)
{
	uint32_t host;

	if (prefix >= 31)
		return true;
	host = ntohl(ip_be) << prefix >> prefix;
	return host != 0 && host != UINT32_MAX >> prefix;
}

bool scalar_prefix(const char *s, uint32_t *ip_be, uint8_t *prefix)
{
	char address[INET_ADDRSTRLEN];
	const char *slash = strchr(s, '/');
	uint32_t n;

	if (slash == NULL || (size_t)(slash - s) >= sizeof(address))
		return false;
	memcpy(address, s, (size_t)(slash - s));
	address[slash - s] = '\0';
	if (!scalar_address(address, ip_be) || slash[1] == '0' ||
		!scalar_number(slash + 1, 1, 32, &n))
		return false;
	*prefix = (uint8_t)n;
	return scalar_is_host(*ip_be, *prefix);
}

static bool is_ipv6(const char *s, enum rule_kind kind)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(s, '/');
	size_t n = slash != NULL ? (size_t)(slash - s) : strlen(s);
	struct in6_addr in;
	uint32_t prefix;

	if ((kind == RULE_PREFIX) != (slash != NULL) || n >= sizeof(address))
		return false;
	if (slash != NULL && !scalar_number(slash + 1, 1, 128, &prefix))
		return false;
	memcpy(address, s, n);
	address[n] = '\0';
	return inet_pton(AF_INET6, address, &in) == 1;
}

static bool place_cpus(const char *s, uint32_t cpu_last, struct scalar_place *place)
{
	for (;;) {
		char number[16];
		size_t n = strcspn(s, ",");
		uint32_t cpu;

		if (n >= sizeof(number) || place->n_cpus == CONF_WORKERS_MAX)
			return false;
		memcpy(number, s, n);
		number[n] = '\0';
		if (!scalar_number(number, 0, cpu_last, &cpu))
			return false;
		for (unsigned i = 0; i < place->n_cpus; i++)
			if (place->cpus[i] == cpu)
				return false;
		place->cpus[place->n_cpus++] = cpu;
		if (s[n] == '\0')
			return true;
		s += n + 1;
	}
}

bool scalar_place(const char *s, uint32_t cpu_last, struct scalar_place *place)
{
	place->n_cpus = 0;
	if (strncmp(s, "lcore ", 6) == 0) {
		place->place = CONF_PLACE_LCORE;
		return place_cpus(s + 6, cpu_last, place);
	}
	if (strcmp(s, "inline") == 0)
		place->place = CONF_PLACE_INLINE;
	else if (strcmp(s, "control") == 0)
		place->place = CONF_PLACE_CONTROL;
	else if (strcmp(s, "own") == 0)
		place->place = CONF_PLACE_OWN;
	else
		return false;
	return true;
}

/* Names become file names, file prefixes and telemetry values, and start with no dot or dash. */
static bool is_name(const char *s)
{
	static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				  "._-";
	size_t n = strspn(s, fit);

	return n > 0 && n < CONF_NAME_MAX && s[n] == '\0' && isalnum((unsigned char)s[0]);
}

static bool is_text(const char *s)
{
	if (*s == '\0' || strlen(s) >= CONF_DEVICE_MAX)
		return false;
	for (; *s != '\0'; s++)
		if (!isgraph((unsigned char)*s) && *s != ' ')
			return false;
	return true;
}

/* EAL splits at the first comma and takes no space in a device's name. */
static bool is_device(const char *s)
{
	size_t n = strcspn(s, ",");

	return is_text(s) && n > 0 && strcspn(s, " ") >= n;
}

/* What follows is put behind it: no more octets than fit a path. */
static bool is_folder(const char *s)
{
	return is_text(s) && s[0] == '/' && strlen(s) < CONF_PATH_MAX - CONF_FILE_MAX;
}

static bool is_file(const char *s)
{
	return is_text(s) && strlen(s) < CONF_FILE_MAX && strchr(s, '/') == NULL &&
	       strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

static bool is_vlans(const char *s, uint32_t min, uint32_t max)
{
	char first[8];
	size_t n = strcspn(s, "-");
	uint32_t from, to;

	if (n >= sizeof(first))
		return false;
	memcpy(first, s, n);
	first[n] = '\0';
	if (!scalar_number(first, min, max, &from))
		return false;
	return s[n] == '\0' || (scalar_number(s + n + 1, min, max, &to) && from <= to);
}

/* Every EtherType may mark a tag but those that a frame's data has for sure. */
static bool is_tpid(const char *s, uint32_t min, uint32_t max)
{
	uint32_t v;

	return scalar_number(s, min, max, &v) && v != 0x0800 && v != 0x0806 && v != 0x86dd;
}

static bool is_good(const struct rule *rule, const char *s)
{
	struct scalar_place place;
	uint8_t mac[6], prefix;
	uint32_t v;

	switch (rule->kind) {
	case RULE_NAME:
		return is_name(s);
	case RULE_PORT:
		return is_name(s) && strcmp(s, "drop") != 0;
	case RULE_FOLDER:
		return is_folder(s);
	case RULE_FILE:
		return is_file(s);
	case RULE_DEVICE:
		return is_device(s);
	case RULE_AUTO:
		return strcmp(s, "auto") == 0 || scalar_number(s, rule->min, rule->max, &v);
	case RULE_NUMBER:
		return scalar_number(s, rule->min, rule->max, &v);
	case RULE_POWER:
		return scalar_number(s, rule->min, rule->max, &v) && (v & (v - 1)) == 0;
	case RULE_TPID:
		return is_tpid(s, rule->min, rule->max);
	case RULE_VLANS:
		return is_vlans(s, rule->min, rule->max);
	case RULE_MAC:
		return scalar_mac(s, mac);
	case RULE_PREFIX:
		return scalar_prefix(s, &v, &prefix);
	case RULE_ADDRESS:
		return scalar_address(s, &v);
	case RULE_PLACE:
		return scalar_place(s, rule->max, &place);
	case RULE_NONE:
		break;
	}
	return true;
}

enum scalar_answer scalar_check(const struct rule *rule, const char *s)
{
	if ((rule->kind == RULE_PREFIX || rule->kind == RULE_ADDRESS) && is_ipv6(s, rule->kind))
		return SCALAR_LATER;
	if (!is_good(rule, s))
		return SCALAR_BAD;
	return rule->later != NULL && scalar_in_words(rule->later, s) ? SCALAR_LATER : SCALAR_GOOD;
}

bool scalar_in_words(const char *words, const char *s)
{
	size_t n = strlen(s);

	if (strcmp(words, "*") == 0)
		return true;
	for (;;) {
		size_t w = strcspn(words, "|");

		if (w == n && memcmp(words, s, n) == 0)
			return true;
		if (words[w] == '\0')
			return false;
		words += w + 1;
	}
}

void scalar_expected(const struct rule *rule, char *to, size_t size)
{
	static const char *const phrases[] = {
		[RULE_NAME] = "a name of up to 31 letters, digits, '.', '_' and '-' that starts "
			      "with a letter or digit",
		[RULE_PORT] = "a name of up to 31 letters, digits, '.', '_' and '-' that starts "
			      "with a letter or digit and is not \"drop\"",
		[RULE_FOLDER] = "the absolute path of a folder, such as /usr/lib/burstline/plugins",
		[RULE_FILE] = "the name of a file of up to 127 printable characters without '/'",
		[RULE_DEVICE] = "a device such as \"net_tap0,iface=bl0\" or \"0000:3b:00.0\"",
		[RULE_VLANS] = "a VLAN ID from 1 to 4094 or a range such as \"20-30\"",
		[RULE_MAC] = "the MAC address of one station, such as \"02:00:00:00:00:01\"",
		[RULE_PREFIX] = "the address and prefix of a host, such as 192.0.2.1/24",
		[RULE_ADDRESS] = "the address of a host, such as 192.0.2.66",
		[RULE_PLACE] = "inline, control, own or \"lcore N[,M]\" with different CPUs up to "
			       "1023",
	};

	switch (rule->kind) {
	case RULE_NUMBER:
		snprintf(to, size, "a number from %u to %u", rule->min, rule->max);
		break;
	case RULE_AUTO:
		snprintf(to, size, "auto or a number from %u to %u", rule->min, rule->max);
		break;
	case RULE_POWER:
		snprintf(to, size, "a power of two from %u to %u", rule->min, rule->max);
		break;
	case RULE_TPID:
		snprintf(to, size, "the EtherType of a tag, such as 0x8100 or 0x88a8");
		break;
	default:
		snprintf(to, size, "%s", phrases[rule->kind]);
		break;
	}
}
