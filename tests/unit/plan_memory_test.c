/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan's pools, hugepages and what drivers ask of them, and each of its sentences. */

#include "plan_fixture.h"

static void kept_frames_of_an_rx_pcap_are_counted(void **state)
{
	struct conf_port *p;

	three_taps(2);
	p = fixture_port(&f, "net_pcap0,rx_pcap=a,infinite_rx=1");
	fixture_device(&f, p, 0, 1, 1, 16384);
	make();
	assert_int_equal(f.plan->pools[0].n, 32767);
	release(NULL);
	f.conf.memory.mbufs = 16384 + 79; // 16384 kept, 48 RX descriptors, bursts
	make_fails("memory.mbufs 16463 is too small for pool rx-n0-2176: frames kept, RX "
		   "descriptors and a burst take 16592; give 21993 or `auto`");
	f.conf.memory.mbufs = 20000;
	make();
	assert_int_equal(f.plan->pools[0].n, 20000);
	assert_warned("memory.mbufs 20000 is below the 21993 that pool rx-n0-2176 may need: under "
		      "load ports can stop receiving");
}

static void a_pool_is_the_sum_of_its_lines(void **state)
{
	uint64_t sum = 0;
	const struct plan_pool *pool;

	fixture_init(&f, 4);
	fixture_workers(&f, 1, 2);
	fixture_port(&f, "0000:3b:00.0");
	make();
	pool = &f.plan->pools[0];
	for (unsigned i = 0; i < pool->n_terms; i++)
		sum += pool->terms[i].count;
	/* RX 2 x 1024, TX 2 x 1024, control's TX ring 511, finished 511, caches 2 x 384,
	 * bursts 3 x 64 */
	assert_int_equal(sum, 2048 + 2048 + 511 + 511 + 768 + 192);
	assert_int_equal(pool->n, 8191);
}

static void a_sum_that_is_a_power_of_two_takes_the_next_pool(void **state)
{
	struct conf_port *p;

	three_taps(2);
	p = fixture_port(&f, "net_pcap0,rx_pcap=a,infinite_rx=1");
	fixture_device(&f, p, 0, 1, 1, 8192 - 5609);
	make();
	assert_int_equal(f.plan->pools[0].n, 16383);
	release(NULL);
	f.topology_ports[0].kept_frames--;
	make();
	assert_int_equal(f.plan->pools[0].n, 8191);
}

static void a_zero_copy_memif_holds_its_descriptors(void **state)
{
	const struct plan_pool *pool;

	fixture_init(&f, 2);
	fixture_port(&f, "net_memif0,role=client,zero-copy=yes");
	make();
	pool = &f.plan->pools[0];
	assert_string_equal(pool->terms[0].what, "RX descriptors of p0, 1 x 1024");
	assert_string_equal(pool->terms[1].what, "TX descriptors, all ports");
	assert_int_equal(pool->terms[1].count, 1024);
}

static void af_xdp_has_a_pool_that_fills_its_rings(void **state)
{
	const struct plan_pool *pool;
	uint64_t kept = 0;

	fixture_init(&f, 2);
	fixture_port(&f, "net_tap0,iface=bl0");
	fixture_port(&f, "net_af_xdp0,iface=e,queue_count=2");
	fixture_port(&f, "net_af_xdp1,iface=f");
	make();
	assert_int_equal(f.plan->ports[1].n_rxq, 2);
	assert_int_equal(f.plan->ports[1].n_txq, 2);
	assert_int_equal(f.plan->ports[1].kept, 2 * 2048);
	assert_int_equal(f.plan->ports[0].kept, 0);
	assert_true(f.plan->ports[1].linear && f.plan->ports[1].stamp_port);
	assert_int_equal(f.plan->ports[1].pool, f.plan->ports[2].pool);
	assert_int_not_equal(f.plan->ports[0].pool, f.plan->ports[1].pool);
	pool = &f.plan->pools[f.plan->ports[1].pool];
	assert_string_equal(pool->name, "xdp-n0-2176");
	assert_true(pool->umem);
	assert_false(f.plan->pools[f.plan->ports[0].pool].umem);
	assert_string_equal(pool->terms[0].what, "fill rings of p1, 2 x 2048");
	assert_string_equal(pool->terms[1].what, "completion rings of p1");
	for (unsigned i = 0; i < 4; i++)
		kept += pool->terms[i].count;
	assert_int_equal(kept, 3 * 2 * 2048);
	assert_string_equal(pool->terms[4].what, "TX descriptors, all ports");
	assert_int_equal(pool->terms[4].count, 3 * 2048);
	release(NULL);
	f.ports[1].tx_queues = 1;
	make_fails("port p1: tx-queues 1 leaves queues of its device string unread: it has 2");
	f.ports[1].tx_queues = 0;
	f.conf.memory.mbufs = 12000;
	make_fails("memory.mbufs 12000 is too small for pool xdp-n0-2176: frames kept, RX "
		   "descriptors and a burst take 12384; give 21116 or `auto`");
}

