/* SPDX-License-Identifier: BSD-3-Clause */
/* Log lines as they reach standard error: prefix or priority, one line each, limited, by module. */

#include <fcntl.h>
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

#define LOG_MODULE "port"
#include "base/log.h"

static int saved;
static FILE *taken;
static char said[32768];

static int take_stderr(void **state)
{
	unsetenv("JOURNAL_STREAM");
	taken = tmpfile();
	saved = dup(STDERR_FILENO);
	return taken == NULL || dup2(fileno(taken), STDERR_FILENO) < 0 ? -1 : 0;
}

static int give_stderr(void **state)
{
	char error[8];

	log_configure("info", error, sizeof(error));
	dup2(saved, STDERR_FILENO);
	close(saved);
	fclose(taken);
	return 0;
}

/** What was written to standard error by now. */
static const char *written(void)
{
	size_t n;

	rewind(taken);
	n = fread(said, 1, sizeof(said) - 1, taken);
	said[n] = '\0';
	return said;
}

static void a_line_says_who_and_how_bad(void **state)
{
	log_error("one %d", 1);
	log_warning("two");
	log_info("three");
	log_debug("four");
	assert_string_equal(
		written(), "burstline: error: one 1\nburstline: warning: two\nburstline: three\n");
}

static void a_line_is_one_line(void **state)
{
	log_info("port %s", "a\nburstline: error: forged\x1b[2J");
	assert_string_equal(written(), "burstline: port a burstline: error: forged [2J\n");
}

static void the_journal_gets_priorities(void **state)
{
	char stream[64];
	struct stat st;

	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)st.st_dev,
		(unsigned long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_error("one");
	log_info("two");
	setenv("JOURNAL_STREAM", "1:2", 1); // standard error is another file
	log_warning("three");
	assert_string_equal(written(), "<3>one\n<6>two\nburstline: warning: three\n");
}

static void a_place_is_limited(void **state)
{
	unsigned lines = 0;
	char next[32];

	for (unsigned i = 0; i < LOG_BURST + 7; i++)
		log_info("line %u", i);
	log_info("another place");
	for (const char *c = written(); *c != '\0'; c++)
		lines += *c == '\n';
	assert_int_equal(lines, LOG_BURST + 1);
	assert_non_null(strstr(said, "burstline: another place\n"));
	snprintf(next, sizeof(next), "line %d\n", LOG_BURST);
	assert_null(strstr(said, next));
}

static void what_was_left_out_is_said_later(void **state)
{
	struct log_site site = {.said = LOG_BURST, .left_out = 7}; // of long ago

	site.window = -LOG_WINDOW_S;
	log_line(&site, LOG_INFO, "port", "next");
	assert_string_equal(
		written(), "burstline: 7 lines like the next were left out\nburstline: next\n");
}

static void modules_have_levels(void **state)
{
	char error[512];

	assert_int_equal(log_configure("error,port:debug", error, sizeof(error)), 0);
	log_debug("port's");
	log_line(NULL, LOG_WARNING, "bridge", "a bridge's");
	log_line(NULL, LOG_ERROR, "bridge", "a bridge's error");
	log_line(NULL, LOG_ERROR, "dpdk", "a driver's"); // none, until it is asked for
	assert_int_equal(log_configure("dpdk:info", error, sizeof(error)), 0);
	log_line(NULL, LOG_INFO, "dpdk", "a driver's line");
	assert_string_equal(written(), "burstline: debug: port's\n"
				       "burstline: error: a bridge's error\n"
				       "burstline: a driver's line\n");
}

// Who logs has to go on: it would hang here, and SIGALRM end it.
static void a_reader_who_stands_still_is_not_waited_for(void **state)
{
	static char room[65536];
	int ends[2], n = 0;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	while (write(ends[1], room, sizeof(room)) > 0)
		continue;
	fcntl(ends[1], F_SETFL, 0);
	dup2(ends[1], STDERR_FILENO);
	alarm(20);
	for (int i = 0; i < 3; i++)
		log_line(NULL, LOG_INFO, "port", "lost");
	while (read(ends[0], room, sizeof(room)) > 0)
		continue;
	log_line(NULL, LOG_INFO, "port", "next");
	alarm(0);
	dup2(fileno(taken), STDERR_FILENO);
	n = (int)read(ends[0], room, sizeof(room) - 1);
	assert_true(n > 0);
	room[n] = '\0';
	assert_string_equal(room,
		"burstline: warning: 3 lines were left out: standard error took none\n"
		"burstline: next\n");
	close(ends[0]);
	close(ends[1]);
}

static void mistakes_are_sentences(void **state)
{
	static const char *const bad[] = {"", "loud", "nobody:info", "port:", "port:info,"};
	char error[512];

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(log_configure(bad[i], error, sizeof(error)), -1);
		assert_non_null(strstr(error, ": expected LEVEL or MODULE:LEVEL, of the levels "
					      "error, warning, info, debug and the modules main, "
					      "port, bridge, "));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, take_stderr, give_stderr)
	const struct CMUnitTest tests[] = {
		TEST(a_line_says_who_and_how_bad),
		TEST(a_line_is_one_line),
		TEST(the_journal_gets_priorities),
		TEST(a_place_is_limited),
		TEST(what_was_left_out_is_said_later),
		TEST(modules_have_levels),
		TEST(a_reader_who_stands_still_is_not_waited_for),
		TEST(mistakes_are_sentences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
