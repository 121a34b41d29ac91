/* SPDX-License-Identifier: BSD-3-Clause */
/* What explain says of a frame, then what becomes of it: a random corpus over every role, and they
 * must agree in every exit, octet, drop and handler. Explaining itself must change nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "capture.h"
#include "explain.h"
#include "lane_rig.h"

enum { FRAMES = 6000, CAPTURED = 2000, LONGEST = 1600, EXITS = 64, PORTS = 12, TOKENS = 20 };

// clang-format off
#define RING(n, more) \
	"  - {name: p" #n ", device: net_ring" #n ", mac: \"02:00:00:00:01:" #n #n "\", rx-queues: 1, tx-queues: 1" more "}\n"
#define RING2(n, more) \
	"  - {name: p" #n ", device: net_ring" #n ", mac: \"02:00:00:00:01:" #n "\", rx-queues: 1, tx-queues: 1" more "}\n"

static const char yaml[] =
	"name: t\n"
	"lcores: {control: 0, workers: [1], idle: pause}\n"
	"memory: {mbufs: 4096}\n"
	"ports:\n"
	RING(0, "") RING(1, "") RING(2, ", reflect: true") RING(3, "") RING(4, ", unknown: p3") RING(5, "")
	RING(6, "") RING(7, "") RING(8, "") RING(9, "") RING2(10, "") RING2(11, "")
	"wires:\n  - [p0, p1]\n"
	"bridges:\n"
	"  - name: br0\n"
	"    vlan-aware: true\n"
	"    members:\n"
	"      - {port: p5, mode: trunk, vlans: [20, 30], native: 10}\n"
	"      - {port: p6, mode: access, vlan: 10}\n"
	"      - {port: p7, mode: qinq, vlan: 30, pcp: 3}\n"
	"      - {port: p8, mode: access, vlan: 20, accept: untagged, storm: {broadcast: 20, unknown: 20}}\n"
	"      - port: p9\n"
	"        mode: trunk\n"
	"        vlans: [10, 20]\n"
	"        isolated: true\n"
	"        translate:\n"
	"          - {wire: [{vid: 1300}], inside: [{vid: 30}]}\n"
	"  - name: br1\n"
	"    members: [{port: p10}, {port: p11}]\n"
	"interfaces:\n"
	"  - {name: if3, port: p3, addresses: [192.0.2.1/24]}\n"
	"  - {name: if3t, port: p3, tags: [{vid: 100}], addresses: [198.51.100.1/24]}\n"
	"  - {name: lan, bridge: br0, tags: [{vid: 10}], mac: \"02:00:00:00:02:01\", addresses: [203.0.113.1/24]}\n"
	"  - {name: flat, bridge: br1, mac: \"02:00:00:00:02:02\", addresses: [192.168.7.1/24]}\n"
	"handlers:\n"
	"  - {name: limited, rate: 10, burst: 5}\n"
	"  - {name: alone}\n"
	"  - {name: inplace}\n";
// clang-format on

static void consume(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	out_consume_bulk(out, pkts, n);
}

#define HANDLER(title, type, where)                                                                \
	.abi = HANDLER_ABI, .name = title, .ethertypes = {type}, .n_ethertypes = 1,                \
	.places = where, .place = where, .burst = consume

static const struct handler arp = {HANDLER("arp", 0x0806, HANDLER_CONTROL), .needs_address = true};
static const struct handler ip = {HANDLER("icmp", 0x0800, HANDLER_CONTROL), .needs_address = true};
static const struct handler limited = {HANDLER("limited", 0x88b6, HANDLER_CONTROL)};
static const struct handler alone = {HANDLER("alone", 0x88b7, HANDLER_CONTROL)};
static const struct handler inplace = {
	HANDLER("inplace", 0x88b5, HANDLER_INLINE), .saps = {0x42}, .n_saps = 1};
static const struct handler *const table[] = {&arp, &ip, &limited, &alone, &inplace, NULL};

static uint64_t seed = 1;

static uint32_t any(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 11) % n;
}

static const uint8_t macs[][6] = {{2, 0, 0, 0, 0x66, 1}, {2, 0, 0, 0, 0x66, 2},
	{2, 0, 0, 0, 0x66, 3}, {2, 0, 0, 0, 0x66, 4}, {2, 0, 0, 0, 0x66, 5}, {2, 0, 0, 0, 0x66, 6},
	{2, 0, 0, 0, 1, 0x33}, {2, 0, 0, 0, 1, 0x44}, {2, 0, 0, 0, 2, 1}, {2, 0, 0, 0, 2, 2},
	{255, 255, 255, 255, 255, 255}, {255, 255, 255, 255, 255, 255}, {1, 0, 0x5e, 0, 0, 1},
	{1, 0x80, 0xc2, 0, 0, 0}, {1, 0x80, 0xc2, 0, 0, 0xe}, {0}};
static const uint16_t types[] = {
	0x0800, 0x0806, 0x86dd, 0x88b5, 0x88b6, 0x88b7, 0x88cc, 0x05e0, 60, 40, 3};
static const uint16_t tpids[] = {0x8100, 0x8100, 0x8100, 0x88a8, 0x9100};
static const uint16_t vids[] = {0, 10, 10, 20, 20, 30, 30, 100, 1300, 4095, 77};

static size_t put_u16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
	return 2;
}

// A frame; returns its octets.
static size_t make(uint8_t *to)
{
	unsigned tags = any(3) == 0 ? any(6) : any(2);
	size_t n = 12, length;

	for (size_t i = 0; i < LONGEST; i++)
		to[i] = (uint8_t)any(256);
	memcpy(to, macs[any(RTE_DIM(macs))], 6);
	// Seldom another source than a host's.
	memcpy(to + 6, macs[any(any(8) == 0 ? RTE_DIM(macs) : 6)], 6);
	while (tags-- > 0) {
		n += put_u16(to + n, tpids[any(RTE_DIM(tpids))]);
		n += put_u16(to + n, (uint16_t)(any(16) << 12 | vids[any(RTE_DIM(vids))]));
	}
	n += put_u16(to + n, types[any(RTE_DIM(types))]);
	if (any(2) == 0)
		to[n] = 0x42; // a DSAP
	length = n + any(60);
	if (any(10) == 0)
		length = 1 + any(34);
	else if (any(20) == 0)
		length = 1500 + any(101);
	return length;
}

struct sent {
	unsigned port;
	size_t n;
	uint8_t octets[LONGEST + 16];
};

/** What became of a frame, or is said to. */
struct outcome {
	unsigned n_sent;
	struct sent sent[EXITS];
	unsigned drops[DROP_REASON_COUNT];
	unsigned handled[RTE_DIM(table) - 1];
};

