/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What methods of the control socket that change something share: see rpc_changes.h; and those that
 * take ports down and up.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "port_life.h"
#include "rpc_changes.h"

static bool mac_parse(const char *text, uint8_t mac[6])
{
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		       &mac[3], &mac[4], &mac[5], &end) == 6 &&
	       end == 17 && text[end] == '\0';
}

bool rpc_station(struct rpc_call *call, const char *text, uint8_t mac[6])
{
	static const uint8_t none[6];

	if (mac_parse(text, mac) && (mac[0] & 1) == 0 && memcmp(mac, none, 6) != 0)
		return true;
	rpc_fail(call, RPC_BAD_PARAMETERS,
		"%s: found \"%.32s\", expected the MAC address of a station, as 02:00:00:00:00:01",
		call->method, text);
	return false;
}

struct port *rpc_find_port(struct rpc_call *call, const char *name)
{
	struct instance *instance = call->m->instance;

	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		if (strcmp(instance->ports[p]->conf->name, name) == 0)
			return instance->ports[p];
	}
	rpc_fail(call, RPC_REFUSED, "there is no port %.32s: blctl show ports lists them", name);
	return NULL;
}

struct conf *rpc_running_conf(struct rpc_call *call)
{
	const struct instance *instance = call->m->instance;

	// Ours to change: loaded by main() or for a change; lanes read it in changes only.
	if (instance->change == NULL)
		return (struct conf *)(uintptr_t)instance->conf;
	rpc_fail(call, RPC_REFUSED,
		"%s: a new configuration is being applied: try again when it is", call->method);
	return NULL;
}

json_t *rpc_not_kept(struct rpc_call *call, int rc)
{
	return rpc_fail(call, RPC_REFUSED, "%s: %s", call->method,
		rc == -ENOMEM ? "no memory"
			      : "there are as many static entries as a file may have");
}

bool rpc_on_control(struct rpc_call *call, void (*run)(void *arg), void *arg)
{
	if (control_do(call->m->instance, run, arg, RPC_ANSWER_MS))
		return true;
	rpc_fail(call, RPC_REFUSED,
		"%s: the control lcore has not answered within %d ms: nothing was changed; see the "
		"log for what holds it up, then try again",
		call->method, RPC_ANSWER_MS);
	return false;
}

static json_t *keep_down(struct rpc_call *call, bool down)
{
	struct port *port;
	const char *name;
	char error[256];

	if (!rpc_unpack(call, "{s:s}", "port", &name))
		return NULL;
	port = rpc_find_port(call, name);
	if (port == NULL)
		return NULL;
	if (port_life_keep_down(&call->m->life, port, down, error, sizeof(error)) != 0)
		return rpc_fail(call, RPC_REFUSED, "%s", error);
	return json_object();
}

json_t *rpc_port_up(struct rpc_call *call)
{
	return keep_down(call, false);
}

json_t *rpc_port_down(struct rpc_call *call)
{
	return keep_down(call, true);
}