static void a_virtio_user_holds_its_queue_size(void **state)
{
	const struct plan_pool *pool;

	fixture_init(&f, 2);
	fixture_port(&f, "net_virtio_user0,path=/s,queue_size=512");
	fixture_port(&f, "net_vhost0,iface=/t");
	make();
	pool = &f.plan->pools[0];
	assert_string_equal(pool->terms[0].what, "RX descriptors of p0, 1 x 512");
	assert_string_equal(pool->terms[1].what, "TX descriptors, all ports");
	assert_int_equal(pool->terms[1].count, 512);
	assert_true(f.plan->ports[0].shares_memory && !f.plan->ports[1].shares_memory);
	assert_int_equal(f.plan->ports[1].pool, 0);
}

static void mbufs_take_an_odd_number_of_cache_lines(void **state)
{
	size_t bytes;

	fixture_init(&f, 2);
	f.topology.huge_mounted = true;
	f.nodes[0].huge_free_bytes = 1u << 30;
	fixture_port(&f, "net_memif0,bsize=2112");
	make();
	bytes = f.plan->pools[0].bytes;
	release(NULL);
	strcpy(f.ports[0].device, "net_memif0,bsize=2176");
	make();
	assert_int_equal(f.plan->pools[0].bytes, bytes);
	release(NULL);
	strcpy(f.ports[0].device, "net_memif0,bsize=2240");
	make();
	assert_int_equal(f.plan->pools[0].bytes, bytes + 2 * 64 * f.plan->pools[0].n);
}

static void jumbo_frames_take_a_pool_of_their_own(void **state)
{
	fixture_init(&f, 4);
	fixture_port(&f, "0000:3b:00.0")->mtu = 9000;
	fixture_port(&f, "0000:3b:00.1");
	make();
	assert_int_equal(f.plan->n_pools, 3);
	assert_int_equal(f.plan->pools[f.plan->ports[0].pool].data_room, 9216 + 128);
	assert_int_equal(f.plan->ports[0].mtu, 9000);
	assert_int_equal(f.plan->pools[f.plan->ports[1].pool].data_room, 2048 + 128);
	assert_int_equal(f.plan->ports[1].mtu, 0);
	assert_true(f.plan->pools[2].control && f.plan->pools[2].preemptible);
}

static void hugepages_are_used_when_they_carry_the_plan(void **state)
{
	three_taps(2);
	f.nodes[0].huge_free_bytes = 1u << 30;
	make();
	assert_false(f.plan->hugepages);
	assert_noted("no hugepages are used: no hugetlbfs that we may write is mounted: mount -t "
		     "hugetlbfs none /dev/hugepages");
	release(NULL);
	f.topology.huge_mounted = true;
	make();
	assert_true(f.plan->hugepages);
	release(NULL);
	f.conf.memory.hugepages = CONF_HUGEPAGES_NEVER;
	make();
	assert_false(f.plan->hugepages);
	assert_int_equal(f.plan->n_notes, 0);
}

static void required_hugepages_that_are_missing_name_the_remedy(void **state)
{
	three_taps(2);
	f.topology.huge_mounted = true;
	f.conf.memory.hugepages = CONF_HUGEPAGES_REQUIRE;
	f.nodes[0].huge_free_bytes = 4u << 20;
	make_fails("memory.hugepages is `require`, but node 0 has 4 MiB of hugepages free and the "
		   "plan needs 48: echo 24 > "
		   "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages");
}