static struct rig *r;
static struct ledger sum;

// All lanes' counters, read while they run: right once nothing changes any more.
static void read_ledger(struct ledger *to)
{
	memset(to, 0, sizeof(*to));
	for (unsigned l = 0; l < r->plan->n_lcores; l++) {
		for (unsigned p = 0; p < LEDGER_PORTS; p++)
			ledger_port_add(&to->port[p], &r->instance.lanes[l]->ledger.port[p]);
	}
	rte_compiler_barrier();
}

static bool is_quiet(unsigned port, uint64_t rx)
{
	bool quiet = true;

	read_ledger(&sum);
	for (unsigned p = 0; p < LEDGER_PORTS; p++)
		quiet &= ledger_port_balance(&sum.port[p]) == 0 &&
		         ledger_port_in_flight(&sum.port[p]) == 0;
	return quiet && sum.port[port].rx == rx;
}

static uint64_t dropped(enum drop_reason reason)
{
	uint64_t n = 0;

	for (unsigned p = 0; p < LEDGER_PORTS; p++)
		n += sum.port[p].drops[reason];
	return n;
}

static void collect(struct outcome *o)
{
	struct rte_mbuf *pkts[EXITS];

	for (unsigned p = 0; p < PORTS; p++) {
		uint16_t n = rig_collect(r, p, 0, pkts, EXITS);

		for (uint16_t i = 0; i < n; i++) {
			struct sent *s = &o->sent[o->n_sent++];
			const void *octets;

			assert_in_range(o->n_sent, 1, EXITS);
			s->port = p;
			s->n = pkts[i]->pkt_len;
			assert_in_range(s->n, 1, sizeof(s->octets));
			octets = rte_pktmbuf_read(pkts[i], 0, pkts[i]->pkt_len, s->octets);
			if (octets != s->octets)
				memcpy(s->octets, octets, s->n);
		}
		rte_pktmbuf_free_bulk(pkts, n);
	}
}

