/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The facts about each DPDK driver, read in its sources (22.11.11) and tried. The plan and the
 * start-up ask here instead of knowing drivers by name. Device strings are parsed, never opened:
 * only driver_kept_frames reads files. Must not call EAL.
 */

#include "driver.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver_device.h"

/*
 * net_tap uses one mbuf a burst while no scatter is asked for, but allocates one for each
 * descriptor: few. Its MTU ends at 1504 because it reports frames up to 1522.
 * net_af_packet reports 1518, so ethdev sets no MTU above 1500; the interface itself may have one.
 * net_ring: TX queue i is RX queue i, so a TX queue without its RX queue would swallow frames.
 * net_pcap and net_null offer no chains (MULTI_SEGS), so none are sent to them.
 * net_af_xdp gives the kernel 2048 mbufs of its pool for each RX queue and never gets them back; up
 * to 2048 that were sent wait for the next transmission. It reports link up always, sets no
 * mbuf->port, copies a frame of another pool without a look at its segments or length, and one of
 * its own pool must lie in that pool. A pool object ends with its page: 63 cache lines, of which 5
 * are not data and 256 octets are XDP's.
 * net_vhost copies on both ways. Its peer may send more than the MTU, which comes in a chain.
 * net_virtio_user: the peer maps our memory, so mbufs stay on both rings. A client does not connect
 * again by itself; with server=1 the driver waits in accept() for its first peer.
 */
static const struct driver drivers[] = {
	{.prefix = "net_tap",
		.arguments = " iface mac remote ",
		.own_link = true,
		.kernel_iface = true,
		.pairs_queues = true,
		.holds_rx = true,
		.sets_mtu = true,
		.max_queues = 16,
		.max_mtu = 1504,
		.rx_descriptors = 16,
		.tx_descriptors = 16,
		.default_mtu = 1500},
	{.prefix = "net_af_packet",
		.arguments = " iface qpairs blocksz framesz framecnt qdisc_bypass ",
		.kernel_iface = true,
		.kernel_shares = true,
		.tag_loss = true,
		.fixed_queues = true,
		.sets_mtu = true,
		.max_queues = 1,
		.max_mtu = 1500,
		.rx_descriptors = 512,
		.tx_descriptors = 512,
		.default_mtu = 1500},
	{.prefix = "net_memif",
		.arguments = " id role bsize rsize socket socket-abstract mac zero-copy secret ",
		.own_link = true,
		.chains_rx = true,
		.max_queues = 255,
		.auto_queues = 1,
		.rx_descriptors = 1024,
		.tx_descriptors = 1024,
		.default_mtu = 1500},
	{.prefix = "net_pcap",
		.arguments =
			" rx_pcap tx_pcap rx_iface rx_iface_in tx_iface iface phy_mac infinite_rx ",
		.own_link = true,
		.chains_rx = true,
		.fixed_queues = true,
		.keeps_capture = true,
		.linear = true,
		.max_queues = 1,
		.rx_descriptors = 512,
		.tx_descriptors = 512,
		.default_mtu = 1500},
	{.prefix = "net_ring",
		.arguments = " nodeaction ",
		.own_link = true,
		.pairs_queues = true,
		.stamp_port = true,
		.linear = true,
		.max_queues = 16,
		.rx_descriptors = 1024,
		.tx_descriptors = 1024,
		.default_mtu = 1500},
	{.prefix = "net_null",
		.arguments = " size copy no-rx ",
		.own_link = true,
		.linear = true,
		.sets_mtu = true,
		.max_queues = 1024,
		.rx_descriptors = 512,
		.tx_descriptors = 512,
		.default_mtu = 1500},
	{.prefix = "net_af_xdp",
		.arguments = " iface start_queue queue_count xdp_prog busy_budget force_copy ",
		.kernel_iface = true,
		.pairs_queues = true,
		.stamp_port = true,
		.linear = true,
		.flat_tx = true,
		.opens_once = true,
		.holds_tx = true,
		.fixed_queues = true,
		.sets_mtu = true,
		.umem = true,
		.kept_rx = 2048,
		.kept_tx = 2048,
		.max_queues = 1,
		.max_mtu = 3434,
		.rx_descriptors = 2048,
		.tx_descriptors = 2048,
		.default_mtu = 1500},
	{.prefix = "net_vhost",
		.arguments =
			" iface queues client iommu-support postcopy-support tso linear-buffer "
			"ext-buffer legacy-ol-flags ",
		.own_link = true,
		.fixed_queues = true,
		.max_queues = 1,
		.rx_descriptors = 256,
		.tx_descriptors = 256,
		.default_mtu = 1500},
	{.prefix = "net_virtio_user",
		.arguments = " path mac cq queue_size queues iface server mrg_rxbuf "
			     "in_order packed_vq speed vectorized ",
		.own_link = true,
		.holds_rx = true,
		.holds_tx = true,
		.fixed_queues = true,
		.sets_mtu = true,
		.asks_peer = true,
		.shares_memory = true,
		.max_queues = 1,
		.max_mtu = 9698,
		.rx_descriptors = 256,
		.tx_descriptors = 256,
		.default_mtu = 1500},
	{.prefix = "",
		.is_pci = true,
		.own_link = true,
		.holds_rx = true,
		.holds_tx = true,
		.sets_mtu = true,
		.rx_descriptors = 1024,
		.tx_descriptors = 1024,
		.default_mtu = 1500},
};

