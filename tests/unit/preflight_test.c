/* SPDX-License-Identifier: BSD-3-Clause */
/* A PCI NIC and default routes as sysfs and /proc tell them, in a tree that the test makes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "preflight_pci.h"
#include "preflight_route.h"

static char root[32];
static char sys[64], dev[64], proc[64];
static char error[512];

static void folders_of(const char *path)
{
	char made[256];

	for (const char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		snprintf(made, sizeof(made), "%.*s", (int)(p - path), path);
		mkdir(made, 0755);
	}
}

__attribute__((format(printf, 2, 3))) static void put(const char *text, const char *fmt, ...)
{
	char path[256];
	va_list ap;
	FILE *f;
	int n = snprintf(path, sizeof(path), "%s/", root);

	va_start(ap, fmt);
	vsnprintf(path + n, sizeof(path) - n, fmt, ap);
	va_end(ap);
	folders_of(path);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void point(const char *address, const char *link, const char *to)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/%s", sys, address, link);
	folders_of(path);
	unlink(path);
	if (to != NULL)
		assert_int_equal(symlink(to, path), 0);
}

/** A NIC, with a driver or NULL, in an IOMMU group or -1. */
static void device(const char *address, const char *class, const char *driver, int group)
{
	char to[128];

	put(class, "sys/bus/pci/devices/%s/class", address);
	snprintf(to, sizeof(to), "../../../../bus/pci/drivers/%s", driver ? driver : "");
	point(address, "driver", driver ? to : NULL);
	snprintf(to, sizeof(to), "%s/kernel/iommu_groups/%d", sys, group);
	point(address, "iommu_group", group < 0 ? NULL : to);
	if (group >= 0)
		put("", "sys/kernel/iommu_groups/%d/devices/%s", group, address);
}

