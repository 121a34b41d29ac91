/* SPDX-License-Identifier: BSD-3-Clause */
/* What lib/steer/dispatch remembers of interfaces behind tags (A27): more of them than it has room
 * for, and those of another view. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "steer/dispatch.h"
#include "steer_rig.h"

enum { PORT = 3 };

static const uint8_t port_mac[6] = {2, 0, 0, 0, 0, 3}, iface_mac[6] = {2, 0, 0, 0, 0, 0x33};

static struct classifier classifier;
static struct dispatch d;
static struct dispatch_known known;
static struct unknown_types unknown[OUT_PORTS];
static struct handler_counts handler_counts;
static struct iface_index *ifindex;
static uint64_t generation; // of the views that the tests are

static struct rte_mbuf *given[CLASSIFY_BURST];
static unsigned n_given;

static void take(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	memcpy(&given[n_given], pkts, n * sizeof(*pkts));
	n_given += n;
	out_consume_bulk(out, pkts, n);
}

// ARP has a handler, no other type.
static int set_up(void **state)
{
	rig_reset();
	classifier_init(&classifier);
	d = (struct dispatch){.classifier = &classifier, .unknown = unknown, .known = &known};
	memcpy(d.port[PORT].mac, port_mac, sizeof(port_mac));
	for (unsigned c = 0; c < CLASS_MAX; c++)
		d.action[c].kind = DISPATCH_UNKNOWN;
	d.action[CLASS_ARP] = (struct dispatch_action){
		.kind = DISPATCH_INLINE, .burst = take, .counts = &handler_counts};
	return 0;
}

static int tear_down(void **state)
{
	iface_index_free(ifindex);
	return 0;
}

// 60 octets to the port's address, behind one tag.
static struct rte_mbuf *frame(unsigned tci, uint16_t type)
{
	uint8_t p[60] = {0};

	memcpy(p, port_mac, 6);
	memcpy(p + 6, "\x02\0\0\0\0\x66\x81", 7);
	p[14] = (uint8_t)(tci >> 8);
	p[15] = (uint8_t)tci;
	p[16] = (uint8_t)(type >> 8);
	p[17] = (uint8_t)type;
	rig.ledger.port[PORT].rx++;
	return rig_mbuf(p, sizeof(p), 0, 0, PORT);
}

enum { VLANS = 48, VIDS = 4 << DISPATCH_STACK_BITS };
_Static_assert(VLANS > 1 << DISPATCH_STACK_BITS, "more than are remembered");

// An interface for each of the first VLANs, another id for each view. One burst in three is of one
// VLAN, one of tagged frames only.
static void check_vlans(uint16_t first_id, unsigned short seed[3])
{
	static struct iface of_vlan[2 * VLANS];
	struct iface_table vlans = {.n = first_id + VLANS, .iface = of_vlan};
	struct rte_mbuf *pkts[CLASSIFY_BURST], *made[CLASSIFY_BURST];
	struct classified c;

	for (uint16_t i = 0; i < vlans.n; i++) {
		of_vlan[i] =
			(struct iface){.id = i, .port = PORT, .n_tags = 1, .unused = i < first_id};
		memcpy(of_vlan[i].mac, i % 8 ? port_mac : iface_mac, 6);
		of_vlan[i].tags[0] = (struct iface_tag){0x8100, 1 + i - first_id};
	}
	iface_index_free(ifindex);
	d.ifaces = ifindex = iface_index_create(&vlans);
	d.generation = ++generation;
	for (unsigned round = 0; round < 300; round++) {
		unsigned vid[CLASSIFY_BURST], ours = 0;

		n_given = 0;
		for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
			bool again = i != 0 && round % 3 == 0;

			vid[i] = again ? vid[i - 1] : 1 + (unsigned)(nrand48(seed) % (VIDS - 1));
			// Every other burst is ours as a whole, so that nothing is looked up twice.
			if (round % 2 == 1 && (first_id + vid[i] - 1) % 8 == 0)
				vid[i]++;
			pkts[i] = frame((unsigned)(nrand48(seed) % 16) << 12 | vid[i],
				round % 3 == 2 && i % 8 == 1 ? 0x0800 : 0x0806);
		}
		memcpy(made, pkts, sizeof(made));
		classify_burst(&classifier, pkts, CLASSIFY_BURST, false, &c);
		dispatch_burst(&d, PORT, pkts, &c, &rig.out, 0);
		out_flush(&rig.out);
		for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
			uint16_t id = vid[i] <= VLANS ? (uint16_t)(first_id + vid[i] - 1)
			                              : (uint16_t)OUT_IFACE_NONE;

			if ((round % 3 == 2 && i % 8 == 1) || (id != OUT_IFACE_NONE && id % 8 == 0))
				continue; // another type, or another's address
			assert_ptr_equal(given[ours++], made[i]);
			assert_int_equal(frame_meta(made[i]).iface, id);
			assert_int_equal(frame_meta(made[i]).l2_len, 18);
		}
		assert_int_equal(n_given, ours);
		rig_balanced();
		rig_reset();
	}
}

static void more_stacks_than_a_worker_remembers(void **state)
{
	unsigned short seed[3] = {4, 5, 6};

	check_vlans(0, seed);
}

static void what_another_view_knew_is_forgotten(void **state)
{
	unsigned short seed[3] = {7, 8, 9};

	check_vlans(0, seed);
	check_vlans(VLANS, seed);
	check_vlans(1, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(more_stacks_than_a_worker_remembers, set_up),
		cmocka_unit_test_setup(what_another_view_knew_is_forgotten, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