enum { N_DRIVERS = sizeof(drivers) / sizeof(drivers[0]) };

/** Second names that DPDK has for a driver: one device must not have two. */
static const struct {
	const char *alias, *prefix;
} aliases[] = {{"eth_vhost", "net_vhost"}, {"virtio_user", "net_virtio_user"}};

int driver_fail(char *error, size_t error_size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, error_size, fmt, ap);
	va_end(ap);
	return -1;
}

static size_t name_length(const char *device)
{
	return strcspn(device, ",");
}

static unsigned hex_digits(const char *p)
{
	unsigned n = 0;

	while (isxdigit((unsigned char)p[n]))
		n++;
	return n;
}

/** `bb:dd.f` or `dddd:bb:dd.f`, then the end or devargs. */
static bool is_pci_address(const char *p)
{
	unsigned n = hex_digits(p);

	if (n >= 4 && n <= 8 && p[n] == ':') {
		p += n + 1;
		n = hex_digits(p);
	}
	if (n != 2 || p[2] != ':')
		return false;
	p += 3;
	if (hex_digits(p) != 2 || p[2] != '.')
		return false;
	p += 3;
	return *p >= '0' && *p <= '7' && (p[1] == '\0' || p[1] == ',');
}

/** DPDK finds a driver by prefix; what follows it must be a plain suffix (net_tap0, net_tap_in). */
static bool has_prefix(const char *device, const char *prefix)
{
	size_t n = strlen(prefix), end = name_length(device);

	if (n == 0 || end < n || strncmp(device, prefix, n) != 0)
		return false;
	for (size_t i = n; i < end; i++)
		if (!isalnum((unsigned char)device[i]) && device[i] != '_' && device[i] != '-')
			return false;
	return true;
}

/** Drivers take an unknown argument for none at all and go on with their defaults: refuse it. */
static int check_arguments(
	const struct driver *driver, const char *device, char *error, size_t error_size)
{
	const char *at = device;

	while (driver->arguments != NULL && (at = strchr(at, ',')) != NULL) {
		char key[64];

		at++;
		snprintf(key, sizeof(key), " %.*s ", (int)strcspn(at, ",="), at);
		if (strstr(driver->arguments, key) == NULL)
			return driver_fail(error, error_size,
				"device \"%s\": %s has no argument%.*s; it takes%.*s", device,
				driver->prefix, (int)strlen(key) - 1, key,
				(int)strlen(driver->arguments) - 1, driver->arguments);
	}
	return 0;
}

const struct driver *driver_find(const char *device, char *error, size_t error_size)
{
	int n = (int)name_length(device);

	error[0] = '\0';
	for (unsigned i = 0; i < N_DRIVERS; i++)
		if (drivers[i].is_pci ? is_pci_address(device)
				      : has_prefix(device, drivers[i].prefix))
			return check_arguments(&drivers[i], device, error, error_size) == 0
			               ? &drivers[i]
			               : NULL;
	for (unsigned i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (has_prefix(device, aliases[i].alias)) {
			driver_fail(error, error_size, "device %.*s: call it %s%.*s", n, device,
				aliases[i].prefix, n - (int)strlen(aliases[i].alias),
				device + strlen(aliases[i].alias));
			return NULL;
		}
	}
	driver_fail(error, error_size,
		"device \"%.*s\" is unknown: give a PCI address such as 0000:3b:00.0, or net_tap0, "
		"net_af_packet0, net_af_xdp0, net_memif0, net_vhost0, net_virtio_user0, "
		"net_pcap0, net_ring0, net_null0 with arguments",
		n, device);
	return NULL;
}

