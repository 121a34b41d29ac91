/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan as --plan prints it, against golden texts. */

#include "plan_fixture.h"

/** config/bare-metal.yaml on config/topology-two-sockets.yaml. */
static void two_sockets(void)
{
	static struct topology *topology;
	char error[256];

	fixture_init(&f, 0);
	topology_free(topology);
	if (topology_load(
		    CONFIG_DIR "/topology-two-sockets.yaml", &topology, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	f.topology = *topology;
	f.conf.lcores.control = 0;
	fixture_workers(&f, 1, 4);
	fixture_workers(&f, 17, 4);
	f.conf.memory.hugepages = CONF_HUGEPAGES_REQUIRE;
	fixture_port(&f, "0000:3b:00.0");
	fixture_port(&f, "0000:af:00.0");
}

/** GOLDEN_WRITE=1 in the environment writes the text anew. */
static void assert_prints(const char *path)
{
	const char *again = getenv("GOLDEN_WRITE");
	FILE *golden = fopen(path, again ? "w+" : "r");
	char *text = NULL, *expected;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	make();
	assert_non_null(golden);
	assert_non_null(to);
	plan_print(f.plan, to);
	fclose(to);
	if (again) {
		fwrite(text, 1, size, golden);
		rewind(golden);
	}
	expected = calloc(1, size + 2);
	assert_non_null(expected);
	assert_true(fread(expected, 1, size + 1, golden) > 0);
	assert_string_equal(text, expected);
	fclose(golden);
	free(text);
	free(expected);
}

static void two_sockets_with_two_nics_print_as_the_golden_text(void **state)
{
	two_sockets();
	assert_prints(GOLDEN_DIR "/two-sockets.txt");
}

static void built_in_default_prints_as_the_golden_text(void **state)
{
	struct conf *conf = built_in(1);

	assert_prints(GOLDEN_DIR "/built-in.txt");
	conf_free(conf);
}

/** config/bridge-qinq.yaml on two CPUs. */
static void bridges_print_as_the_golden_text(void **state)
{
	struct conf *conf;
	char error[256];

	fixture_init(&f, 2);
	if (conf_load(CONFIG_DIR "/bridge-qinq.yaml", &conf, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	f.conf = *conf;
	assert_prints(GOLDEN_DIR "/bridge-qinq.txt");
	conf_free(conf);
}

static void the_same_input_gives_the_same_plan(void **state)
{
	char *text[2] = {NULL, NULL};
	size_t size[2];

	for (unsigned i = 0; i < 2; i++) {
		FILE *to = open_memstream(&text[i], &size[i]);

		three_taps(2);
		make();
		plan_print(f.plan, to);
		fclose(to);
		release(NULL);
	}
	assert_string_equal(text[0], text[1]);
	free(text[0]);
	free(text[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			two_sockets_with_two_nics_print_as_the_golden_text, release),
		cmocka_unit_test_teardown(built_in_default_prints_as_the_golden_text, release),
		cmocka_unit_test_teardown(bridges_print_as_the_golden_text, release),
		cmocka_unit_test_teardown(the_same_input_gives_the_same_plan, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
