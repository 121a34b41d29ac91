/* SPDX-License-Identifier: BSD-3-Clause */
/* Facts about drivers, and what follows from the MTU. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "driver.h"

static char error[512];
static char derived[256];
static unsigned room, max_frame;

static const struct driver *find(const char *device)
{
	const struct driver *d = driver_find(device, error, sizeof(error));

	if (!d)
		fail_msg("%s", error);
	return d;
}

static void refuses(const char *device, const char *sentence)
{
	assert_null(driver_find(device, error, sizeof(error)));
	assert_string_equal(error, sentence);
}

static int derive(const char *device, unsigned mtu)
{
	return driver_derive(find(device), device, mtu, derived, sizeof(derived), &room, &max_frame,
		error, sizeof(error));
}

static unsigned tag_room(const char *device)
{
	return driver_tag_room(find(device), device);
}

static void derive_fails(const char *device, unsigned mtu, const char *sentence)
{
	assert_int_equal(derive(device, mtu), -1);
	assert_string_equal(error, sentence);
}

static void pci_addresses_are_recognized(void **state)
{
	static const char *const good[] = {
		"0000:3b:00.0", "3b:00.7", "00000001:af:1f.3", "0000:3b:00.0,representor=0"};

	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(find(good[i])->is_pci);
	refuses("0000:3b:00.8",
		"device \"0000:3b:00.8\" is unknown: give a PCI address such as 0000:3b:00.0, or "
		"net_tap0, net_af_packet0, net_af_xdp0, net_memif0, net_vhost0, net_virtio_user0, "
		"net_pcap0, net_ring0, net_null0 with arguments");
	assert_null(driver_find("000:3b:00.0", error, sizeof(error)));
	assert_null(driver_find("0000:3b:00", error, sizeof(error)));
	assert_null(driver_find("0000:3b:00.0x", error, sizeof(error)));
	assert_null(driver_find("3b:0.0", error, sizeof(error)));
	assert_null(driver_find("", error, sizeof(error)));
}

static void virtual_devices_are_found_by_prefix(void **state)
{
	assert_string_equal(find("net_tap0,iface=bl0")->prefix, "net_tap");
	assert_string_equal(find("net_pcap_in,rx_pcap=x")->prefix, "net_pcap");
	assert_null(driver_find("net_tap 0", error, sizeof(error)));
	assert_string_equal(find("net_af_packet0,iface=a")->prefix, "net_af_packet");
	assert_string_equal(find("net_af_xdp0,iface=a")->prefix, "net_af_xdp");
	assert_string_equal(find("net_vhost0,iface=/s")->prefix, "net_vhost");
	assert_string_equal(find("net_virtio_user0,path=/s")->prefix, "net_virtio_user");
	refuses("eth_vhost0,iface=/s", "device eth_vhost0: call it net_vhost0");
	refuses("virtio_user_in", "device virtio_user_in: call it net_virtio_user_in");
	refuses("net_af_xdp0,iface=a,shared_umem=1",
		"device \"net_af_xdp0,iface=a,shared_umem=1\": net_af_xdp has no argument "
		"shared_umem; it takes iface start_queue queue_count xdp_prog busy_budget "
		"force_copy");
}

static void traits_tell_what_the_plan_and_the_start_ask(void **state)
{
	assert_true(find("net_tap0")->pairs_queues && find("net_tap0")->holds_rx);
	assert_false(find("net_tap0")->holds_tx);
	assert_true(find("net_af_packet0")->tag_loss && find("net_af_packet0")->kernel_iface);
	assert_false(find("net_af_packet0")->own_link);
	assert_true(find("net_ring0")->stamp_port && find("net_ring0")->pairs_queues);
	assert_true(find("net_pcap0")->keeps_capture);
	assert_true(find("net_af_xdp0")->linear && find("net_af_xdp0")->stamp_port);
	assert_true(find("net_af_xdp0")->pairs_queues && find("net_af_xdp0")->umem);
	assert_true(find("net_af_xdp0")->kernel_iface && !find("net_af_xdp0")->own_link);
	assert_int_equal(find("net_af_xdp0")->kept_rx, 2048);
	assert_true(find("net_vhost0")->own_link && !find("net_vhost0")->holds_rx);
	assert_true(find("net_pcap0")->linear && find("net_null0")->linear);
	assert_false(find("net_vhost0")->linear || find("net_vhost0")->pairs_queues);
	assert_true(find("net_virtio_user0")->holds_rx && find("net_virtio_user0")->holds_tx);
	assert_true(find("net_virtio_user0")->shares_memory && !find("net_vhost0")->shares_memory);
	assert_true(find("net_virtio_user0")->asks_peer && !find("net_vhost0")->asks_peer);
	assert_true(find("3b:00.0")->holds_rx && find("3b:00.0")->holds_tx);
}

static void queues_are_read_in_the_device_string(void **state)
{
	static const struct {
		const char *device;
		unsigned rx, tx;
	} cases[] = {
		{"net_tap0,iface=a", 16, 16},
		{"net_af_packet0,iface=a", 1, 1},
		{"net_af_packet0,iface=a,qpairs=4", 4, 4},
		{"net_pcap0,rx_pcap=a,rx_pcap=b,tx_pcap=c", 2, 1},
		{"net_pcap0,rx_pcap=a,rx_pcap=b", 2, 2},
		{"net_pcap0,tx_pcap=a", 1, 1},
		{"net_pcap0,rx_iface=a,rx_iface_in=b,tx_iface=c", 2, 1},
		{"net_pcap0,iface=a", 1, 1},
		{"net_null0", 1024, 1024},
		{"net_af_xdp0,iface=a", 1, 1},
		{"net_af_xdp0,iface=a,queue_count=3", 3, 3},
		{"net_vhost0,iface=/s,queues=2", 2, 2},
		{"net_virtio_user0,path=/s", 1, 1},
		{"net_virtio_user0,path=/s,queues=4", 4, 4},
		{"3b:00.0", 0, 0},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			driver_rx_queues(find(cases[i].device), cases[i].device), cases[i].rx);
		assert_int_equal(
			driver_tx_queues(find(cases[i].device), cases[i].device), cases[i].tx);
	}
}

static void arguments_are_whole_keys(void **state)
{
	char value[8];

	assert_true(driver_argument("net_x0,xa=1,a=22,a=3", "a", value, sizeof(value)));
	assert_string_equal(value, "22");
	assert_false(driver_argument("net_x0,xa=1", "a", value, sizeof(value)));
	assert_false(driver_argument("net_x0,a=12345678", "a", value, sizeof(value)));
	assert_true(driver_argument("net_x0,a=1234567", "a", value, sizeof(value)));
}

static void af_packet_slots_hold_the_mtu_and_two_tags(void **state)
{
	assert_int_equal(derive("net_af_packet0,iface=e", 1500), 0);
	assert_string_equal(
		derived, "net_af_packet0,iface=e,framesz=2048,blocksz=4096,framecnt=512");
	assert_int_equal(room, 2048);
	assert_int_equal(max_frame, 1514); // the kernel takes MTU + 14, and 4 more behind 0x8100
	assert_int_equal(tag_room("net_af_packet0,iface=e"), 4);
	assert_int_equal(derive("net_af_packet0,iface=e", 1960), 0);
	assert_non_null(strstr(derived, "framesz=2048"));
	assert_int_equal(derive("net_af_packet0,iface=e", 1961), 0);
	assert_non_null(strstr(derived, "framesz=3072,blocksz=12288"));
	assert_int_equal(room, 3072);
	assert_int_equal(derive("net_af_packet0,iface=e", 9000), 0);
	assert_non_null(strstr(derived, "framesz=9216,blocksz=36864"));
	assert_int_equal(room, 9216);
}

static void af_packet_arguments_that_contradict_are_refused(void **state)
{
	derive_fails("net_af_packet0,iface=e,framesz=1024", 1500,
		"net_af_packet: framesz=1024 cuts frames of MTU 1500: it needs 1600 or more");
	derive_fails("net_af_packet0,iface=e,framesz=2050", 1500,
		"net_af_packet: framesz=2050 must be a multiple of 16");
	derive_fails("net_af_packet0,iface=e,framesz=1600", 1500,
		"net_af_packet: blocksz=4096 must be a multiple of the page (4096) and of "
		"framesz=1600");
	derive_fails("net_af_packet0,iface=e,blocksz=6144", 1500,
		"net_af_packet: blocksz=6144 must be a multiple of the page (4096) and of "
		"framesz=2048");
	derive_fails("net_af_packet0,iface=e,framecnt=7", 1500,
		"net_af_packet: framecnt=7 must be a multiple of the 2 frames in a block");
	derive_fails("net_af_packet0,iface=e,framesz=15oo", 1500,
		"device net_af_packet0: framesz= must be a number above 0");
	derive_fails("net_af_packet0,iface=e,framesz=-1", 1500,
		"device net_af_packet0: framesz= must be a number above 0");
	derive_fails("net_af_packet0,iface=e,qpairs=0", 1500,
		"device net_af_packet0: qpairs= must be a number above 0");
	derive_fails("net_af_packet0,iface=e,qpairs=two", 1500,
		"device net_af_packet0: qpairs= must be a number above 0");
	derive_fails(
		"net_af_packet0", 1500, "net_af_packet needs the name of an interface: iface=NAME");
	assert_int_equal(derive("net_af_packet0,iface=e,framesz=4096,framecnt=64", 1500), 0);
	assert_string_equal(
		derived, "net_af_packet0,iface=e,framesz=4096,framecnt=64,blocksz=4096");
	assert_int_equal(room, 4096);
}

static void tap_room_and_longest_frame_follow_its_transmit(void **state)
{
	assert_int_equal(derive("net_tap0,iface=a", 1500), 0);
	assert_string_equal(derived, "net_tap0,iface=a");
	assert_int_equal(room, 2048);
	assert_int_equal(max_frame, 1522);
	assert_int_equal(derive("net_tap0,iface=a", 1504), 0);
	assert_int_equal(max_frame, 1526);
	derive_fails("net_tap0,iface=a", 1505,
		"net_tap takes no MTU above 1504 (found 1505): its transmit stops for good at a "
		"longer frame; for jumbo frames use net_af_packet on a veth");
}

static void memif_buffers_hold_a_whole_frame(void **state)
{
	assert_int_equal(derive("net_memif0,role=server", 1500), 0);
	assert_string_equal(derived, "net_memif0,role=server,bsize=2048");
	assert_int_equal(room, 2048);
	assert_int_equal(derive("net_memif0,role=server", 9000), 0);
	assert_string_equal(derived, "net_memif0,role=server,bsize=9024");
	assert_true(room >= 9024);
	assert_int_equal(derive("net_memif0,bsize=4096", 1500), 0);
	assert_string_equal(derived, "net_memif0,bsize=4096");
	assert_int_equal(room, 4096);
	derive_fails("net_memif0,bsize=1024", 1500,
		"net_memif: bsize=1024 is too small for MTU 1500: it needs 1522 or more");
	derive_fails("net_memif0,bsize=65536", 1500,
		"net_memif: bsize=65536 is above 65535: choose a smaller mtu");
}

static void interfaces_are_found_behind_devices(void **state)
{
	static const struct {
		const char *device, *iface;
	} rows[] = {
		{"net_tap0,iface=a", "a"},
		{"net_af_packet0,qpairs=2,iface=b", "b"},
		{"net_pcap0,iface=c", "c"},
		{"net_pcap0,rx_iface_in=d,tx_iface=e", "e"},
		{"net_pcap0,rx_iface_in=d,tx_pcap=f", "d"},
		{"net_pcap0,rx_pcap=f", NULL},
		{"net_ring0", NULL},
		{"3b:00.0,iface=a", NULL},
	};
	char name[16];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool found =
			driver_interface(find(rows[i].device), rows[i].device, name, sizeof(name));

		assert_int_equal(found, rows[i].iface != NULL);
		if (found)
			assert_string_equal(name, rows[i].iface);
	}
}

static void af_xdp_frames_fit_a_page_with_the_kernels_headroom(void **state)
{
	assert_int_equal(derive("net_af_xdp0,iface=e", 1500), 0);
	assert_string_equal(derived, "net_af_xdp0,iface=e");
	assert_int_equal(room, 2048);
	assert_int_equal(max_frame, 1518); // the kernel takes one tag more than MTU + 14
	assert_int_equal(derive("net_af_xdp0,iface=e", 1770), 0);
	assert_int_equal(room, 2048);
	assert_int_equal(derive("net_af_xdp0,iface=e", 1771), 0);
	assert_int_equal(room, 2112);
	assert_int_equal(derive("net_af_xdp0,iface=e", 3434), 0);
	// With object header, mbuf and headroom 63 cache lines: DPDK makes no even number.
	assert_int_equal(room, 58 * 64);
	derive_fails("net_af_xdp0,iface=e", 3435,
		"net_af_xdp takes no MTU above 3434 (found 3435): a frame must fit a page");
	derive_fails("net_af_xdp0", 1500,
		"device net_af_xdp0 needs the name of an interface: iface=NAME");
	derive_fails("net_af_xdp0,iface=e,queue_count=0", 1500,
		"device net_af_xdp0: queue_count= must be a number above 0");
}

static void vhost_devices_need_a_path_and_numbers(void **state)
{
	char device[256];

	assert_int_equal(derive("net_vhost0,iface=/s", 1500), 0);
	assert_string_equal(derived, "net_vhost0,iface=/s");
	assert_int_equal(room, 2048);
	assert_int_equal(max_frame, 1522);
	derive_fails("net_vhost0,client=1", 1500,
		"device net_vhost0 needs the path of a socket: iface=/run/NAME.sock");
	derive_fails("net_vhost0,iface=/s,queues=x", 1500,
		"device net_vhost0: queues= must be a number above 0");
	snprintf(device, sizeof(device), "net_vhost0,iface=/%0107d", 0);
	derive_fails(device, 1500, "device net_vhost0: iface= is longer than 107 characters");
	assert_int_equal(derive("net_virtio_user0,path=/s", 9000), 0);
	assert_int_equal(room, 9216);
	assert_int_equal(max_frame, 9022);
	derive_fails("net_virtio_user0", 1500,
		"device net_virtio_user0 needs the path of a socket: path=/run/NAME.sock");
	derive_fails("net_virtio_user0,path=/s,server=1", 1500,
		"net_virtio_user: server=1 makes the driver wait for a peer before anything else "
		"can go on: let the other end serve (net_vhost without client=1)");
	derive_fails("net_virtio_user0,path=/s,queue_size=1000", 1500,
		"net_virtio_user: queue_size=1000 must be a power of two");
	derive_fails(
		"net_virtio_user0,path=/s,queues=9", 1500, "net_virtio_user: queues=9 is above 8");
	derive_fails("net_virtio_user0,path=/s", 9699,
		"net_virtio_user takes no MTU above 9698 (found 9699)");
}

static void descriptors_are_those_of_the_device_string(void **state)
{
	const char *device = "net_virtio_user0,path=/s,queue_size=1024";

	assert_int_equal(driver_rx_descriptors(find(device), device), 1024);
	assert_int_equal(driver_tx_descriptors(find(device), device), 1024);
	device = "net_virtio_user0,path=/s";
	assert_int_equal(driver_rx_descriptors(find(device), device), 256);
	device = "net_af_xdp0,iface=e";
	assert_int_equal(driver_tx_descriptors(find(device), device), 2048);
}

static void sockets_say_who_serves_them(void **state)
{
	static const struct {
		const char *device;
		bool has, serves, seqpacket;
	} cases[] = {
		{"net_vhost0,iface=/s", true, true, false},
		{"net_vhost0,iface=/s,client=0", true, true, false},
		{"net_vhost0,iface=/s,client=1", true, false, false},
		{"net_virtio_user0,path=/s", true, false, false},
		{"net_memif0,role=server,socket=/s,socket-abstract=no", true, true, true},
		{"net_memif0,socket=/s,socket-abstract=no", true, false, true},
		{"net_memif0,role=server,socket=/s", false, true, true},
		{"net_memif0,role=server", false, true, true},
		{"net_tap0,iface=/s", false, false, false},
	};
	struct driver_socket s;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *device = cases[i].device;

		assert_int_equal(driver_socket(find(device), device, &s), cases[i].has);
		assert_int_equal(s.serves, cases[i].serves);
		assert_int_equal(s.seqpacket, cases[i].seqpacket);
		if (cases[i].has)
			assert_string_equal(s.path, "/s");
	}
}

static void others_pass_what_they_can_carry(void **state)
{
	assert_int_equal(derive("net_ring0", 1500), 0);
	assert_int_equal(max_frame, 65535);
	assert_int_equal(derive("net_pcap0,tx_pcap=a", 1500), 0);
	assert_int_equal(max_frame, 16128);
	assert_int_equal(tag_room("net_pcap0,rx_iface=b,tx_pcap=a"), 0);
	assert_int_equal(derive("net_pcap0,iface=a", 1500), 0);
	assert_int_equal(max_frame, 1514);
	assert_int_equal(tag_room("net_pcap0,iface=a"), 4);
	assert_int_equal(tag_room("net_pcap0,tx_iface=a"), 4);
	assert_int_equal(tag_room("net_tap0,iface=a"), 0);
	assert_int_equal(derive("3b:00.0", 9000), 0);
	assert_int_equal(room, 9216); // 9026 with tags and FCS, in KiB
	assert_int_equal(max_frame, 9022);
	assert_int_equal(derive("net_null0,size=2048", 1500), 0);
	assert_int_equal(derive("net_null0,size=9000", 9000), 0);
	derive_fails("net_null0,size=2049", 1500,
		"net_null: size=2049 is longer than the 2048 octets of an mbuf at MTU 1500: raise "
		"mtu or lower size=");
	derive_fails("net_pcap0", 1500,
		"net_pcap needs a file or an interface: rx_pcap=, tx_pcap= or iface=");
}

static void a_device_string_that_grows_too_long_is_refused(void **state)
{
	char small[32];
	const char *device = "net_af_packet0,iface=e";

	assert_int_equal(driver_derive(find(device), device, 1500, small, sizeof(small), &room,
				 &max_frame, error, sizeof(error)),
		-1);
	assert_string_equal(error, "device string is too long");
}

/** A capture of n frames of 60 octets in a file of its own. */
static void capture(char *path, unsigned n)
{
	static const u_char frame[60];
	struct pcap_pkthdr header = {.caplen = sizeof(frame), .len = sizeof(frame)};
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	int fd = mkstemp(path);
	pcap_dumper_t *dump = pcap_dump_fopen(pcap, fdopen(fd, "w"));

	assert_non_null(dump);
	for (unsigned i = 0; i < n; i++)
		pcap_dump((u_char *)dump, &header, frame);
	pcap_dump_close(dump);
	pcap_close(pcap);
}