static void ports_that_cannot_be_are_refused(void **state)
{
	fixture_init(&f, 2);
	fixture_port(&f, "eth0");
	make_fails(
		"port p0: device \"eth0\" is unknown: give a PCI address such as 0000:3b:00.0, or "
		"net_tap0, net_af_packet0, net_af_xdp0, net_memif0, net_vhost0, net_virtio_user0, "
		"net_pcap0, net_ring0, net_null0 with arguments");
	strcpy(f.ports[0].device, "net_tap0,iface=a");
	f.ports[0].mtu = 1505;
	make_fails("port p0: net_tap takes no MTU above 1504 (found 1505): its transmit stops for "
		   "good at a longer frame; for jumbo frames use net_af_packet on a veth");
	f.ports[0].mtu = 0;
	fixture_port(&f, "net_tap0,iface=b");
	make_fails("ports p0 and p1 name the same device net_tap0: number them (net_tap0, "
		   "net_tap1)");
	f.conf.n_ports = 33;
	make_fails("33 ports are more than the 32 that DPDK is built for");
}

static void an_mtu_that_dpdk_cannot_set_is_a_warning(void **state)
{
	struct conf_port *p;

	fixture_init(&f, 2);
	p = fixture_port(&f, "net_af_packet0,iface=e");
	p->mtu = 9000;
	make();
	assert_int_equal(f.plan->ports[0].mtu, 0);
	assert_string_equal(f.plan->ports[0].device,
		"net_af_packet0,iface=e,framesz=9216,blocksz=36864,framecnt=512");
	assert_warned(
		"port p0: DPDK sets no MTU above 1500 on net_af_packet: give the interface MTU "
		"9000 before the start: ip link set dev e mtu 9000");
	release(NULL);
	p->mtu = 0; // the interface already has it
	fixture_device(&f, p, 0, 1, 1, 0);
	f.topology_ports[0].mtu = 9000;
	make();
	assert_int_equal(f.plan->n_warnings, 0);
	assert_int_equal(f.plan->pools[0].data_room, 9216 + 128);
}

/** A NIC of MTU 9000 whose driver told whether it scatters; no hugepages. */
static void jumbo_nic(bool scatter)
{
	struct conf_port *p;

	fixture_init(&f, 2);
	p = fixture_port(&f, "0000:3b:00.0");
	p->mtu = 9000;
	p->descriptors = 4096;
	fixture_device(&f, p, 0, 1, 1, 0);
	f.topology_ports[0].scatter = scatter;
}

static uint64_t count_of(const struct plan_pool *pool, const char *what)
{
	for (unsigned i = 0; i < pool->n_terms; i++)
		if (strcmp(pool->terms[i].what, what) == 0)
			return pool->terms[i].count;
	fail_msg("no line \"%s\"", what);
	return 0;
}

/* RX and TX descriptors hold an mbuf each, also for short frames: large ones would be wasted. */
static void long_frames_get_chains_where_these_save_memory(void **state)
{
	const struct plan_pool *pool;

	jumbo_nic(true);
	make();
	pool = &f.plan->pools[f.plan->ports[0].pool];
	assert_int_equal(pool->data_room, 2048 + 128);
	assert_int_equal(f.plan->ports[0].rx_segs, 5); // 9216 octets of 2048
	assert_int_equal(pool->segs, 5);
	/* What counts descriptors stays; what counts frames is five times as much. */
	assert_int_equal(count_of(pool, "RX descriptors of p0, 1 x 4096"), 4096);
	assert_int_equal(count_of(pool, "1 ring of finished mbufs, slots - 1 each x 5"), 511 * 5);
	assert_int_equal(
		count_of(pool, "bursts in hand, 2 lcores x 32 x (1 + 1 ports) x 5"), 128 * 5);
	assert_int_equal(f.plan->pools[1].segs, 1); // ours are short
	assert_true(f.plan->pools[1].control);
	assert_noted("a long frame of p0 gets a chain of 2048 octet mbufs: 57.7 MiB of pools "
		     "instead of 169.7 with one large mbuf each");
}

