/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The order of the start and of the end. Exit codes: 0 ended as asked, 1 could not start or run
 * here, 2 the command line or the configuration is wrong (nothing was started then).
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_launch.h>

#include "base/log.h"
#include "build.h"
#include "capture.h"
#include "explain.h"
#include "conf/conf.h"
#include "control.h"
#include "driver.h"
#include "eal.h"
#include "eal_log.h"
#include "examine.h"
#include "instance.h"
#include "lane_build.h"
#include "live.h"
#include "management.h"
#include "options.h"
#include "plan.h"
#include "plugin.h"
#include "port.h"
#include "port_device.h"
#include "port_presence.h"
#include "preflight.h"
#include "privilege.h"
#include "report.h"
#include "runtime.h"
#include "show.h"
#include "signals.h"
#include "steer/classify.h"
#include "telemetry.h"
#include "topology.h"
#include "vhost_peer.h"
#include "wire/fcs.h"
#include "worker.h"

enum { EXIT_CONFIGURATION = 2, ERROR_MAX = 1024 };

#define MORE_THREADS ": let this user and its control group have more of them (ulimit -u, pids.max)"

static int read_topology(
	const struct options *o, struct topology **topology, char *error, size_t error_size)
{
	return o->topology != NULL ? topology_load(o->topology, topology, error, error_size)
	                           : topology_read(topology, error, error_size);
}

// Without this, files, sockets and devices that are opened would be streams that were closed.
static void hold_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

// Whether the configuration could run on some machine: what this one lacks is granted.
static int check(const struct options *o, const struct conf *conf, const struct plugin_set *plugins,
	char *error, size_t error_size)
{
	struct topology *topology = NULL;
	struct plan *plan = NULL;
	int rc = read_topology(o, &topology, error, error_size);

	if (rc == 0)
		rc = topology_grant(topology, conf, error, error_size);
	if (rc == 0)
		rc = plan_make(conf, topology, plugins->table, &plan, error, error_size);
	plan_free(plan);
	topology_free(topology);
	return rc;
}

static int make_plan(const struct options *o, const struct conf *conf,
	const struct plugin_set *plugins, struct topology **topology, struct plan **plan,
	char *error, size_t error_size)
{
	int rc = read_topology(o, topology, error, error_size);

	if (rc == 0 && o->topology == NULL)
		rc = preflight_note_ports(*topology, conf, error, error_size);
	return rc == 0 ? plan_make(conf, *topology, plugins->table, plan, error, error_size) : rc;
}

static int open_log(char *error, size_t error_size)
{
	int rc = eal_log_open();

	if (rc != 0)
		snprintf(error, error_size, "cannot take over DPDK's log: %s", strerror(-rc));
	return rc;
}

static int probe_ports(struct instance *instance, const struct conf *conf, const struct plan *plan,
	struct topology *topology, char *error, size_t error_size)
{
	instance->ports = calloc(PLAN_MAX_PORTS, sizeof(instance->ports[0]));
	if (instance->ports == NULL)
		return -1;
	for (unsigned p = 0; p < plan->n_ports; p++) {
		struct port *port =
			port_create(&conf->ports[p], &plan->ports[p], error, error_size);

		if (port == NULL)
			return -1;
		instance->ports[p] = port;
		if ((port->conf->optional || port->driver->asks_peer) &&
			!port_present(port, error, error_size)) {
			if (port_reserve(port, error, error_size) != 0)
				return -1;
			continue;
		}
		if (port_probe(port, error, error_size) != 0 ||
			port_offer(port, topology, error, error_size) != 0)
			return -1;
	}
	for (unsigned p = 0; p < plan->n_ports; p++)
		port_reserve_end(instance->ports[p]);
	return 0;
}

static struct rte_mempool *pool_of(const struct instance *instance, unsigned port)
{
	return instance->pools[instance->plan->ports[port].pool];
}

// The second plan knows what the devices really offer.
static int settle(struct instance *instance, const struct conf *conf, struct topology *topology,
	struct plan **plan, char *error, size_t error_size)
{
	char text[2 * PLAN_NOTE_MAX];
	struct plan *final;

	if (plan_make(conf, topology, instance->plugins->table, &final, error, error_size) != 0)
		return -1;
	for (unsigned p = 0; p < final->n_ports; p++)
		instance->ports[p]->plan = &final->ports[p];
	plan_free(*plan);
	*plan = final;
	for (unsigned w = 0; w < final->n_warnings; w++)
		log_warning("%s", plan_sentence(&final->warnings[w], text, sizeof(text)));
	if (build_instance(instance, conf, final, error, error_size) != 0)
		return -1;
	for (unsigned p = 0; p < final->n_ports; p++) {
		struct port *port = instance->ports[p];

		if (port->state != PORT_GONE &&
			port_configure(port, pool_of(instance, p), error, error_size) != 0)
			return -1;
	}
	return 0;
}