static void really(unsigned port, const uint8_t *octets, size_t n, struct outcome *o)
{
	uint64_t deadline = rte_rdtsc() + 10 * rte_get_tsc_hz(), rx = sum.port[port].rx + 1;
	struct rte_mbuf *m = rte_pktmbuf_alloc(r->feed);
	uint64_t before[DROP_REASON_COUNT], handled[RTE_DIM(table)];

	memset(o, 0, sizeof(*o));
	for (unsigned d = 0; d < DROP_REASON_COUNT; d++)
		before[d] = dropped(d);
	for (unsigned h = 0; table[h] != NULL; h++)
		handled[h] = rig_handler(r, table[h]->name).frames;
	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)n), octets, n);
	assert_int_equal(rig_feed(r, port, 0, &m, 1), 1);
	while (!is_quiet(port, rx) || !is_quiet(port, rx)) {
		rte_delay_us_sleep(20);
		assert_true(rte_rdtsc() < deadline);
	}
	collect(o);
	for (unsigned d = 0; d < DROP_REASON_COUNT; d++)
		o->drops[d] = (unsigned)(dropped(d) - before[d]);
	for (unsigned h = 0; table[h] != NULL; h++)
		o->handled[h] = (unsigned)(rig_handler(r, table[h]->name).frames - handled[h]);
}

static void read_octets(const char *hex, struct sent *s)
{
	s->n = strlen(hex) / 2;
	assert_in_range(s->n, 1, sizeof(s->octets));
	for (size_t i = 0; i < s->n; i++) {
		unsigned octet;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &octet), 1);
		s->octets[i] = (uint8_t)octet;
	}
}

static json_t *explained(unsigned port, const uint8_t *octets, size_t n, struct outcome *o)
{
	char name[8], error[256];
	json_t *answer, *end;
	size_t i;
	int rc;

	memset(o, 0, sizeof(*o));
	snprintf(name, sizeof(name), "p%u", port);
	answer = explain_frame(&r->instance, name, octets, n, &rc, error, sizeof(error));
	if (answer == NULL)
		fail_msg("%s", error);
	json_array_foreach(json_object_get(answer, "ends"), i, end)
	{
		const char *sent = json_string_value(json_object_get(end, "sent"));
		const char *drop = json_string_value(json_object_get(end, "drop"));
		const char *handler = json_string_value(json_object_get(end, "handler"));

		if (sent != NULL) {
			o->sent[o->n_sent].port = (unsigned)atoi(sent + 1);
			read_octets(json_string_value(json_object_get(end, "octets")),
				&o->sent[o->n_sent++]);
		}
		for (unsigned d = 0; drop != NULL && d < DROP_REASON_COUNT; d++)
			o->drops[d] += strcmp(drop_name(d), drop) == 0;
		for (unsigned h = 0; handler != NULL && table[h] != NULL; h++)
			o->handled[h] += strcmp(table[h]->name, handler) == 0;
	}
	return answer;
}

static bool has_sent(const struct outcome *o, const struct sent *s)
{
	for (unsigned i = 0; i < o->n_sent; i++) {
		if (o->sent[i].port == s->port && o->sent[i].n == s->n &&
			memcmp(o->sent[i].octets, s->octets, s->n) == 0)
			return true;
	}
	return false;
}

// A frame leaves a port once at most, so sets of equal size say all.
static bool is_same(const struct outcome *a, const struct outcome *b)
{
	bool same = a->n_sent == b->n_sent && memcmp(a->drops, b->drops, sizeof(a->drops)) == 0 &&
	            memcmp(a->handled, b->handled, sizeof(a->handled)) == 0;

	for (unsigned i = 0; same && i < a->n_sent; i++)
		same = has_sent(b, &a->sent[i]);
	return same;
}

