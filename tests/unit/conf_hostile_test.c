/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that cannot be read, texts made to be slow, and lists that are too long (L18); and that no
 * key of the schema is without a rule. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "conf/raw.h"

enum { MIB = 1 << 20 };

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* `head`, then `piece` over and over up to `size` octets. */
static char *repeated(const char *head, const char *piece, size_t size)
{
	char *text = malloc(size);
	size_t n = strlen(piece), at = strlen(head);

	memcpy(text, head, at);
	for (; at < size; at++)
		text[at] = piece[(at - strlen(head)) % n];
	return text;
}

static void a_quarter_mebibyte_of_anything_is_refused_at_once(void **state)
{
	static const char *const shapes[][2] = {{"", "["}, {"", "{"}, {"", "- "}, {"", "? "},
		{"", "a: "}, {"", "a: ["}, {"", "[{"}, {"", "[\n"}, {"", "-\n "}, {"", "a\n"},
		{"", "&a "}, {"", "!a "}, {"", "*a "}, {"", "# "}, {"", "\n"}, {"", " "},
		{"", "%a\n"}, {"", "'"}, {"", "\""}, {"name: ", "a"}, {"name: \"", "\\n"},
		{"name: |\n", " a\n"}, {"name: ", "a\n "}, {"ports: ", "["}, {"ports: ", "- "},
		{"ports:\n", "- \n"}, {"ports: [", "{},"}, {"wires: [", "[a, b],"},
		{"wires: [[", "a,"}, {"lcores: {workers: [", "1,"},
		{"bridges: [{members: [{vlans: [", "1,"},
		{"interfaces: [{addresses: [", "192.0.2.1/24,"}, {"handlers: ", "[{name: a},"},
		{"{", "name: a,"}, {"{", "\"name\": \"a\","}, {"? ", "? "}, {"", "\xef\xbb\xbf"}};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		char *text = repeated(shapes[i][0], shapes[i][1], MIB / 4);
		struct conf *conf = NULL;
		double start = cpu_seconds();
		char error[512];

		assert_int_equal(
			conf_load_buffer("x", text, MIB / 4, &conf, error, sizeof(error)), -1);
		if (cpu_seconds() - start > 0.2)
			fail_msg("%s%s...: %.2f s", shapes[i][0], shapes[i][1],
				cpu_seconds() - start);
		assert_memory_equal(error, "x:", 2);
		free(text);
	}
}

static void fail_load(const char *path, const char *format)
{
	struct conf *conf = NULL;
	char error[512], message[512];

	assert_int_equal(conf_load(path, &conf, error, sizeof(error)), -1);
	assert_null(conf);
	snprintf(message, sizeof(message), "%s: %s", path, format);
	assert_string_equal(error, message);
}

static void files_that_cannot_be_read_say_why(void **state)
{
	fail_load("/nonexistent/x.yaml", "No such file or directory");
	fail_load("/", "Is a directory");
	fail_load("/dev/null/x.yaml", "Not a directory");
	fail_load("", "No such file or directory");
}

/* Root may read everything, so the unreadable file is one that fails to read, not to open. */
static void a_file_that_fails_while_it_is_read_says_why(void **state)
{
	fail_load("/proc/self/mem", "Input/output error");
}

static void a_file_of_ten_megabytes_is_refused_at_once(void **state)
{
	char path[] = "/tmp/conf_hostile_test.XXXXXX";
	int fd = mkstemp(path);
	double start = cpu_seconds();

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 10 * MIB), 0);
	fail_load(path, "found more than 1048576 octets, expected at most that many");
	assert_true(cpu_seconds() - start < 0.5);
	close(fd);
	unlink(path);
}

static void a_file_loads_like_a_buffer(void **state)
{
	char path[] = "/tmp/conf_hostile_test.XXXXXX";
	int fd = mkstemp(path);
	struct conf *conf = NULL;
	char error[512];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "name: here\n", 11), 11);
	close(fd);
	assert_int_equal(conf_load(path, &conf, error, sizeof(error)), 0);
	assert_string_equal(conf->name, "here");
	conf_free(conf);
	unlink(path);
}

static void a_short_buffer_for_the_message_is_not_overrun(void **state)
{
	struct conf *conf = NULL;

	for (size_t n = 1; n < 100; n++) {
		char *error = malloc(n);

		assert_int_equal(conf_load_buffer("x", "nmae: 1", 7, &conf, error, n), -1);
		assert_true(strlen(error) < n);
		free(error);
	}
}

/* n entries made by `item`, which gets their number up to twice. */
static void load_list(
	const char *head, const char *item, unsigned n, const char *tail, const char *message)
{
	char *text = NULL, error[512] = "";
	struct conf *conf = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int answer;

	fputs(head, f);
	for (unsigned i = 0; i < n; i++) {
		char number[8];

		snprintf(number, sizeof(number), "%u", i);
		for (const char *c = item; *c != '\0'; c++)
			*c == '#' ? fputs(number, f) : fputc(*c, f);
	}
	fputs(tail, f);
	fclose(f);
	answer = conf_load_buffer("x", text, size, &conf, error, sizeof(error));
	if (message == NULL) {
		assert_string_equal(error, "");
		assert_int_equal(answer, 0);
	} else {
		assert_int_equal(answer, -1);
		assert_non_null(strstr(error, message));
	}
	conf_free(conf);
	free(text);
}