// Management's thread, and lanes with one of their own: these wait for the first view.
static int start_threads(struct instance *instance, struct management *m)
{
	int rc = 0;

	for (unsigned l = 1; rc == 0 && l < instance->plan->n_lcores; l++) {
		if (instance->plan->lcores[l].role == PLAN_OWN)
			rc = lane_start(instance->lanes[l]);
	}
	return rc == 0 ? management_start(m) : rc;
}

static void stop_threads(struct instance *instance)
{
	for (unsigned l = 1; l < instance->plan->n_lcores; l++)
		lane_stop(instance->lanes[l], UINT_MAX);
}

static void close_ports(struct instance *instance)
{
	for (unsigned p = 0; instance->ports != NULL && p < PLAN_MAX_PORTS; p++) {
		if (instance->ports[p] != NULL)
			port_close(instance->ports[p]);
	}
}

static bool workers_ended(const struct instance *instance)
{
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		if (instance->plan->lcores[l].role == PLAN_WORKER &&
			!atomic_load(&instance->lanes[l]->ended))
			return false;
	}
	return true;
}

static void run_lanes(struct instance *instance)
{
	for (unsigned l = 1; l < instance->plan->n_lcores; l++) {
		if (instance->plan->lcores[l].role == PLAN_OWN)
			continue;
		rte_eal_remote_launch(
			instance->plan->lcores[l].role == PLAN_WORKER ? worker_main : control_main,
			instance->lanes[l], l);
	}
	control_main(instance->lanes[0]);
	rte_eal_mp_wait_lcore();
	stop_threads(instance);
}

struct run {
	struct instance *instance;
	const struct options *o;
	struct eal_lock *lock;
	bool started; // else why not was said
};