static int make_root(void **state)
{
	strcpy(root, "/tmp/preflight_test_XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	snprintf(sys, sizeof(sys), "%s/sys", root);
	snprintf(dev, sizeof(dev), "%s/dev", root);
	snprintf(proc, sizeof(proc), "%s/proc", root);
	return 0;
}

static int remove_root(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void takes(const char *address)
{
	struct findings f = {0};

	if (preflight_pci(sys, dev, "p0", address, &f) != 0)
		fail_msg("%s", f.list[0].what);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.list[0].severity, FINDING_INFO);
	assert_string_equal(f.list[0].id, "pci-driver");
	findings_free(&f);
}

static void refuses(const char *address, const char *sentence)
{
	struct findings f = {0};

	assert_int_equal(preflight_pci(sys, dev, "p0", address, &f), -1);
	assert_int_equal(f.n, 1);
	finding_sentence(&f.list[0], error, sizeof(error));
	assert_string_equal(error, sentence);
	assert_int_equal(f.list[0].severity, FINDING_ERROR);
	assert_true(f.list[0].why != NULL && f.list[0].mend[0] != '\0');
	findings_free(&f);
}

static void addresses_are_written_as_sysfs_does(void **state)
{
	char address[32];

	preflight_pci_address("3B:00.0,arg=1:2", address, sizeof(address));
	assert_string_equal(address, "0000:3b:00.0");
	preflight_pci_address("10000:3b:00.1", address, sizeof(address));
	assert_string_equal(address, "10000:3b:00.1");
}

static void a_device_must_be_there_and_be_a_nic(void **state)
{
	device("0000:3b:00.0", "0x010802\n", "nvme", 1);
	refuses("0000:3b:00.1", "port p0: PCI device 0000:3b:00.1 does not exist: correct `device` "
				"(lspci -D lists those that do)");
	refuses("0000:3b:00.0", "port p0: PCI device 0000:3b:00.0 is no network device: correct "
				"`device` (lspci -D -d ::0200 lists those)");
}

static void a_device_that_comes_later_must_be_bound(void **state)
{
	device("0000:3b:00.0", "0x020000\n", "e1000e", 1);
	assert_int_equal(preflight_pci_bound(sys, "p0", "0000:3b:00.0", error, sizeof(error)), -1);
	assert_non_null(strstr(error, "port p0: PCI device 0000:3b:00.0 is bound to e1000e, but "));
	device("0000:3b:00.1", "0x020000\n", "vfio-pci", -1); // its group is not looked at
	assert_int_equal(preflight_pci_bound(sys, "p0", "0000:3b:00.1", error, sizeof(error)), 0);
}

static void a_device_must_be_bound_to_what_lets_it_go(void **state)
{
	device("0000:3b:00.0", "0x020000\n", "e1000e", 1);
	refuses("0000:3b:00.0",
		"port p0: PCI device 0000:3b:00.0 is bound to e1000e, but DPDK needs vfio-pci: "
		"dpdk-devbind.py -b vfio-pci 0000:3b:00.0, or: modprobe vfio-pci; echo vfio-pci > "
		"/sys/bus/pci/devices/0000:3b:00.0/driver_override; echo 0000:3b:00.0 > "
		"/sys/bus/pci/drivers/e1000e/unbind; echo 0000:3b:00.0 > "
		"/sys/bus/pci/drivers_probe");
	device("0000:3b:00.0", "0x020000\n", NULL, 1);
	refuses("0000:3b:00.0",
		"port p0: PCI device 0000:3b:00.0 is bound to no driver, but DPDK needs vfio-pci: "
		"dpdk-devbind.py -b vfio-pci 0000:3b:00.0, or: modprobe vfio-pci; echo vfio-pci > "
		"/sys/bus/pci/devices/0000:3b:00.0/driver_override; echo 0000:3b:00.0 > "
		"/sys/bus/pci/drivers_probe");
	device("0000:3b:00.0", "0x020000\n", "mlx5_core", -1); // keeps its kernel driver
	takes("0000:3b:00.0");
	device("0000:3b:00.0", "0x020000\n", "uio_pci_generic", -1); // needs no IOMMU
	takes("0000:3b:00.0");
}

static void vfio_needs_an_iommu_and_its_files(void **state)
{
	device("0000:3b:00.0", "0x020000\n", "vfio-pci", -1);
	refuses("0000:3b:00.0",
		"port p0: PCI device 0000:3b:00.0 has no IOMMU group, so VFIO cannot give it away: "
		"switch the IOMMU on in the firmware (VT-d, AMD-Vi) and boot with intel_iommu=on "
		"iommu=pt");
	device("0000:3b:00.0", "0x020000\n", "vfio-pci", 7);
	refuses("0000:3b:00.0",
		"port p0: PCI device 0000:3b:00.0 cannot be had without /dev/vfio/vfio: modprobe "
		"vfio-pci, in a container pass --device /dev/vfio/vfio and --device "
		"/dev/vfio/GROUP");
	put("", "dev/vfio/vfio");
	refuses("0000:3b:00.0",
		"port p0: PCI device 0000:3b:00.0 cannot be had without /dev/vfio/7: modprobe "
		"vfio-pci, in a container pass --device /dev/vfio/vfio and --device "
		"/dev/vfio/GROUP");
	put("", "dev/vfio/7/x"); // whoever may open anything cannot open a folder to write
	refuses("0000:3b:00.0", "port p0: PCI device 0000:3b:00.0 cannot be had: /dev/vfio/7: Is a "
				"directory: run as root, or chown the file to this user");
	put("", "dev/vfio/noiommu-7");
	takes("0000:3b:00.0");
}

static void a_group_goes_to_vfio_as_a_whole(void **state)
{
	device("0000:3b:00.0", "0x020000\n", "vfio-pci", 7);
	put("", "dev/vfio/vfio");
	put("", "dev/vfio/7");
	takes("0000:3b:00.0");
	device("0000:3a:00.0", "0x060400\n", "pcieport", 7); // a bridge above it
	device("0000:3b:00.1", "0x020000\n", NULL, 7);
	device("0000:3b:00.2", "0x020000\n", "vfio-pci", 7);
	takes("0000:3b:00.0");
	device("0000:3b:00.1", "0x020000\n", "e1000e", 7);
	refuses("0000:3b:00.0",
		"port p0: PCI device 0000:3b:00.0 shares IOMMU group 7 with 0000:3b:00.1, which is "
		"bound to e1000e: all of a group go to VFIO or none: dpdk-devbind.py -b vfio-pci "
		"0000:3b:00.1");
}

static void interfaces_of_a_device_are_found(void **state)
{
	char ifaces[PREFLIGHT_IFACES][16];

	device("0000:3b:00.0", "0x020000\n", "mlx5_core", -1);
	assert_int_equal(preflight_pci_ifaces(sys, "0000:3b:00.0", ifaces), 0);
	put("", "sys/bus/pci/devices/0000:3b:00.0/net/ens1np0/x");
	assert_int_equal(preflight_pci_ifaces(sys, "0000:3b:00.0", ifaces), 1);
	assert_string_equal(ifaces[0], "ens1np0");
	put("", "sys/bus/pci/devices/0000:00:03.0/virtio2/net/eth0/x");
	assert_int_equal(preflight_pci_ifaces(sys, "0000:00:03.0", ifaces), 1);
	assert_string_equal(ifaces[0], "eth0");
	assert_int_equal(preflight_pci_ifaces(sys, "0000:00:04.0", ifaces), 0);
}

static bool has_route(const char *iface, const char *wanted)
{
	char via[16] = "";
	bool has = preflight_has_default_route(proc, sys, iface, via, sizeof(via));

	assert_string_equal(via, wanted);
	return has;
}

static void default_routes_are_read(void **state)
{
	assert_false(has_route("eth0", ""));
	put("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
	    "eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
	    "eth2\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n"
	    "eth3\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n",
		"proc/net/route");
	assert_true(has_route("eth0", "eth0"));
	assert_false(has_route("eth", ""));
	assert_false(has_route("eth1", ""));
	assert_false(has_route("eth2", "")); // 0.0.0.0/1
	assert_false(has_route("eth3", "")); // reject
	put("20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
	    "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth1\n"
	    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	    "fe800000000000000000000000000001 00000400 00000002 00000000 00000003     eth2\n"
	    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	    "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n",
		"proc/net/ipv6_route");
	assert_false(has_route("eth1", ""));
	assert_true(has_route("eth2", "eth2"));
	assert_false(has_route("lo", ""));
}

static void default_routes_are_found_above_an_interface(void **state)
{
	put("br0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n", "proc/net/route");
	put("", "sys/class/net/eth0/upper_bond0/x");
	put("", "sys/class/net/bond0/upper_br0/x");
	put("", "sys/class/net/br0/lower_bond0/x");
	put("", "sys/class/net/eth1/flags");
	assert_true(has_route("eth0", "br0"));
	assert_false(has_route("eth1", ""));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
	const struct CMUnitTest tests[] = {
		TEST(addresses_are_written_as_sysfs_does),
		TEST(a_device_must_be_there_and_be_a_nic),
		TEST(a_device_must_be_bound_to_what_lets_it_go),
		TEST(a_device_that_comes_later_must_be_bound),
		TEST(vfio_needs_an_iommu_and_its_files),
		TEST(a_group_goes_to_vfio_as_a_whole),
		TEST(interfaces_of_a_device_are_found),
		TEST(default_routes_are_read),
		TEST(default_routes_are_found_above_an_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
