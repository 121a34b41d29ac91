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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_of_every_prefix_are_known),
		cmocka_unit_test(short_subnets_have_no_broadcast_address),
		cmocka_unit_test(every_address_counts_and_ours_counts_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
