/* SPDX-License-Identifier: BSD-3-Clause */
/* The plan, rule by rule, and each of its sentences. Machines and configurations by hand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plan_fixture.h"

static struct fixture f;

static void make(void)
{
	if (fixture_make(&f) < 0)
		fail_msg("%s", f.error);
}

static void make_fails(const char *sentence)
{
	assert_int_equal(fixture_make(&f), -1);
	assert_null(f.plan);
	assert_string_equal(f.error, sentence);
}

static int release(void **state)
{
	plan_free(f.plan);
	f.plan = NULL;
	return 0;
}

static bool says(char (*lines)[PLAN_NOTE_MAX], unsigned n, const char *line)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(lines[i], line) == 0)
			return true;
	for (unsigned i = 0; i < n; i++)
		print_message("said: %s\n", lines[i]);
	return false;
}

/* clang-format off */
#define assert_noted(line)  assert_true(says(f.plan->notes, f.plan->n_notes, line))
#define assert_warned(line) assert_true(says(f.plan->warnings, f.plan->n_warnings, line))
/* clang-format on */

/** Three taps, one worker, an address: what runs without a configuration. */
static void built_in(unsigned cpus)
{
	fixture_init(&f, cpus);
	fixture_port(&f, "net_tap0,iface=bl0");
	fixture_port(&f, "net_tap1,iface=bl1");
	fixture_port(&f, "net_tap2,iface=bl2");
	f.conf.n_interfaces = 1;
}

static void built_in_default_is_two_lcores_and_fits_in_48_mib(void **state)
{
	built_in(2);
	make();
	assert_int_equal(f.plan->n_lcores, 2);
	assert_int_equal(f.plan->lcores[0].cpu, 0);
	assert_int_equal(f.plan->lcores[0].role, PLAN_CONTROL);
	assert_int_equal(f.plan->lcores[1].cpu, 1);
	assert_int_equal(f.plan->lcores[1].role, PLAN_WORKER);
	assert_int_equal(f.plan->n_ports, 3);
	assert_int_equal(f.plan->n_instances, 2);
	assert_int_equal(f.plan->pools[0].n, 4095);
	assert_false(f.plan->pools[0].preemptible);
	assert_true(f.plan->memory_bytes <= 48u << 20);
	assert_false(f.plan->hugepages);
	assert_int_equal(f.plan->n_warnings, 0);
}

static void one_cpu_is_shared_with_a_warning(void **state)
{
	built_in(1);
	make();
	assert_true(f.plan->lcores[0].shares_cpu && f.plan->lcores[1].shares_cpu);
	assert_true(f.plan->pools[0].preemptible);
	assert_warned("lcores 0 and 1 share CPU 0: each waits while the other runs, and all pools "
		      "take slower operations that survive this");
}

static void a_shared_cpu_that_was_asked_for_is_a_note(void **state)
{
	built_in(2);
	f.conf.lcores.control = 1;
	fixture_workers(&f, 1, 1);
	make();
	assert_int_equal(f.plan->n_warnings, 0);
	assert_noted("lcores 0 and 1 share CPU 1: each waits while the other runs, and all pools "
		     "take slower operations that survive this");
}

static void cpu_outside_the_cpuset_is_refused(void **state)
{
	built_in(2);
	fixture_workers(&f, 7, 1);
	make_fails("CPU 7 of lcores.workers is not among the CPUs this process may use (0-1): "
		   "choose from these or widen the cpuset");
	f.conf.lcores.control = 9;
	make_fails("CPU 9 of lcores.control is not among the CPUs this process may use (0-1): "
		   "choose from these or widen the cpuset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			built_in_default_is_two_lcores_and_fits_in_48_mib, release),
		cmocka_unit_test_teardown(one_cpu_is_shared_with_a_warning, release),
		cmocka_unit_test_teardown(a_shared_cpu_that_was_asked_for_is_a_note, release),
		cmocka_unit_test_teardown(cpu_outside_the_cpuset_is_refused, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
