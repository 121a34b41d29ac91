/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tables of show.h as metrics: a family for each number of a table, a sample for each row, what
 * names the row as labels. OpenMetrics 1.0, or Prometheus' text format 0.0.4. Called by metrics.c
 * in its thread.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "show.h"
#include "telemetry.h"

struct text {
	FILE *to;
	bool open_metrics;
};

static void add_label(FILE *to, unsigned *n, const char *name, const char *value)
{
	fprintf(to, "%s%s=\"", (*n)++ == 0 ? "{" : ",", name);
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			putc('\\', to);
		putc(*value, to);
	}
	putc('"', to);
}

static unsigned add_ids(FILE *to, const struct show_table *table, const json_t *row)
{
	unsigned n = 0;
	char number[32];

	for (unsigned i = 0; i < SHOW_IDS && table->ids[i] != NULL; i++) {
		const json_t *id = json_object_get(row, table->ids[i]);

		if (json_is_string(id)) {
			add_label(to, &n, table->ids[i], json_string_value(id));
		} else if (json_is_integer(id)) {
			snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
				json_integer_value(id));
			add_label(to, &n, table->ids[i], number);
		}
	}
	return n;
}

static void add_sample(struct text *text, const struct show_table *table,
	const struct show_number *number, const json_t *row, const char *label, const json_t *value)
{
	unsigned n;

	fprintf(text->to, "burstline_%s_%s%s", table->metric,
		number->metric != NULL ? number->metric : number->key,
		number->kind == SHOW_GAUGE ? "" : "_total");
	n = add_ids(text->to, table, row);
	if (label != NULL)
		add_label(text->to, &n, number->label, label);
	fprintf(text->to, "%s %" JSON_INTEGER_FORMAT "\n", n > 0 ? "}" : "",
		json_integer_value(value));
}

// OpenMetrics names the family of a counter without _total.
static void add_head(
	struct text *text, const struct show_table *table, const struct show_number *number)
{
	const char *name = number->metric != NULL ? number->metric : number->key;
	const char *end = number->kind == SHOW_GAUGE || text->open_metrics ? "" : "_total";

	fprintf(text->to, "# HELP burstline_%s_%s%s %s\n# TYPE burstline_%s_%s%s %s\n",
		table->metric, name, end, number->help, table->metric, name, end,
		number->kind == SHOW_GAUGE ? "gauge" : "counter");
}

static void add_family(struct text *text, const struct show_table *table,
	const struct show_number *number, const json_t *rows)
{
	bool headed = false;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_t *value = json_object_get(row, number->key), *one;
		const char *label;

		if (value == NULL)
			continue;
		if (!headed)
			add_head(text, table, number);
		headed = true;
		if (number->kind != SHOW_COUNTERS) {
			add_sample(text, table, number, row, NULL, value);
			continue;
		}
		json_object_foreach(value, label, one)
			add_sample(text, table, number, row, label, one);
	}
}

static void add_table(struct text *text, const struct show_table *table)
{
	json_t *rows;

	if (table->metric == NULL || telemetry_page(table->name, 0, UINT32_MAX, &rows) != 0)
		return;
	for (const struct show_number *n = table->numbers; n->key != NULL; n++)
		add_family(text, table, n, rows);
	json_decref(rows);
}

char *metrics_text(bool open_metrics, size_t *size)
{
	char *memory = NULL;
	struct text text = {.to = open_memstream(&memory, size), .open_metrics = open_metrics};

	if (text.to == NULL)
		return NULL;
	fprintf(text.to,
		"# HELP burstline_build_info 1; what runs\n# TYPE burstline_build_info gauge\n"
		"burstline_build_info{version=\"%s\"} 1\n",
		BURSTLINE_VERSION);
	for (const struct show_table *t = show_tables; t->name != NULL; t++)
		add_table(&text, t);
	if (open_metrics)
		fputs("# EOF\n", text.to);
	if (fclose(text.to) != 0) {
		free(memory);
		return NULL;
	}
	return memory;
}