static void full_lists_load_and_one_entry_more_is_refused(void **state)
{
	const char *port = "- {name: p#, device: net_null#}\n";
	const char *iface =
		"- {name: i#, port: a, tags: [{vid: 1}, {vid: 2#}], addresses: [10.0.0.1/8]}\n";
	const char *ifaces = "ports: [{name: a, device: net_null0}]\ninterfaces:\n";

	load_list("ports:\n", port, 32, "", NULL);
	load_list("ports:\n", port, 33, "", ": ports: found more than 32 entries");
	load_list("lcores: {workers: [", "#,", 63, "]}\n", NULL);
	load_list("lcores: {workers: [", "#,", 64, "]}\n", ": lcores.workers: found more than 63");
	load_list("handlers:\n", "- {name: h#}\n", 64, "", NULL);
	load_list(
		"handlers:\n", "- {name: h#}\n", 65, "", ": handlers: found more than 64 entries");
	load_list(ifaces, iface, 1000, "", NULL);
	load_list(ifaces, "- {}\n", 1025, "", "interfaces[0].name");
}

static void four_thousand_neighbours_load_at_once(void **state)
{
	const char *head = "ports: [{name: a, device: net_null0}]\n"
			   "interfaces: [{name: i, port: a, addresses: [10.0.0.1/8]}]\n"
			   "neighbours:\n";
	char *text = NULL, error[512];
	struct conf *conf = NULL;
	double start;
	size_t size;

	for (unsigned n = 4096; n <= 4097; n++) {
		FILE *f = open_memstream(&text, &size);

		fputs(head, f);
		for (unsigned i = 0; i < n; i++)
			fprintf(f,
				"- {interface: i, address: 10.1.%u.%u, mac: 02:00:00:00:00:01}\n",
				i / 200, i % 200 + 1);
		fclose(f);
		start = cpu_seconds();
		if (n == 4096) {
			assert_int_equal(
				conf_load_buffer("x", text, size, &conf, error, sizeof(error)), 0);
			assert_int_equal(conf->n_neighbours, 4096);
			conf_free(conf);
		} else {
			assert_int_equal(
				conf_load_buffer("x", text, size, &conf, error, sizeof(error)), -1);
			assert_string_equal(error, "x:4100:3: neighbours: found more than 4096 "
						   "entries, expected at most 4096");
		}
		assert_true(cpu_seconds() - start < 2); // 20 ms; sanitizers take 25 times that
		free(text);
	}
}

/* A number or text without a rule would be taken as it is: 15oo for 15. */
static void every_number_and_text_of_the_schema_has_a_rule(void **state)
{
	struct {
		const cyaml_schema_value_t *schema;
		char path[128];
	} work[192] = {{.schema = &conf_schema}};
	unsigned n = 1, scalars = 0;

	for (unsigned i = 0; i < n; i++) {
		const cyaml_schema_value_t *schema = work[i].schema;
		char path[64];

		assert_true(strlen(work[i].path) < sizeof(path));
		strcpy(path, work[i].path);
		if (schema->type == CYAML_SEQUENCE || schema->type == CYAML_SEQUENCE_FIXED) {
			snprintf(work[n].path, sizeof(work[n].path), "%s[]", path);
			work[n++].schema = schema->sequence.entry;
		} else if (schema->type == CYAML_MAPPING) {
			for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key; f++) {
				snprintf(work[n].path, sizeof(work[n].path), "%s%s%s", path,
					*path != '\0' ? "." : "", f->key);
				work[n++].schema = &f->value;
			}
		} else if (schema->type == CYAML_UINT || schema->type == CYAML_STRING) {
			const struct rule *rule = rule_find(path);

			if (rule == NULL || rule->kind == RULE_NONE)
				fail_msg("%s has no rule", path);
			scalars++;
		}
		assert_true(n < 170);
	}
	assert_true(scalars > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quarter_mebibyte_of_anything_is_refused_at_once),
		cmocka_unit_test(files_that_cannot_be_read_say_why),
		cmocka_unit_test(a_file_that_fails_while_it_is_read_says_why),
		cmocka_unit_test(a_file_of_ten_megabytes_is_refused_at_once),
		cmocka_unit_test(a_file_loads_like_a_buffer),
		cmocka_unit_test(a_short_buffer_for_the_message_is_not_overrun),
		cmocka_unit_test(full_lists_load_and_one_entry_more_is_refused),
		cmocka_unit_test(four_thousand_neighbours_load_at_once),
		cmocka_unit_test(every_number_and_text_of_the_schema_has_a_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
