/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A metered generator: a load, and stations on ports 1 and 2 that know each other and send both
 * ways. Window by window the load changes between a harmless kind and the one that is tested; what
 * arrives of the stations' frames is compared. Prints JSON.
 *
 *     macgen EAL-ARGUMENTS -- RATE PAIR_RATE WINDOWS MILLISECONDS [TYPE [PORT]]
 *
 * RATE frames a second of load out of PORT (0), PAIR_RATE out of each of 1 and 2; WINDOWS of each
 * kind. Without TYPE the load comes from known, then from random source addresses, to a station
 * behind a port where frames end (bridge_flood_test.sh). With TYPE it is broadcast by known
 * stations: as EtherType 0x88b5, then as TYPE; 0x0806 makes it ARP requests for 192.0.2.1.
 * To be sent counts what the clock says; time in which this process did not run does not count.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_random.h>

enum {
	PORTS = 3,
	BURST = 32,
	FRAME = 60,
	KNOWN = 1024,
	WINDOWS_MAX = 64,
	BEHIND_MS = 2,
	SETTLE_MS = 30,     // without a frame: the window is over,
	UNDER_WAY_MS = 1000 // at the latest
};

struct meter {
	uint64_t last, rest; // TSC; of a frame
};

struct window {
	uint64_t offered, pairs_offered, pairs_received;
	double seconds;
};

static const uint8_t sink[6] = {2, 0, 0, 0, 0xff, 0}; // behind a port where frames end
static uint16_t load_port, load_type; // load_type 0: the sources change, not the type
static struct rte_mempool *pool;
static struct window windows[2][WINDOWS_MAX]; // known, random

static void port_start(uint16_t port)
{
	struct rte_eth_conf conf = {0};

	if (rte_eth_dev_configure(port, 1, 1, &conf) != 0 ||
		rte_eth_rx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL, pool) != 0 ||
		rte_eth_tx_queue_setup(port, 0, 1024, SOCKET_ID_ANY, NULL) != 0 ||
		rte_eth_dev_start(port) != 0)
		rte_exit(EXIT_FAILURE, "port %u does not start\n", port);
}

static void await_link(uint16_t port)
{
	struct rte_eth_link link = {0};

	for (unsigned i = 0; i < 1000; i++) {
		rte_eth_link_get_nowait(port, &link);
		if (link.link_status == RTE_ETH_LINK_UP)
			return;
		rte_delay_us_sleep(10000);
	}
	rte_exit(EXIT_FAILURE, "port %u: no peer\n", port);
}

// How many frames are due; what this process slept through is forgotten.
static unsigned due(struct meter *meter, uint64_t now, uint64_t rate)
{
	uint64_t hz = rte_get_tsc_hz(), passed = now - meter->last;

	meter->last = now;
	if (passed > hz * BEHIND_MS / 1000)
		passed = hz * BEHIND_MS / 1000;
	meter->rest += passed * rate;
	passed = meter->rest / hz;
	meter->rest %= hz;
	return (unsigned)passed;
}

static void station(uint8_t mac[6], uint16_t side)
{
	const uint8_t it[6] = {2, 0, 0, 0, 0xfe, (uint8_t)side};

	memcpy(mac, it, sizeof(it));
}

static void source(uint8_t mac[6], bool random)
{
	static uint32_t next;
	uint64_t r = random ? rte_rand() : next++ % KNOWN;

	mac[0] = random ? 6 : 2; // of one station each, locally administered
	mac[1] = (uint8_t)(r >> 32);
	memcpy(mac + 2, &r, 4);
}

static void fill_arp(uint8_t *frame)
{
	static const uint8_t head[] = {0, 1, 8, 0, 6, 4, 0, 1}, target[] = {192, 0, 2, 1};

	memcpy(frame + 14, head, sizeof(head));
	memcpy(frame + 22, frame + 6, 6);
	memcpy(frame + 28, "\xc0\x00\x02", 3);
	frame[31] = (uint8_t)(2 + frame[11] % 250); // known hosts of 192.0.2.0/24
	memcpy(frame + 38, target, sizeof(target));
}

static void fill_load(uint8_t *frame, bool tested)
{
	uint16_t type = rte_cpu_to_be_16(tested && load_type != 0 ? load_type : 0x88b5);

	memcpy(frame, sink, sizeof(sink));
	source(frame + 6, tested && load_type == 0);
	if (load_type != 0)
		memset(frame, 0xff, 6);
	memcpy(frame + 12, &type, 2);
	if (tested && load_type == 0x0806)
		fill_arp(frame);
}

static void fill(struct rte_mbuf *m, uint16_t port, bool load, bool tested)
{
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);

	memset(frame, 0, FRAME);
	if (load) {
		fill_load(frame, tested);
	} else {
		station(frame, port == 1 ? 2 : 1);
		station(frame + 6, port);
		memcpy(frame + 12, "\x88\xb5", 2);
	}
	m->data_len = FRAME;
	m->pkt_len = FRAME;
}

static void transmit(uint16_t port, unsigned n, bool load, bool tested)
{
	struct rte_mbuf *pkts[BURST];

	while (n != 0) {
		uint16_t burst = (uint16_t)RTE_MIN(n, (unsigned)BURST), sent;

		if (rte_pktmbuf_alloc_bulk(pool, pkts, burst) != 0)
			return;
		for (uint16_t i = 0; i < burst; i++)
			fill(pkts[i], port, load, tested);
		sent = rte_eth_tx_burst(port, 0, pkts, burst);
		rte_pktmbuf_free_bulk(pkts + sent, burst - sent);
		n -= burst;
	}
}