// Close what can be closed, say how it went, write the ledger.
static int finish(struct run *r)
{
	struct instance *instance = r->instance;
	unsigned in_use;
	int rc;

	management_sweep(instance);
	telemetry_close();
	show_end();
	for (unsigned p = 0; p < instance->plan->n_ports && workers_ended(instance); p++)
		port_close(instance->ports[p]);
	if (workers_ended(instance))
		live_close_ports(instance);
	in_use = build_mbufs_in_use(instance);
	if (in_use != 0)
		log_error("%u mbufs were lost", in_use);
	if (r->started)
		report_print(instance);
	if (r->o->ledger != NULL && (rc = report_write(instance, in_use, r->o->ledger)) != 0) {
		log_error("cannot write the ledger to %s: %s", r->o->ledger, strerror(-rc));
		return EXIT_FAILURE;
	}
	return r->started && in_use == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

// Some lane did not return, this program's main thread perhaps: nothing that it may still touch can
// be freed. Management's thread; does not return.
static void abandon(void *arg)
{
	struct run *r = arg;

	r->started = true;
	finish(r);
	fflush(stdout);
	eal_forget(r->instance->conf->name);
	eal_unlock_name(r->lock);
	_exit(EXIT_FAILURE);
}

// Run until a signal ends it; says what was wrong at the end, too.
static int run(struct run *r, int signal_fd)
{
	struct instance *instance = r->instance;
	struct management m = {.instance = instance,
		.signal_fd = signal_fd,
		.config = r->o->config,
		.ledger = r->o->ledger,
		.abandon = abandon,
		.abandon_arg = r};

	int rc = telemetry_open(instance);
	bool told = rc == 0;

	if (rc == 0)
		rc = start_threads(instance, &m);
	if (rc != 0) {
		log_error("cannot %s: %s%s",
			told ? "start the threads of management and handlers"
			     : "tell DPDK's telemetry what there is",
			strerror(-rc), rc == -EAGAIN ? MORE_THREADS : "");
		telemetry_close();
		stop_threads(instance);
		close_ports(instance);
		return EXIT_FAILURE;
	}
	run_lanes(instance);
	management_join(&m);
	r->started = !m.failed;
	if (m.failed)
		log_error("%s", m.error);
	return finish(r);
}

static void say_pages(const struct instance *instance)
{
	if (instance->plan->hugepages)
		return;
	if (instance->huge_bytes != 0)
		log_info("%zu MiB of pools lie in transparent huge pages",
			instance->huge_bytes >> 20);
	else
		log_info("pools lie in pages of 4 KiB, which cost each frame translations: Linux "
			 "gives larger ones from 6.1 on, or take hugepages");
}

static int start(const struct options *o, const struct conf *conf, struct plugin_set **plugins,
	struct topology *topology, struct plan **plan, struct eal_lock *lock)
{
	struct instance *instance = calloc(1, sizeof(*instance));
	char error[ERROR_MAX] = "out of memory";
	int code = EXIT_FAILURE, signal_fd = -1, rc = -1;

	vhost_peer_limit();
	if (instance != NULL) {
		instance->builtin = handler_table;
		instance->topology = topology;
		instance->force = o->force;
		instance->plugins = *plugins;
		instance->stall_us = o->stall_us;
		signal_fd = signals_open(error, sizeof(error));
	}
	if (signal_fd >= 0 && open_log(error, sizeof(error)) == 0 &&
		(rc = eal_start(conf, *plan, topology, o->n_eal, o->eal, error, sizeof(error))) ==
			0) {
		fcs_init();
		log_info("%zu MiB of memory %s hugepages", (*plan)->memory_bytes >> 20,
			(*plan)->hugepages ? "from" : "without");
		log_info("frames are classified by the %s code",
			classify_isa_name(classify_isa_best()));
		if (probe_ports(instance, conf, *plan, topology, error, sizeof(error)) == 0 &&
			settle(instance, conf, topology, plan, error, sizeof(error)) == 0) {
			struct run r = {.instance = instance, .o = o, .lock = lock};

			say_pages(instance);

			code = run(&r, signal_fd);
		} else {
			log_error("%s", error);
			close_ports(instance);
		}
		if (instance->plan != NULL) {
			live_close(instance);
			capture_close(instance);
			explain_close(instance);
			*plan = (struct plan *)(uintptr_t)instance->plan;
			build_free(instance);
		}
		*plugins = instance->plugins;
		eal_stop(conf->name);
	} else {
		log_error("%s", error);
		code = rc == -EINVAL ? EXIT_CONFIGURATION : EXIT_FAILURE;
	}
	if (instance != NULL) {
		for (unsigned p = 0; instance->ports != NULL && p < PLAN_MAX_PORTS; p++)
			free(instance->ports[p]);
		free(instance->ports);
		conf_free(instance->live_conf);
		free(instance->previous);
	}
	free(instance);
	return code;
}

static int locked_start(const struct options *o, const struct conf *conf,
	struct plugin_set **plugins, struct topology *topology, struct plan **plan)
{
	struct eal_lock lock = {.fd = -1};
	char error[ERROR_MAX];
	int code;

	if (examine_before_start(conf, topology, (*plugins)->table, *plan, o->force) != 0)
		return EXIT_FAILURE;
	if (eal_lock_name(&lock, conf->name, error, sizeof(error)) != 0) {
		log_error("%s", error);
		return EXIT_FAILURE;
	}
	code = start(o, conf, plugins, topology, plan, &lock);
	eal_unlock_name(&lock);
	return code;
}

int main(int argc, char **argv)
{
	struct options o = {.stall_us = STALL_US};
	struct plugin_set *plugins = NULL;
	struct topology *topology = NULL;
	struct plan *plan = NULL;
	struct conf *conf = NULL;
	char error[ERROR_MAX];
	int code = EXIT_SUCCESS;

	hold_streams();
	privilege_take();
	runtime_settle();
	if (options_parse(argc, argv, &o) != 0)
		return EXIT_CONFIGURATION;
	if ((o.config == NULL ? conf_default(&conf, error, sizeof(error))
			      : conf_load(o.config, &conf, error, sizeof(error))) != 0) {
		log_error("%s", error);
		return EXIT_CONFIGURATION;
	}
	if (plugin_load(conf, handler_table, NULL, &plugins, error, sizeof(error)) != 0 ||
		check(&o, conf, plugins, error, sizeof(error)) != 0) {
		log_error("%s", error);
		code = EXIT_CONFIGURATION;
	} else if (o.mode == MODE_CHECK) {
		printf("%s: ok\n", o.config);
		code = options_said(EXIT_SUCCESS);
	} else if (make_plan(&o, conf, plugins, &topology, &plan, error, sizeof(error)) != 0 &&
		   (o.mode != MODE_DOCTOR || topology == NULL)) {
		log_error("%s", error);
		code = o.mode == MODE_PLAN ? EXIT_CONFIGURATION : EXIT_FAILURE;
	} else if (o.mode == MODE_PLAN) {
		plan_print(plan, stdout);
		code = options_said(EXIT_SUCCESS);
	} else if (o.mode == MODE_DOCTOR) {
		code = options_said(examine_and_print(
			conf, topology, plugins->table, plan, error, o.force, o.json));
	} else {
		code = locked_start(&o, conf, &plugins, topology, &plan);
	}
	plan_free(plan);
	plugin_unload(plugins);
	topology_free(topology);
	conf_free(conf);
	return code;
}
