/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices that go: see hotplug.h. A device that leaves answers no more, and reading it may raise
 * SIGBUS: EAL's handler puts empty memory in its place until the lanes have left the port.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "hotplug.h"

static int on_driver(uint16_t id, enum rte_eth_event_type event, void *arg, void *unused)
{
	struct port *port = arg;

	(void)unused;
	if (event == RTE_ETH_EVENT_INTR_RMV && id == port->id)
		atomic_store(&port->removed, true);
	return 0;
}

// By DPDK port id: the instance's list is not for EAL's thread, it is replaced when ports change.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct port *watched[OUT_PORTS];

static void on_device(const char *name, enum rte_dev_event_type event, void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	for (unsigned id = 0; event == RTE_DEV_EVENT_REMOVE && id < OUT_PORTS; id++) {
		if (watched[id] != NULL && strcmp(name, watched[id]->device_name) == 0)
			atomic_store(&watched[id]->removed, true);
	}
	pthread_mutex_unlock(&lock);
}

static bool any_pci(const struct instance *instance)
{
	for (unsigned p = 0; p < instance->plan->n_ports; p++) {
		if (instance->plan->ports[p].is_pci)
			return true;
	}
	return false;
}

int hotplug_open(struct instance *instance, char *error, size_t error_size)
{
	int rc = rte_dev_event_callback_register(NULL, on_device, NULL);

	if (rc == 0 && any_pci(instance)) {
		rc = rte_dev_event_monitor_start();
		if (rc == 0)
			rc = rte_dev_hotplug_handle_enable();
	}
	if (rc == 0)
		return 0;
	snprintf(error, error_size, "cannot watch for devices that are removed: %s",
		rte_strerror(rc < -1 ? -rc : rte_errno));
	return -1;
}

void hotplug_close(struct instance *instance)
{
	if (any_pci(instance)) {
		rte_dev_hotplug_handle_disable();
		rte_dev_event_monitor_stop();
	}
	rte_dev_event_callback_unregister(NULL, on_device, NULL);
}

void hotplug_watch(struct port *port)
{
	atomic_store(&port->removed, false);
	pthread_mutex_lock(&lock);
	watched[port->id] = port;
	pthread_mutex_unlock(&lock);
	rte_eth_dev_callback_register(port->id, RTE_ETH_EVENT_INTR_RMV, on_driver, port);
}

void hotplug_unwatch(struct port *port)
{
	int rc;

	pthread_mutex_lock(&lock);
	watched[port->id] = NULL;
	pthread_mutex_unlock(&lock);
	// While EAL's thread is in it, which is not for long, it stays registered.
	do
		rc = rte_eth_dev_callback_unregister(
			port->id, RTE_ETH_EVENT_INTR_RMV, on_driver, port);
	while (rc == -EAGAIN && sched_yield() == 0);
}
