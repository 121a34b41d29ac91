/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The captures that net_pcap plays again and again: it keeps every frame of them in an mbuf. Called
 * by the plan, before any device exists; reads the files, changes nothing.
 */

#include "driver.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <pcap/pcap.h>

#include "driver_device.h"

static int count_frames(const char *path, uint64_t *frames, char *error, size_t error_size)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_open_offline(path, reason);
	struct pcap_pkthdr *header;
	const u_char *data;
	int rc;

	if (!pcap)
		return driver_fail(
			error, error_size, "rx_pcap=%s cannot be read: %s", path, reason);
	while ((rc = pcap_next_ex(pcap, &header, &data)) == 1)
		(*frames)++;
	if (rc == PCAP_ERROR)
		driver_fail(
			error, error_size, "rx_pcap=%s is damaged: %s", path, pcap_geterr(pcap));
	pcap_close(pcap);
	return rc == PCAP_ERROR ? -1 : 0;
}

int driver_kept_frames(const struct driver *driver, const char *device, uint64_t *frames,
	char *error, size_t error_size)
{
	char value[PATH_MAX];
	size_t length;

	*frames = 0;
	error[0] = '\0';
	if (!driver->keeps_capture ||
		!driver_argument(device, "infinite_rx", value, sizeof(value)) || atoi(value) <= 0)
		return 0;
	for (const char *at = device; (at = driver_next_argument(at, "rx_pcap", &length));) {
		snprintf(value, sizeof(value), "%.*s", (int)length, at);
		if (count_frames(value, frames, error, error_size) < 0)
			return -1;
	}
	return 0;
}
