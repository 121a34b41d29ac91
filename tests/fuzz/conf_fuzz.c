/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer target: any octets either load or give a message, and nothing leaks or reads beyond its
 * end. What loads obeys the limits that others size their tables by. Built with -Dfuzz=true and
 * clang; run as `conf_fuzz -max_len=4096 CORPUS`, with the files of config/ as a start.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct conf *conf)
{
	require(conf->name[0] != '\0' && conf->n_ports <= CONF_PORTS_MAX);
	for (unsigned i = 0; i < conf->n_ports; i++)
		require(conf->ports[i].unknown_port < (int)conf->n_ports);
	for (unsigned i = 0; i < conf->n_wires; i++)
		require(conf->wires[i].port[0] < conf->n_ports &&
			conf->wires[i].port[1] < conf->n_ports &&
			conf->wires[i].port[0] != conf->wires[i].port[1]);
	for (unsigned i = 0; i < conf->n_interfaces; i++)
		require(conf->interfaces[i].port < conf->n_ports &&
			conf->interfaces[i].n_addresses > 0 &&
			conf->interfaces[i].n_tags <= CONF_TAGS_MAX);
	for (unsigned i = 0; i < conf->n_neighbours; i++)
		require(conf->neighbours[i].interface < conf->n_interfaces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf = NULL;
	char error[512];

	if (conf_load_buffer("fuzz", data, size, &conf, error, sizeof(error)) == 0) {
		check(conf);
		conf_free(conf);
	} else { // without a line: libcyaml refused what the walk let pass
		require(conf == NULL && strncmp(error, "fuzz:", 5) == 0);
		require(error[5] >= '1' && error[5] <= '9');
	}
	return 0;
}
