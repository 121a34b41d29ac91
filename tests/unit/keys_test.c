/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The look-up of all addresses of a burst, as it is built for each instruction set, beside the
 * table's own answers for one key at a time: B2, B3, B14, B17, B21.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/fdb_place.h"
#include "bridge/keys.h"
#include "fdb_rig.h"

enum {
	HOSTS = 30000, // of 32768 that there is room for: one in thirty is away from its home
	VLANS = 4,
	ROUNDS = 4000,
	ROOM = 32
};

static struct fdb *fdb;
static uint64_t hosts[HOSTS], seed;
static uint8_t frames[CLASSIFY_BURST][ROOM];
static struct rte_mbuf mbufs[CLASSIFY_BURST], *pkts[CLASSIFY_BURST];
static uint64_t dst[CLASSIFY_BURST], src[CLASSIFY_BURST];

static uint32_t below(uint32_t n)
{
	return (uint32_t)(rig_random(&seed) >> 16) % n;
}

static uint8_t port_of(uint32_t host)
{
	return (uint8_t)(host / VLANS % FDB_PORTS);
}

static uint16_t vlan_of(uint32_t host)
{
	return (uint16_t)(100 + host % VLANS);
}

static int make(void **state)
{
	seed = 5;
	fdb = rig_create((struct fdb_config){.capacity = 32768, .seed = 3});
	for (uint32_t h = 0; h < HOSTS; h++) {
		hosts[h] = fdb_key(vlan_of(h), rig_random(&seed) & ~UINT64_C(1));
		if (h % 100 == 0)
			fdb_add_static(fdb, hosts[h], h % 1000 == 0 ? FDB_LOCAL : port_of(h));
		else if (rig_learn(fdb, hosts[h], port_of(h)) != FDB_NEW)
			return -1;
	}
	for (unsigned i = 0; i < CLASSIFY_BURST; i++) {
		mbufs[i] = (struct rte_mbuf){
			.buf_addr = frames[i], .data_off = i % 9, .data_len = 16, .pkt_len = 60};
		pkts[i] = &mbufs[i];
	}
	return 0;
}

static int unmake(void **state)
{
	rig_free(fdb);
	return 0;
}

// A host of a VLAN, of a port if that is below FDB_PORTS. Few are unknown.
static uint64_t some_host(unsigned vlan, unsigned port)
{
	uint32_t host;

	if (below(100) == 0)
		return fdb_key((uint16_t)(100 + vlan), rig_random(&seed) & ~UINT64_C(1));
	if (port < FDB_PORTS && below(200) != 0)
		host = below(HOSTS / VLANS / FDB_PORTS) * FDB_PORTS * VLANS + port * VLANS + vlan;
	else
		host = below(HOSTS / VLANS) * VLANS + vlan;
	return hosts[host];
}

static void write_frame(unsigned i)
{
	uint8_t *p = rte_pktmbuf_mtod(pkts[i], uint8_t *);

	memset(frames[i], 0xff, ROOM);
	memcpy(p, &dst[i], 6);
	memcpy(p + 6, &src[i], 6);
}

static void make_burst(unsigned n, unsigned port, bool one_vlan, bool one_dst, bool one_exit)
{
	unsigned vlan = below(VLANS);

	for (unsigned i = 0; i < n; i++) {
		vlan = one_vlan ? vlan : below(VLANS);
		src[i] = some_host(vlan, port);
		dst[i] = one_dst && i > 0 ? dst[0] : some_host(vlan, one_exit ? 7 : FDB_PORTS);
	}
	if (below(100) == 0)
		*(below(2) ? &src[below(n)] : &dst[one_dst ? 0 : below(n)]) |= 1;
	for (unsigned i = 0; i < n; i++)
		write_frame(i);
}

static void check_sources(const struct keys *keys, unsigned n, uint8_t port, uint64_t word)
{
	unsigned late = 0;

	while (late < n && fdb_lookup(fdb, src[late]) == port)
		late++;
	assert_int_equal(keys->late, late);
	for (unsigned i = 0; i < n; i++) {
		struct fdb_place place = fdb_place(fdb, src[i]);
		struct fdb_found found = fdb_find(fdb, place.home, place.tag);

		assert_int_equal(keys->src[i], src[i]);
		assert_ptr_equal(keys->src_home[i], place.home);
		assert_int_equal(keys->src_wanted[i], place.tag | word);
		if (i < late && (found.entry & FDB_STATIC) == 0)
			assert_int_equal(found.entry % (1 << FDB_STEP), word);
	}
}

static void check_destinations(const struct keys *keys, unsigned n)
{
	bool members = true, one = true;

	for (unsigned i = 0; i < n; i++) {
		uint8_t to = fdb_lookup(fdb, dst[i]);

		members &= to < FDB_PORTS;
		one &= to == fdb_lookup(fdb, dst[0]);
	}
	assert_int_equal(keys_lead_to_members(keys), members);
	if (!members)
		return;
	assert_int_equal(keys_lead_to_one(keys), one);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(keys_to(keys, i), fdb_lookup(fdb, dst[i]));
}

static bool has_group(unsigned n)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < n; i++)
		bits |= src[i] | dst[i];
	return (bits & 1) != 0;
}

// Returns whether all addresses were known and looked up.
static bool try_burst(keys_pass *pass, uint32_t seconds)
{
	_Alignas(32) uint64_t vlans[CLASSIFY_BURST];
	bool one_vlan = below(2), one_dst = below(4) == 0;
	unsigned n = 1 + below(CLASSIFY_BURST), port = below(FDB_PORTS);
	uint64_t word = fdb_word_of(fdb, (uint8_t)port, seconds);
	struct keys keys = {
		.n_src = (uint16_t)n, .n_dst = (uint16_t)(one_dst ? 1 : n), .late = UINT16_MAX};

	make_burst(n, port, one_vlan, one_dst, below(2));
	for (unsigned i = 0; i < CLASSIFY_BURST; i++)
		vlans[i] = fdb_key(fdb_vlan(src[one_vlan || i >= n ? 0 : i]), 0);
	pass(fdb, pkts, vlans, !one_vlan, word, &keys);
	assert_int_equal(keys.group & 1, has_group(n));
	if (has_group(n))
		return false;
	check_sources(&keys, n, (uint8_t)port, word);
	if (keys.late == n)
		check_destinations(&keys, one_dst ? 1 : n);
	return keys.late == n && keys_lead_to_members(&keys);
}

static void look_up_as_one_by_one(keys_pass *pass)
{
	unsigned known = 0;

	for (unsigned i = 0; i < ROUNDS; i++)
		known += try_burst(pass, i / 50);
	assert_in_range(known, ROUNDS / 4, ROUNDS * 9 / 10);
}

static void b2_b3_b14_b17_b21_bursts_are_looked_up_as_one_by_one_portable(void **state)
{
	look_up_as_one_by_one(keys_look_up_portable);
}

static void b2_b3_b14_b17_b21_bursts_are_looked_up_as_one_by_one_avx2(void **state)
{
#ifdef RTE_ARCH_X86_64
	if (classify_isa_works(CLASSIFY_AVX2))
		look_up_as_one_by_one(keys_look_up_avx2);
	else
		print_message("no AVX2 here\n");
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			b2_b3_b14_b17_b21_bursts_are_looked_up_as_one_by_one_portable, make,
			unmake),
		cmocka_unit_test_setup_teardown(
			b2_b3_b14_b17_b21_bursts_are_looked_up_as_one_by_one_avx2, make, unmake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
