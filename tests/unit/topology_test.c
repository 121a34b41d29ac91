/* SPDX-License-Identifier: BSD-3-Clause */
/* The topology: of this machine, and from files with every mistake. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "topology.h"

static struct topology *t;
static char error[512];
static char path[] = "/tmp/topology_test_XXXXXX";

static int load(const char *text)
{
	size_t size = strlen(text);
	int fd, rc;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
	rc = topology_load(path, &t, error, sizeof(error));
	unlink(path);
	return rc;
}

/** `sentence` follows the name of the file. */
static void load_fails(const char *text, const char *sentence)
{
	assert_int_equal(load(text), -1);
	assert_null(t);
	assert_memory_equal(error, path, strlen(path));
	assert_string_equal(error + strlen(path), sentence);
}

static int release(void **state)
{
	topology_free(t);
	t = NULL;
	return 0;
}

static void this_machine_has_a_cpu_on_a_known_node(void **state)
{
	if (topology_read(&t, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	assert_true(t->n_cpus >= 1 && t->n_nodes >= 1);
	for (unsigned i = 0; i < t->n_cpus; i++) {
		assert_non_null(topology_node(t, t->cpus[i].node));
		assert_true(i == 0 || t->cpus[i - 1].cpu < t->cpus[i].cpu);
	}
	assert_int_equal(t->nodes[0].distance[t->nodes[0].node], 10);
	assert_true(t->huge_page_bytes >= 4096);
}

static void the_example_is_two_sockets_of_sixteen(void **state)
{
	if (topology_load(CONFIG_DIR "/topology-two-sockets.yaml", &t, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	assert_int_equal(t->n_cpus, 32);
	assert_int_equal(topology_cpu(t, 15)->node, 0);
	assert_int_equal(topology_cpu(t, 16)->node, 1);
	assert_null(topology_cpu(t, 32));
	assert_int_equal(topology_node(t, 0)->distance[1], 21);
	assert_int_equal(topology_node(t, 1)->huge_free_bytes, 1024ull << 21);
	assert_true(t->huge_mounted && t->nodes[0].memory_allowed);
	assert_int_equal(t->n_ports, 2);
	assert_int_equal(t->ports[1].node, 1);
	assert_int_equal(t->ports[1].max_rxq, 4);
	assert_null(topology_node(t, 2));
}

static void every_key_is_read(void **state)
{
	assert_int_equal(load("hugepage-kib: 1048576\n"
			      "nodes:\n"
			      "- {node: 3, cpus: \"8,1-2\", hugepages: 2, memory: false}\n"
			      "ports:\n"
			      "- {name: a, mtu: 9000, kept-frames: 16384}\n"),
		0);
	assert_int_equal(t->n_cpus, 3);
	assert_int_equal(t->cpus[0].cpu, 1);
	assert_int_equal(t->cpus[2].cpu, 8);
	assert_int_equal(t->cpus[2].node, 3);
	assert_int_equal(t->nodes[0].huge_free_bytes, 2ull << 30);
	assert_false(t->nodes[0].memory_allowed || t->huge_mounted || t->ports[0].node_known);
	assert_int_equal(t->ports[0].mtu, 9000);
	assert_int_equal(t->ports[0].kept_frames, 16384);
}

static void a_port_that_is_set_again_is_replaced(void **state)
{
	struct topology_port port = {.name = "a", .max_rxq = 1};

	assert_int_equal(load("nodes: [{node: 0, cpus: 0}]"), 0);
	assert_int_equal(topology_set_port(t, &port), 0);
	port.max_rxq = 2;
	assert_int_equal(topology_set_port(t, &port), 0);
	assert_int_equal(t->n_ports, 1);
	assert_int_equal(t->ports[0].max_rxq, 2);
}

static void mistakes_are_named_with_their_place(void **state)
{
	load_fails("", ": the file is empty, expected a mapping");
	load_fails("[1]", ":1:1: document: found a list, expected a mapping");
	load_fails("hugetlbfs: true", ":1:1: nodes: found a mapping, expected the key nodes");
	load_fails("nodes: 1", ":1:8: nodes: found \"1\", expected a list");
	load_fails("cpus: 1",
		":1:1: cpus: found \"cpus\", expected one of hugepage-kib, hugetlbfs, "
		"nodes, ports");
	load_fails("hugetlbfs: maybe\nnodes: []",
		":1:12: hugetlbfs: found \"maybe\", expected true or false");
	load_fails("hugepage-kib: 15oo\nnodes: []",
		":1:15: hugepage-kib: found \"15oo\", expected a number from 0 to 16777216");
	load_fails("hugetlbfs: true\nhugetlbfs: true\nnodes: []",
		":2:1: hugetlbfs: found \"hugetlbfs\", expected each key once");
	load_fails("nodes:\n- {node: 0}",
		":2:3: nodes[0]: found a mapping, expected the keys node and cpus");
	load_fails("nodes:\n- {node: 64, cpus: 0}",
		":2:10: nodes[0]: found \"64\", expected a number from 0 to 63");
	load_fails("nodes:\n- {node: 0, cpus: \"3-1\"}",
		":2:19: nodes[0]: found \"3-1\", expected "
		"CPU numbers such as \"0-3,8\", below 1024");
	load_fails("nodes:\n- {node: 0, cpus: \"1,\"}",
		":2:19: nodes[0]: found \"1,\", expected CPU "
		"numbers such as \"0-3,8\", below 1024");
	load_fails("nodes:\n- {node: 0, cpus: 1024}", ":2:19: nodes[0]: found \"1024\", expected "
						      "CPU numbers such as \"0-3,8\", below 1024");
	load_fails("nodes:\n- {node: 0, cpus: 1}\n- {node: 1, cpus: 1}",
		":3:19: nodes[1]: found \"1\", expected each CPU once");
	load_fails("nodes:\n- {node: 0, cpus: 1}\n- {node: 0, cpus: 2}",
		":3:3: nodes[1]: found a mapping, expected each node once");
	load_fails("nodes:\n- {node: 0, cpus: 1, distances: 10}",
		":2:33: nodes[0]: found \"10\", expected a list of distances, one a node");
	load_fails("nodes:\n- {node: 0, cpus: 1}\nports:\n- {node: 0}",
		":4:3: ports[0]: found a mapping, expected the key name");
	load_fails("nodes:\n- {node: 0, cpus: 1}\nports:\n- {name: a, node: 1}",
		":4:19: ports[0]: found \"1\", expected a node from the list of nodes");
	load_fails("nodes: [", ":2:1: did not find expected node content");
}

static void files_that_cannot_be_read_are_named(void **state)
{
	assert_int_equal(topology_load("/nonexistent", &t, error, sizeof(error)), -1);
	assert_string_equal(error, "/nonexistent: No such file or directory");
	assert_int_equal(topology_load("/", &t, error, sizeof(error)), -1);
	assert_string_equal(error, "/: Is a directory");
	assert_int_equal(topology_load("/dev/zero", &t, error, sizeof(error)), -1);
	assert_string_equal(error, "/dev/zero: File too large");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(this_machine_has_a_cpu_on_a_known_node, release),
		cmocka_unit_test_teardown(the_example_is_two_sockets_of_sixteen, release),
		cmocka_unit_test_teardown(every_key_is_read, release),
		cmocka_unit_test_teardown(a_port_that_is_set_again_is_replaced, release),
		cmocka_unit_test_teardown(mistakes_are_named_with_their_place, release),
		cmocka_unit_test_teardown(files_that_cannot_be_read_are_named, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
