/* SPDX-License-Identifier: BSD-3-Clause */
/* link.c on the kernel's rtnetlink, in a network namespace of its own (without the right to one:
 * skipped). */

#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "link.h"

enum { INTERFACES = 60, INDICES = 256 };

static unsigned told[INDICES];

static void note(void *arg, unsigned ifindex, bool up, unsigned mtu)
{
	(void)arg;
	(void)up;
	(void)mtu;
	if (ifindex < INDICES)
		told[ifindex]++;
}

static void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static struct link_watch *watch;

// In a namespace with many interfaces, whose state was asked for and not read yet: the kernel
// answers in parts, the next one when the last was read.
static int set_up(void **state)
{
	char text[256];

	if (unshare(CLONE_NEWNET) != 0) {
		print_message("no right to a network namespace\n");
		exit(77);
	}
	memset(told, 0, sizeof(told));
	snprintf(text, sizeof(text),
		"for i in $(seq %d); do echo link add d$i type veth peer p$i; done | ip -b -",
		INTERFACES);
	run(text);
	watch = link_watch_open(note, NULL, text, sizeof(text));
	if (watch == NULL)
		fail_msg("%s", text);
	return 0;
}

static int tear_down(void **state)
{
	link_watch_close(watch);
	return 0;
}

// rtnetlink answers before its call returns: what is not there does not come.
static void read_all(void)
{
	struct pollfd fd = {.fd = link_watch_fd(watch), .events = POLLIN};

	while (poll(&fd, 1, 0) > 0)
		link_watch_read(watch);
}

static void each_was_told(unsigned times)
{
	char name[IF_NAMESIZE];

	for (int i = 1; i <= INTERFACES; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		if (told[if_nametoindex(name)] < times)
			fail_msg("%s was told of %u times", name, told[if_nametoindex(name)]);
	}
}

// The kernel says of a part that what came before it may have gaps.
static void interfaces_that_come_meanwhile_hide_no_other(void **state)
{
	run("ip link add late type veth peer other");
	read_all();
	each_was_told(1);
	assert_int_not_equal(told[if_nametoindex("late")], 0);
}

// It takes no second question before it has answered the first.
static void a_question_during_the_answer_is_asked_again(void **state)
{
	link_watch_ask(watch);
	read_all();
	each_was_told(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			interfaces_that_come_meanwhile_hide_no_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_question_during_the_answer_is_asked_again, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