// A bucket with this many tokens, and none to come while the test runs.
static void freeze(struct bucket *b, unsigned tokens)
{
	b->cycles_per_token = rte_get_tsc_hz() * 100000;
	b->level_cycles = b->depth_cycles = b->cycles_per_token * tokens;
}

static void freeze_buckets(void)
{
	struct instance *instance = &r->instance;

	for (unsigned i = 0; i < r->plan->n_instances; i++) {
		struct dispatch_police *police = instance->police[i * r->plan->n_lcores + 1];

		for (unsigned p = 0; police != NULL && p < OUT_PORTS; p++)
			freeze(&police->port[p], 2);
	}
	freeze(&instance->bridges[0]->lane[1]->storm[instance->ports[8]->id]
						    [BRIDGE_STORM_BROADCAST],
		TOKENS);
	freeze(&instance->bridges[0]->lane[1]->storm[instance->ports[8]->id][BRIDGE_STORM_UNKNOWN],
		TOKENS);
}

// By port and reason, and by port and port where it left.
struct shown {
	unsigned drops[PORTS][DROP_REASON_COUNT], sent[PORTS][PORTS];
};

static struct shown by_explain;

// What explain said of frames that came in on a port.
static void add_said(struct shown *s, unsigned port, const struct outcome *o)
{
	for (unsigned d = 0; d < DROP_REASON_COUNT; d++)
		s->drops[port][d] += o->drops[d];
	for (unsigned i = 0; i < o->n_sent; i++)
		s->sent[port][o->sent[i].port]++;
}

struct figures {
	unsigned frames, wrong, sent, dropped, handed, floods;
	unsigned reasons[DROP_REASON_COUNT];
};

static void add_up(struct figures *f, const struct outcome *o)
{
	f->frames++;
	f->sent += o->n_sent;
	f->floods += o->n_sent > 1;
	for (unsigned d = 0; d < DROP_REASON_COUNT; d++) {
		f->dropped += o->drops[d];
		f->reasons[d] += o->drops[d];
	}
	for (unsigned h = 0; h < RTE_DIM(o->handled); h++)
		f->handed += o->handled[h];
}

static void one(struct figures *f)
{
	static struct outcome said, is;
	uint8_t octets[LONGEST + 64];
	unsigned port = any(PORTS), learned[2];
	size_t n = make(octets);
	struct ledger before;
	json_t *answer;

	read_ledger(&before);
	for (unsigned b = 0; b < 2; b++)
		learned[b] = atomic_load(&r->instance.bridges[b]->fdb->n_learned);
	answer = explained(port, octets, n, &said);
	read_ledger(&sum);
	assert_memory_equal(&sum, &before, sizeof(sum));
	assert_int_equal(rte_mempool_in_use_count(r->instance.explain), 0);
	for (unsigned b = 0; b < 2; b++)
		assert_int_equal(atomic_load(&r->instance.bridges[b]->fdb->n_learned), learned[b]);
	add_said(&by_explain, port, &said);
	really(port, octets, n, &is);
	add_up(f, &is);
	if (!is_same(&said, &is)) {
		f->wrong++;
		print_message("frame %u of %zu octets, not so: ", f->frames, n);
		json_dumpf(answer, stderr, JSON_COMPACT);
		for (unsigned i = 0; i < is.n_sent; i++)
			print_message(" sent p%u (%zu)", is.sent[i].port, is.sent[i].n);
		for (unsigned d = 0; d < DROP_REASON_COUNT; d++)
			if (is.drops[d] != 0)
				print_message(" dropped %s", drop_name(d));
		print_message("\n");
	}
	json_decref(answer);
}

