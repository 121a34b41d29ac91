/* SPDX-License-Identifier: BSD-3-Clause */
/* What an address is to an interface, at the edges of its subnets. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "steer/iface.h"

static enum iface_relation relation(uint32_t ours, uint8_t prefix, uint32_t ip)
{
	struct iface_address a = {rte_cpu_to_be_32(ours), prefix};
	struct iface iface = {.n_addresses = 1, .addresses = &a};

	return iface_relation(&iface, rte_cpu_to_be_32(ip));
}

static void edges_of_every_prefix_are_known(void **state)
{
	for (uint8_t prefix = 1; prefix <= 30; prefix++) {
		uint32_t hosts = (UINT32_C(1) << (32 - prefix)) - 1;
		uint32_t net = UINT32_C(0xaaaaaaaa) & ~hosts, ours = net + 1;

		assert_int_equal(relation(ours, prefix, ours), IFACE_OURS);
		assert_int_equal(relation(ours, prefix, net), IFACE_SUBNET_ADDRESS);
		assert_int_equal(relation(ours, prefix, net + hosts), IFACE_SUBNET_ADDRESS);
		assert_int_equal(relation(ours, prefix, net + 2), IFACE_ON_LINK);
		assert_int_equal(relation(ours, prefix, net + hosts - 1), IFACE_ON_LINK);
		assert_int_equal(relation(ours, prefix, net - 1), IFACE_OFF_LINK);
		assert_int_equal(relation(ours, prefix, net + hosts + 1), IFACE_OFF_LINK);
	}
}

static void short_subnets_have_no_broadcast_address(void **state)
{
	assert_int_equal(relation(0x0a000000, 31, 0x0a000001), IFACE_ON_LINK);
	assert_int_equal(relation(0x0a000001, 31, 0x0a000000), IFACE_ON_LINK);
	assert_int_equal(relation(0x0a000001, 31, 0x0a000002), IFACE_OFF_LINK);
	assert_int_equal(relation(0x0a000001, 32, 0x0a000001), IFACE_OURS);
	assert_int_equal(relation(0x0a000001, 32, 0x0a000000), IFACE_OFF_LINK);
	assert_int_equal(relation(0x0a000001, 0, 0xc0000201), IFACE_ON_LINK);
}

static void every_address_counts_and_ours_counts_most(void **state)
{
	struct iface_address a[] = {{RTE_BE32(0x0a000001), 8}, {RTE_BE32(0x0a0100ff), 24}};
	struct iface iface = {.n_addresses = 2, .addresses = a};

	assert_int_equal(iface_relation(&iface, RTE_BE32(0x0a0100ff)), IFACE_OURS);
	assert_int_equal(iface_relation(&iface, RTE_BE32(0x0a010000)), IFACE_SUBNET_ADDRESS);
	assert_int_equal(iface_relation(&iface, RTE_BE32(0x0a020304)), IFACE_ON_LINK);
	iface.n_addresses = 0;
	assert_int_equal(iface_relation(&iface, RTE_BE32(0x0a020304)), IFACE_OFF_LINK);
}

static void each_of_many_is_found_by_port_and_tag(void **state)
{
	enum { PORTS = 32, VIDS = 32 };
	static struct iface ifaces[PORTS * VIDS];
	struct iface_table table = {.n = PORTS * VIDS, .iface = ifaces};
	struct iface_index *index;

	for (uint16_t i = 0; i < PORTS * VIDS; i++)
		ifaces[i] = (struct iface){
			.id = i, .port = i / VIDS, .n_tags = 1, .tags = {{0x8100, i % VIDS + 1}}};
	index = iface_index_create(&table);
	assert_non_null(index);
	for (uint16_t port = 0; port < PORTS + 8; port++) {
		for (uint16_t vid = 1; vid < VIDS + 8; vid++) {
			uint8_t frame[18] = {[12] = 0x81, [15] = (uint8_t)vid, [16] = 8};
			const struct iface *found = iface_find(index, port, frame, 18);

			if (port < PORTS && vid <= VIDS)
				assert_ptr_equal(found, &ifaces[port * VIDS + vid - 1]);
			else
				assert_null(found);
			assert_null(iface_find(index, port, frame, 14)); // untagged
		}
	}
	iface_index_free(index);
}

// In a table of four slots every fourth port meets the one that is there.
static void what_is_not_there_is_not_found(void **state)
{
	struct iface iface = {.port = 5, .n_tags = 1, .tags = {{0x8100, 100}}};
	struct iface_table table = {.n = 1, .iface = &iface};
	struct iface_index *index = iface_index_create(&table);
	uint8_t frame[18] = {[12] = 0x81, [15] = 100, [16] = 8};

	assert_non_null(index);
	for (uint16_t port = 0; port < 1000; port++)
		assert_ptr_equal(iface_find(index, port, frame, 18), port == 5 ? &iface : NULL);
	for (unsigned vid = 0; vid < 4096; vid++) {
		frame[14] = (uint8_t)(vid >> 8);
		frame[15] = (uint8_t)vid;
		assert_ptr_equal(iface_find(index, 5, frame, 18), vid == 100 ? &iface : NULL);
	}
	iface_index_free(index);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_of_every_prefix_are_known),
		cmocka_unit_test(short_subnets_have_no_broadcast_address),
		cmocka_unit_test(every_address_counts_and_ours_counts_most),
		cmocka_unit_test(each_of_many_is_found_by_port_and_tag),
		cmocka_unit_test(what_is_not_there_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