// Frames of the stations; whatever else comes is let go.
static uint64_t receive(uint16_t port)
{
	struct rte_mbuf *pkts[BURST];
	uint16_t n = rte_eth_rx_burst(port, 0, pkts, BURST);
	uint64_t theirs = 0;

	for (uint16_t i = 0; i < n; i++)
		theirs += rte_pktmbuf_mtod(pkts[i], const uint8_t *)[4] == 0xfe;
	rte_pktmbuf_free_bulk(pkts, n);
	return theirs;
}

static void run(struct window *w, bool tested, uint64_t rate, uint64_t pair_rate, unsigned ms)
{
	uint64_t start = rte_get_tsc_cycles(), now = start;
	uint64_t end = start + rte_get_tsc_hz() * ms / 1000;
	struct meter load = {.last = start}, meter[PORTS];

	for (unsigned p = 0; p < PORTS; p++)
		meter[p] = (struct meter){.last = start};
	while (now < end) {
		unsigned n;

		now = rte_get_tsc_cycles();
		n = due(&load, now, rate);
		w->offered += n;
		transmit(load_port, n, true, tested);
		for (uint16_t p = 0; p < PORTS; p++) {
			n = p == 0 ? 0 : due(&meter[p], now, pair_rate);
			w->pairs_offered += n;
			transmit(p, n, false, tested);
			w->pairs_received += receive(p);
		}
	}
	w->seconds = (double)(now - start) / (double)rte_get_tsc_hz();
	// What is under way belongs to this window, also when somebody stands still meanwhile.
	end = now + rte_get_tsc_hz() / 1000 * UNDER_WAY_MS;
	for (uint64_t last = now; now < end && now < last + rte_get_tsc_hz() / 1000 * SETTLE_MS;
		now = rte_get_tsc_cycles()) {
		uint64_t n = receive(1) + receive(2);

		if (n != 0)
			last = now;
		w->pairs_received += n;
		receive(0);
	}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned n)
{
	qsort(values, n, sizeof(*values), ascending);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

// Prints one kind of window; returns the share of the stations' frames that arrived.
static double print(const char *name, const struct window *w, unsigned n)
{
	double share[WINDOWS_MAX], rate[WINDOWS_MAX], pairs[WINDOWS_MAX], middle;
	int64_t lost = 0;

	for (unsigned i = 0; i < n; i++) {
		share[i] = (double)w[i].pairs_received /
		           (double)RTE_MAX(w[i].pairs_offered, UINT64_C(1));
		rate[i] = (double)w[i].offered / w[i].seconds;
		pairs[i] = (double)w[i].pairs_received / w[i].seconds;
		lost += (int64_t)(w[i].pairs_offered - w[i].pairs_received);
	}
	middle = median(share, n);
	printf("\"%s\": {\"rate\": %.0f, \"pairs_per_second\": %.0f, \"share\": %.4f, "
	       "\"least\": %.4f, \"most\": %.4f, \"lost\": %" PRId64 "}, ",
		name, median(rate, n), median(pairs, n), middle, share[0], share[n - 1], lost);
	return middle;
}

int main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	uint64_t rate, pair_rate;
	unsigned n, ms;
	double known, random;

	if (used < 0 || argc - used < 5)
		rte_exit(EXIT_FAILURE,
			"macgen EAL... -- RATE PAIR_RATE WINDOWS MILLISECONDS [TYPE [PORT]]\n");
	load_type = argc - used > 5 ? (uint16_t)strtoul(argv[used + 5], NULL, 0) : 0;
	load_port = argc - used > 6 ? (uint16_t)strtoul(argv[used + 6], NULL, 0) : 0;
	rate = strtoull(argv[used + 1], NULL, 10);
	pair_rate = strtoull(argv[used + 2], NULL, 10);
	n = RTE_MIN((unsigned)strtoul(argv[used + 3], NULL, 10), (unsigned)WINDOWS_MAX);
	ms = (unsigned)strtoul(argv[used + 4], NULL, 10);
	pool = rte_pktmbuf_pool_create(
		"macgen", 16383, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL || n == 0)
		rte_exit(EXIT_FAILURE, "no mbufs, or no windows\n");
	for (uint16_t p = 0; p < PORTS; p++)
		port_start(p);
	for (uint16_t p = 0; p < PORTS; p++)
		await_link(p);
	run(&(struct window){0}, false, rate, pair_rate, ms); // everybody is learned
	for (unsigned i = 0; i < 2 * n; i++)
		run(&windows[i % 2][i / 2], i % 2, rate, pair_rate, ms);
	printf("{");
	known = print(load_type != 0 ? "baseline" : "known", windows[0], n);
	random = print(load_type != 0 ? "tested" : "random", windows[1], n);
	printf("\"kept\": %.4f}\n", known > 0 ? random / known : 0);
	for (uint16_t p = 0; p < PORTS; p++) {
		rte_eth_dev_stop(p);
		rte_eth_dev_close(p);
	}
	rte_eal_cleanup();
	return 0;
}
