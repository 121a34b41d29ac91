/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rates from two readings. Called by top.c. Divides by the time that passed between the readings by
 * the instance's clock, whatever the interval was meant to be.
 */

#include "rates.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "client.h"
#include "command.h"

int reading_take(struct client *client, struct reading *r)
{
	json_int_t rings_ns;
	int code;

	*r = (struct reading){0};
	client_renew(client);
	code = client_table_at(client, "ports", &r->ports, &r->ports_ns);
	if (code == EXIT_OK)
		code = client_table_at(client, "workers", &r->workers, &r->workers_ns);
	if (code == EXIT_OK)
		code = client_table_at(client, "rings", &r->rings, &rings_ns);
	if (code != EXIT_OK)
		reading_drop(r);
	return code;
}

void reading_drop(struct reading *r)
{
	json_decref(r->ports);
	json_decref(r->workers);
	json_decref(r->rings);
	*r = (struct reading){0};
}

/** The row of the same name, or NULL. */
static const json_t *find(const json_t *rows, const json_t *row, const char *const *ids)
{
	const json_t *other;
	size_t i;

	json_array_foreach(rows, i, other)
	{
		const char *const *id = ids;

		while (*id != NULL &&
			json_equal(json_object_get(row, *id), json_object_get(other, *id)))
			id++;
		if (*id == NULL)
			return other;
	}
	return NULL;
}

/** To a tenth, which is as fine as rates are shown. */
static json_t *real(double value)
{
	return json_real((double)(int64_t)(value * 10 + 0.5) / 10);
}

static json_int_t number(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

/** Counters and what they are called a second. The last one's counter is NULL. */
struct counted {
	const char *counter, *rate;
	double unit;
};

static const struct counted of_port[] = {{"rx", "rx_pps", 1}, {"rx_bytes", "rx_bps", 8},
	{"tx", "tx_pps", 1}, {"tx_bytes", "tx_bps", 8}, {"dropped", "dropped_pps", 1},
	{NULL, NULL, 0}};
static const struct counted of_lcore[] = {
	{"rx", "rx_pps", 1}, {"tx", "tx_pps", 1}, {"dropped", "dropped_pps", 1}, {NULL, NULL, 0}};

/** Rates into `to`. False, and all null: what was read before is not where this counts from. */
static bool add_rates(json_t *to, const struct counted *counted, const json_t *was,
	const json_t *is, double seconds)
{
	bool known = was != NULL && seconds > 0;

	for (const struct counted *c = counted; c->counter != NULL; c++)
		known = known && number(is, c->counter) >= number(was, c->counter);
	for (const struct counted *c = counted; c->counter != NULL; c++) {
		double grown = (double)(number(is, c->counter) - number(was, c->counter));

		json_object_set_new(
			to, c->rate, known ? real(grown * c->unit / seconds) : json_null());
	}
	return known;
}

/** Reasons that came up meanwhile. One that has not since a clear is not there. */
static json_t *drops_between(const json_t *was, const json_t *is, double seconds)
{
	json_t *rates = json_object(), *frames;
	const char *reason;

	json_object_foreach((json_t *)(uintptr_t)is, reason, frames)
	{
		json_int_t grown = json_integer_value(frames) - number(was, reason);

		if (grown != 0)
			json_object_set_new(rates, reason, real((double)grown / seconds));
	}
	return rates;
}

static void copy(json_t *to, const json_t *row, const char *key)
{
	json_t *value = json_object_get(row, key);

	if (value != NULL)
		json_object_set(to, key, value);
}

static json_t *port_between(const json_t *was, const json_t *is, double seconds)
{
	json_t *port = json_object();

	copy(port, is, "name");
	copy(port, is, "link");
	if (add_rates(port, of_port, was, is, seconds))
		json_object_set_new(port, "drops",
			drops_between(json_object_get(was, "drops"), json_object_get(is, "drops"),
				seconds));
	else
		json_object_set_new(port, "drops", json_null());
	return port;
}

/** Percent. Rounds last microseconds: where none ended, one has lasted all the time. */
static json_t *busy_between(const json_t *was, const json_t *is)
{
	json_int_t busy = number(is, "busy_cycles") - number(was, "busy_cycles");
	json_int_t idle = number(is, "idle_cycles") - number(was, "idle_cycles");

	if (was == NULL || busy < 0 || idle < 0)
		return json_null();
	return real(busy + idle == 0 ? 100 : 100 * (double)busy / (double)(busy + idle));
}

static json_t *lcore_between(const json_t *was, const json_t *is, double seconds)
{
	json_t *lcore = json_object();

	copy(lcore, is, "lcore");
	copy(lcore, is, "cpu");
	copy(lcore, is, "role");
	json_object_set_new(lcore, "busy", busy_between(was, is));
	add_rates(lcore, of_lcore, was, is, seconds);
	return lcore;
}

static double seconds_of(json_int_t ns)
{
	return (double)ns / 1e9;
}

json_t *rates_between(const struct reading *before, const struct reading *now)
{
	static const char *const by_name[] = {"name", NULL};
	static const char *const by_lcore[] = {"lcore", "cpu", "role", NULL};
	double seconds = seconds_of(now->ports_ns - before->ports_ns);
	json_t *ports = json_array(), *lcores = json_array(), *row;
	struct timespec at;
	size_t i;

	json_array_foreach(now->ports, i, row) json_array_append_new(
		ports, port_between(find(before->ports, row, by_name), row, seconds));
	json_array_foreach(now->workers, i, row) json_array_append_new(
		lcores, lcore_between(find(before->workers, row, by_lcore), row,
				seconds_of(now->workers_ns - before->workers_ns)));
	clock_gettime(CLOCK_REALTIME, &at);
	return json_pack("{s:f, s:f, s:o, s:o, s:O}", "time",
		(double)at.tv_sec + (double)(at.tv_nsec / 1000000) / 1e3, "seconds", seconds,
		"ports", ports, "lcores", lcores, "rings", now->rings);
}