const char *driver_next_argument(const char *at, const char *key, size_t *length)
{
	size_t n = strlen(key);

	for (at = strchr(at, ','); at; at = strchr(at, ',')) {
		at++;
		if (strncmp(at, key, n) == 0 && at[n] == '=') {
			at += n + 1;
			*length = strcspn(at, ",");
			return at;
		}
	}
	return NULL;
}

bool driver_argument(const char *device, const char *key, char *value, size_t size)
{
	size_t length;
	const char *at = driver_next_argument(device, key, &length);

	if (!at || length >= size)
		return false;
	memcpy(value, at, length);
	value[length] = '\0';
	return true;
}

bool driver_interface(const struct driver *driver, const char *device, char *name, size_t size)
{
	static const char *const keys[] = {"iface", "tx_iface", "rx_iface", "rx_iface_in"};

	if (driver->is_pci)
		return false;
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (driver_argument(device, keys[i], name, size))
			return true;
	return false;
}

static unsigned count_arguments(const char *device, const char *key)
{
	unsigned n = 0;
	size_t length;

	for (const char *at = device; (at = driver_next_argument(at, key, &length)); n++)
		;
	return n;
}

/** As net_pcap counts them: a side without arguments gets one empty queue for each of the other. */
static unsigned pcap_queues(const char *device, bool rx)
{
	unsigned in = count_arguments(device, "rx_pcap"), out = count_arguments(device, "tx_pcap");

	if (count_arguments(device, "iface"))
		return 1;
	if (!in)
		in = count_arguments(device, "rx_iface") + count_arguments(device, "rx_iface_in");
	if (!out)
		out = count_arguments(device, "tx_iface");
	if (!in)
		in = out;
	return rx ? in : out ? out : in;
}

/** What counts the queues, for each driver that has such an argument. */
static const struct {
	const char *prefix, *key;
} counts[] = {{"net_af_packet", "qpairs"}, {"net_af_xdp", "queue_count"}, {"net_vhost", "queues"},
	{"net_virtio_user", "queues"}};

static unsigned queues(const struct driver *driver, const char *device, bool rx)
{
	char value[16];

	if (strcmp(driver->prefix, "net_pcap") == 0)
		return pcap_queues(device, rx);
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (strcmp(driver->prefix, counts[i].prefix) == 0 &&
			driver_argument(device, counts[i].key, value, sizeof(value)))
			return strtoul(value, NULL, 10);
	return driver->max_queues;
}

unsigned driver_rx_queues(const struct driver *driver, const char *device)
{
	return queues(driver, device, true);
}

unsigned driver_tx_queues(const struct driver *driver, const char *device)
{
	return queues(driver, device, false);
}

static unsigned descriptors(const struct driver *driver, const char *device, unsigned usual)
{
	char value[16];

	if (strcmp(driver->prefix, "net_virtio_user") == 0 &&
		driver_argument(device, "queue_size", value, sizeof(value)))
		return strtoul(value, NULL, 10);
	return usual;
}

unsigned driver_rx_descriptors(const struct driver *driver, const char *device)
{
	return descriptors(driver, device, driver->rx_descriptors);
}

unsigned driver_tx_descriptors(const struct driver *driver, const char *device)
{
	return descriptors(driver, device, driver->tx_descriptors);
}

static bool is_set(const char *device, const char *key)
{
	char value[8];

	return driver_argument(device, key, value, sizeof(value)) && strtoul(value, NULL, 0) != 0;
}

bool driver_socket(const struct driver *driver, const char *device, struct driver_socket *s)
{
	char role[16] = "", abstract[8] = "yes";

	memset(s, 0, sizeof(*s));
	if (strcmp(driver->prefix, "net_vhost") == 0) {
		s->serves = !is_set(device, "client");
		return driver_argument(device, "iface", s->path, sizeof(s->path));
	}
	if (strcmp(driver->prefix, "net_virtio_user") == 0) {
		return driver_argument(device, "path", s->path, sizeof(s->path));
	}
	if (strcmp(driver->prefix, "net_memif") != 0)
		return false;
	driver_argument(device, "role", role, sizeof(role));
	driver_argument(device, "socket-abstract", abstract, sizeof(abstract));
	s->serves = strcmp(role, "server") == 0 || strcmp(role, "master") == 0;
	s->seqpacket = true;
	return strcmp(abstract, "no") == 0 &&
	       driver_argument(device, "socket", s->path, sizeof(s->path));
}
