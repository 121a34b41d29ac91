/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_ROWS_H
#define CONF_ROWS_H

/* Tables of bad documents and the messages they must give. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf.h"

struct row {
	const char *text;
	size_t size;
	const char *message;
};

#define ROW(text, message)                                                                         \
	{                                                                                          \
		text, sizeof(text) - 1, message                                                    \
	}

/* Documents around the part that matters. */
#define PORT(keys)    "ports: [{name: a, device: net_null0, " keys "}]\n"
#define HANDLER(keys) "handlers: [{name: arp, " keys "}]\n"
#define THREE_PORTS                                                                                \
	"ports:\n"                                                                                 \
	"  - {name: a, device: net_null0}\n"                                                       \
	"  - {name: b, device: net_null1}\n"                                                       \
	"  - {name: c, device: net_null2}\n"
#define INTERFACE(keys) THREE_PORTS "interfaces:\n  - {name: i, port: a, " keys "}\n"
#define ONE_INTERFACE   INTERFACE("addresses: [192.0.2.1/24, 198.51.100.1/32]")
#define NEIGHBOUR(keys) ONE_INTERFACE "neighbours: [{interface: i, " keys "}]\n"

/* Ends of messages. */
#define NAME                                                                                       \
	"a name of up to 31 letters, digits, '.', '_' and '-' that starts with a letter or digit"
#define TOP_KEYS                                                                                   \
	"name, lcores, memory, metrics, ports, wires, bridges, interfaces, neighbours, plugins or handlers"
#define PORT_KEYS                                                                                  \
	"name, device, mac, mtu, rx-queues, tx-queues, descriptors, workers, optional, "           \
	"promiscuous, fcs, reflect or unknown"
#define HANDLER_KEYS                                                                               \
	"name, plugin, ethertype, place, cpu, rate, burst, ring, budget, overload or pass-to"
#define MAC     "the MAC address of one station, such as \"02:00:00:00:00:01\""
#define PREFIX  "the address and prefix of a host, such as 192.0.2.1/24"
#define PLACE   "inline, control, own or \"lcore N[,M]\" with different CPUs up to 1023"
#define DEVICE  "a device such as \"net_tap0,iface=bl0\" or \"0000:3b:00.0\""
#define MAPPING "a mapping of keys to values"
#define TEXT    "UTF-8 text"
#define TPID    "the EtherType of a tag, such as 0x8100 or 0x88a8"
#define LATER   "which is not supported yet"
#define MTU     "a number from 68 to 9702"

/* Each text is given in an allocation of its own size, so that a sanitizer sees a read past it. */
static inline void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *exact = malloc(rows[i].size > 0 ? rows[i].size : 1);
		struct conf *conf = NULL;
		char error[512];

		memcpy(exact, rows[i].text, rows[i].size);
		if (conf_load_buffer("x.yaml", exact, rows[i].size, &conf, error, sizeof(error)) ==
			0)
			fail_msg("loaded, expected: %s", rows[i].message);
		assert_null(conf);
		assert_string_equal(error, rows[i].message);
		free(exact);
	}
}

#endif