static void long_frames_get_one_mbuf_where_their_device_cannot_scatter(void **state)
{
	jumbo_nic(false);
	make();
	assert_int_equal(f.plan->pools[0].data_room, 9216 + 128);
	assert_int_equal(f.plan->ports[0].rx_segs, 1);
	assert_int_equal(f.plan->n_notes, 1); // of hugepages
}

static void long_frames_get_one_mbuf_where_hugepages_carry_it(void **state)
{
	jumbo_nic(true);
	f.topology.huge_mounted = true;
	f.nodes[0].huge_free_bytes = 1u << 30;
	make();
	assert_true(f.plan->hugepages);
	assert_int_equal(f.plan->pools[0].data_room, 9216 + 128);
	assert_noted("a long frame of p0 gets one large mbuf: the hugepages carry the 169.7 MiB of "
		     "pools");
	release(NULL);
	f.nodes[0].huge_free_bytes = 80u << 20; // enough for chains only
	f.conf.memory.hugepages = CONF_HUGEPAGES_REQUIRE;
	make();
	assert_true(f.plan->hugepages);
	assert_int_equal(f.plan->pools[0].data_room, 2048 + 128);
	assert_noted("a long frame of p0 gets a chain of 2048 octet mbufs: 57.7 MiB of pools "
		     "instead of 169.7 with one large mbuf each, which hugepages carry");
}

static void long_frames_get_one_mbuf_where_chains_save_little(void **state)
{
	fixture_init(&f, 2);
	fixture_port(&f, "net_memif0,role=server")->mtu = 9000;
	make();
	assert_int_equal(f.plan->pools[0].data_room, 9216 + 128);
	assert_int_equal(f.plan->pools[0].segs, 1);
	assert_int_equal(f.plan->n_warnings, 1);
	assert_warned("port p0: its client must have buffers for a whole frame (bsize=9022 or "
		      "more; the same mtu in Burstline): net_memif garbles what is longer than "
		      "one, and 2048 is usual");
	release(NULL);
	strcpy(f.ports[0].device, "net_memif0,role=client"); // has buffers of its own
	f.conf.memory.mbufs = 4096;                          // as many of either: now they do
	make();
	assert_int_equal(f.plan->pools[0].data_room, 2048 + 128);
	assert_int_equal(f.plan->ports[0].rx_segs, 5);
	assert_int_equal(f.plan->n_warnings, 1); // once, not once for each try
	release(NULL);
	strcat(f.ports[0].device, ",zero-copy=yes"); // the peer writes into our mbufs
	make();
	assert_int_equal(f.plan->pools[0].data_room, 9216 + 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(kept_frames_of_an_rx_pcap_are_counted, release),
		cmocka_unit_test_teardown(a_pool_is_the_sum_of_its_lines, release),
		cmocka_unit_test_teardown(
			a_sum_that_is_a_power_of_two_takes_the_next_pool, release),
		cmocka_unit_test_teardown(a_zero_copy_memif_holds_its_descriptors, release),
		cmocka_unit_test_teardown(af_xdp_has_a_pool_that_fills_its_rings, release),
		cmocka_unit_test_teardown(a_virtio_user_holds_its_queue_size, release),
		cmocka_unit_test_teardown(mbufs_take_an_odd_number_of_cache_lines, release),
		cmocka_unit_test_teardown(jumbo_frames_take_a_pool_of_their_own, release),
		cmocka_unit_test_teardown(hugepages_are_used_when_they_carry_the_plan, release),
		cmocka_unit_test_teardown(
			required_hugepages_that_are_missing_name_the_remedy, release),
		cmocka_unit_test_teardown(ports_that_cannot_be_are_refused, release),
		cmocka_unit_test_teardown(an_mtu_that_dpdk_cannot_set_is_a_warning, release),
		cmocka_unit_test_teardown(long_frames_get_chains_where_these_save_memory, release),
		cmocka_unit_test_teardown(
			long_frames_get_one_mbuf_where_their_device_cannot_scatter, release),
		cmocka_unit_test_teardown(
			long_frames_get_one_mbuf_where_hugepages_carry_it, release),
		cmocka_unit_test_teardown(
			long_frames_get_one_mbuf_where_chains_save_little, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