static void kept_frames_are_counted_in_all_files_of_a_loop(void **state)
{
	char a[] = "/tmp/driver_test_XXXXXX", b[] = "/tmp/driver_test_XXXXXX", device[128];
	uint64_t kept = 99;

	capture(a, 3);
	capture(b, 4);
	snprintf(device, sizeof(device), "net_pcap0,rx_pcap=%s,rx_pcap=%s,infinite_rx=1", a, b);
	assert_int_equal(driver_kept_frames(find(device), device, &kept, error, sizeof(error)), 0);
	assert_int_equal(kept, 7);
	strstr(device, "infinite_rx=")[12] = '0';
	assert_int_equal(driver_kept_frames(find(device), device, &kept, error, sizeof(error)), 0);
	assert_int_equal(kept, 0);
	strstr(device, "infinite_rx=")[12] = '1';
	assert_int_equal(truncate(b, 24 + 3 * 76 + 20), 0); // the last frame is cut
	assert_int_equal(driver_kept_frames(find(device), device, &kept, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "is damaged: truncated dump file"));
	unlink(a);
	unlink(b);
	assert_int_equal(driver_kept_frames(find(device), device, &kept, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "cannot be read"));
	assert_non_null(strstr(error, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pci_addresses_are_recognized),
		cmocka_unit_test(virtual_devices_are_found_by_prefix),
		cmocka_unit_test(traits_tell_what_the_plan_and_the_start_ask),
		cmocka_unit_test(queues_are_read_in_the_device_string),
		cmocka_unit_test(arguments_are_whole_keys),
		cmocka_unit_test(af_packet_slots_hold_the_mtu_and_two_tags),
		cmocka_unit_test(af_packet_arguments_that_contradict_are_refused),
		cmocka_unit_test(tap_room_and_longest_frame_follow_its_transmit),
		cmocka_unit_test(memif_buffers_hold_a_whole_frame),
		cmocka_unit_test(interfaces_are_found_behind_devices),
		cmocka_unit_test(af_xdp_frames_fit_a_page_with_the_kernels_headroom),
		cmocka_unit_test(vhost_devices_need_a_path_and_numbers),
		cmocka_unit_test(descriptors_are_those_of_the_device_string),
		cmocka_unit_test(sockets_say_who_serves_them),
		cmocka_unit_test(others_pass_what_they_can_carry),
		cmocka_unit_test(a_device_string_that_grows_too_long_is_refused),
		cmocka_unit_test(kept_frames_are_counted_in_all_files_of_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