static void what_is_said_of_a_frame_is_what_becomes_of_it(void **state)
{
	struct figures f = {0};
	unsigned kinds = 0;

	r = rig_start(yaml, table);
	freeze_buckets();
	read_ledger(&sum);
	for (unsigned i = 0; i < FRAMES && f.wrong < 5; i++)
		one(&f);
	explain_close(&r->instance);
	rig_stop(r, &sum);
	for (unsigned d = 0; d < DROP_REASON_COUNT; d++) {
		if (f.reasons[d] == 0)
			continue;
		kinds++;
		print_message("%s %u, ", drop_name(d), f.reasons[d]);
	}
	print_message("\n%u frames: %u agree, %u do not; %u sent (%u floods), %u dropped for %u "
		      "reasons, %u handed to handlers\n",
		f.frames, f.frames - f.wrong, f.wrong, f.sent, f.floods, f.dropped, kinds,
		f.handed);
	assert_int_equal(f.wrong, 0);
	assert_true(kinds >= 12);
	assert_true(f.handed > 100);
	assert_true(f.floods > 100);
	assert_true(f.reasons[DROP_POLICED] > 5);
}

// The comments of a file's frames.
static void add_captured(struct shown *s, const char *octets, size_t n)
{
	for (const char *at = octets; (at = memmem(at, (size_t)(octets + n - at), "port=p", 6));
		at++) {
		const char *from = at - octets < 40 ? octets : at - 40, *drop;
		unsigned port, other, d = 0;
		char reason[32];

		if (sscanf(at, "port=p%u from=p%u", &port, &other) == 2) {
			s->sent[other][port]++;
			continue;
		}
		drop = memmem(from, (size_t)(at - from), "drop=", 5);
		assert_non_null(drop);
		assert_int_equal(sscanf(drop, "drop=%31[a-z_] port=p%u", reason, &port), 2);
		while (d < DROP_REASON_COUNT && strcmp(drop_name(d), reason) != 0)
			d++;
		assert_in_range(d, 0, DROP_REASON_COUNT - 1);
		s->drops[port][d]++;
	}
}

// The corpus again, while a capture runs: it shows the drops and exits that were said, and nothing
// of what was only explained.
static void what_is_said_is_what_a_capture_shows(void **state)
{
	static struct shown by_capture;
	struct capture_request request = {.at = CAPTURE_TX | CAPTURE_DROP, .session_fd = -1};
	struct figures f = {0};
	FILE *file = tmpfile();
	char error[256], *octets;
	size_t n;

	r = rig_start(yaml, table);
	freeze_buckets();
	read_ledger(&sum);
	request.fd = dup(fileno(file));
	assert_int_equal(capture_start(&r->instance, &request, error, sizeof(error)), 0);
	memset(&by_explain, 0, sizeof(by_explain));
	for (unsigned i = 0; i < CAPTURED && f.wrong < 5; i++)
		one(&f);
	capture_stop(&r->instance, true);
	explain_close(&r->instance);
	rig_stop(r, &sum);
	n = (size_t)lseek(fileno(file), 0, SEEK_END);
	octets = calloc(n + 1, 1);
	assert_int_equal(pread(fileno(file), octets, n, 0), n);
	add_captured(&by_capture, octets, n);
	print_message("%u frames, captured: %u sent, %u dropped, %zu octets\n", f.frames, f.sent,
		f.dropped, n);
	assert_int_equal(f.wrong, 0);
	assert_memory_equal(&by_capture, &by_explain, sizeof(by_capture));
	free(octets);
	fclose(file);
}

static void what_cannot_be_explained_is_refused(void **state)
{
	static const uint8_t frame[EXPLAIN_FRAME_MAX + 1];
	char error[256];
	int rc;

	r = rig_start(yaml, table);
	assert_null(explain_frame(&r->instance, "p99", frame, 60, &rc, error, sizeof(error)));
	assert_int_equal(rc, -ENOENT);
	assert_non_null(strstr(error, "there is no port p99"));
	assert_null(explain_frame(&r->instance, "p0", frame, 0, &rc, error, sizeof(error)));
	assert_int_equal(rc, -EINVAL);
	assert_null(
		explain_frame(&r->instance, "p0", frame, sizeof(frame), &rc, error, sizeof(error)));
	assert_int_equal(rc, -EINVAL);
	explain_close(&r->instance);
	rig_stop(r, &sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_of_a_frame_is_what_becomes_of_it),
		cmocka_unit_test(what_is_said_is_what_a_capture_shows),
		cmocka_unit_test(what_cannot_be_explained_is_refused),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
