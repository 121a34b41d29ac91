/* SPDX-License-Identifier: BSD-3-Clause */
/* Captures of lanes that really run: what is recorded is what the ledger counts, octet by octet,
 * and a reader that does not read costs nothing but its frames. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_cycles.h>

#include "capture.h"
#include "lane_rig.h"

// clang-format off
#define PORTS \
	"ports:\n" \
	"  - {name: p0, device: net_ring0, mac: \"02:00:00:00:00:01\", rx-queues: 1, tx-queues: 1}\n" \
	"  - {name: p1, device: net_ring1, mac: \"02:00:00:00:00:02\", rx-queues: 1, tx-queues: 1}\n"
// clang-format on

static const char wire[] =
	"name: t\nlcores: {control: 0, workers: [1], idle: pause}\n" PORTS "wires:\n  - [p0, p1]\n";
static const char plain[] =
	"name: t\nlcores: {control: 0, workers: [1], idle: pause}\n" PORTS "interfaces:\n"
	"  - {name: p0, port: p0, addresses: [192.0.2.1/24]}\n"
	"handlers:\n"
	"  - {name: echo, place: %s}\n";

static struct ledger sum;
static char error[256];

/** A session to a file that has no name, and its other end. */
struct session {
	FILE *file;
	int asks;
};

static struct bpf_insn from_3[] = { // ether src 02:00:00:00:66:03
	{BPF_LD | BPF_W | BPF_ABS, 0, 0, 8}, {BPF_JMP | BPF_JEQ, 0, 3, 0x00006603},
	{BPF_LD | BPF_H | BPF_ABS, 0, 0, 6}, {BPF_JMP | BPF_JEQ, 0, 1, 0x0200},
	{BPF_RET, 0, 0, 65536}, {BPF_RET, 0, 0, 0}};
static struct bpf_insn no_end[] = {{BPF_LD, 0, 0, 1}};

#define PROGRAM(insns)                                                                             \
	{                                                                                          \
		RTE_DIM(insns), insns                                                              \
	}

static struct session begin(struct rig *r, struct capture_request request)
{
	struct session s = {.file = tmpfile()};
	int pair[2];

	assert_non_null(s.file);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	s.asks = pair[0];
	request.fd = dup(fileno(s.file));
	request.session_fd = pair[1];
	assert_int_equal(capture_start(&r->instance, &request, error, sizeof(error)), 0);
	assert_string_equal(error, "");
	return s;
}

/** Ask it to end, if it has not; @return frames missed. */
static unsigned end(struct rig *r, struct session *s, unsigned recorded, const char *why)
{
	unsigned is = 0, missed = 0;
	char text[256] = "", because[128] = "";

	shutdown(s->asks, SHUT_WR);
	assert_true(recv(s->asks, text, sizeof(text) - 1, 0) > 0);
	assert_int_equal(sscanf(text, "{\"recorded\": %u, \"missed\": %u, \"why\": \"%127[^\"]",
				 &is, &missed, because),
		3);
	assert_int_equal(is, recorded);
	if (strstr(because, why) == NULL)
		fail_msg("it ended because %s", because);
	while (r->instance.capture != NULL) {
		capture_round(&r->instance);
		rte_delay_us_sleep(1000);
	}
	close(s->asks);
	return missed;
}

/** A packet of the file. */
struct packet {
	uint32_t captured, length;
	uint8_t octets[128];
	char comment[256];
	uint64_t ns;
};

static uint32_t read_word(FILE *f)
{
	uint32_t value;

	return fread(&value, 4, 1, f) == 1 ? value : 0;
}

/** The next packet; false: there is none. */
static bool next(FILE *f, struct packet *p)
{
	uint32_t type, length;

	while ((type = read_word(f)) != 0) {
		long start = ftell(f) - 4;

		length = read_word(f);
		if (type == 6) {
			memset(p, 0, sizeof(*p));
			read_word(f);
			p->ns = (uint64_t)read_word(f) << 32;
			p->ns |= read_word(f);
			p->captured = read_word(f);
			p->length = read_word(f);
			assert_in_range(p->captured, 1, sizeof(p->octets));
			assert_int_equal(fread(p->octets, 1, p->captured, f), p->captured);
			fseek(f, -p->captured & 3, SEEK_CUR);
			length = read_word(f) >> 16;
			assert_int_equal(fread(p->comment, 1, length, f), length);
			fseek(f, start + 4, SEEK_SET);
			length = read_word(f);
		}
		assert_int_equal(fseek(f, start + length - 4, SEEK_SET), 0);
		assert_int_equal(read_word(f), length);
		if (type == 6)
			return true;
	}
	return false;
}

static unsigned count(struct session *s, const char *comment)
{
	struct packet p;
	unsigned n = 0;

	rewind(s->file);
	while (next(s->file, &p))
		n += strcmp(p.comment, comment) == 0;
	return n;
}

static void a_wire_is_captured_at_both_ends_in_order(void **state)
{
	struct rig_pump pump = {.from = 0, .to = 1, .frames = 3000};
	struct rig *r = rig_start(wire, handler_table);
	struct session s = begin(r, (struct capture_request){.at = CAPTURE_RX | CAPTURE_TX});
	uint32_t rx = 0, tx = 0;
	uint64_t last = 0;
	struct packet p;

	rig_pump(r, &pump);
	assert_int_equal(pump.got, 3000);
	assert_int_equal(end(r, &s, 6000, "asked to end"), 0);
	rewind(s.file);
	while (next(s.file, &p)) {
		uint32_t number;

		memcpy(&number, p.octets + 24, sizeof(number));
		assert_int_equal(p.captured, RIG_FRAME);
		assert_int_equal(p.length, RIG_FRAME);
		assert_true(p.ns >= last);
		last = p.ns;
		if (strcmp(p.comment, "rx port=p0") == 0)
			assert_int_equal(number, ++rx);
		else if (strcmp(p.comment, "tx port=p1 from=p0") == 0)
			assert_int_equal(number, ++tx);
		else
			fail_msg("%s", p.comment);
		assert_true(tx <= rx);
	}
	assert_int_equal(rx, 3000);
	assert_int_equal(tx, 3000);
	fclose(s.file);
	rig_stop(r, &sum);
}

static void ports_filters_lengths_and_numbers_choose(void **state)
{
	struct rig_pump there = {.from = 0, .to = 1, .frames = 500, .flows = 5};
	struct rig_pump back = {.from = 1, .to = 0, .frames = 500};
	struct rig *r = rig_start(wire, handler_table);
	struct session s;
	struct packet p;

	s = begin(r, (struct capture_request){.at = CAPTURE_RX | CAPTURE_TX, .port = "p1"});
	rig_pump(r, &there);
	rig_pump(r, &back);
	assert_int_equal(end(r, &s, 1000, "asked"), 0);
	assert_int_equal(count(&s, "tx port=p1 from=p0"), 500);
	assert_int_equal(count(&s, "rx port=p1"), 500);
	fclose(s.file);

	s = begin(r, (struct capture_request){
			     .at = CAPTURE_RX, .filter = PROGRAM(from_3), .snaplen = 30});
	rig_pump(r, &there);
	assert_int_equal(end(r, &s, 100, "asked"), 0);
	rewind(s.file);
	while (next(s.file, &p)) {
		assert_int_equal(p.captured, 30);
		assert_int_equal(p.length, RIG_FRAME);
		assert_int_equal(p.octets[11], 3);
	}
	fclose(s.file);

	s = begin(r, (struct capture_request){.at = CAPTURE_TX, .count = 7});
	rig_pump(r, &there);
	end(r, &s, 7, "number of frames");
	assert_int_equal(count(&s, "tx port=p1 from=p0"), 7);
	fclose(s.file);
	rig_stop(r, &sum);
}

// A burst of n frames into p0, and the ledger when all of them have an end.
static void feed(struct rig *r, unsigned n, const uint8_t *dst, uint16_t type)
{
	struct ledger before;

	rig_ledger(r, &before);
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *m;

		while (m = rig_make(r, dst, 0, type, 1, i), rig_feed(r, 0, 0, &m, 1) == 0)
			rte_delay_us_sleep(1000);
	}
	do {
		rte_delay_us_sleep(1000);
		rig_ledger(r, &sum);
	} while (
		sum.port[0].rx - before.port[0].rx < n || ledger_port_in_flight(&sum.port[0]) != 0);
}

static void drops_have_their_reason_and_handler(void **state)
{
	static const uint8_t ours[6] = {2, 0, 0, 0, 0, 1}, other[6] = {2, 0, 0, 0, 0, 9};
	static const char *const places[] = {"inline", "control", "own"};

	for (unsigned i = 0; i < RTE_DIM(places); i++) {
		char yaml[1024], name[64];
		struct session s;
		struct rig *r;

		snprintf(yaml, sizeof(yaml), plain, places[i]);
		r = rig_start(yaml, handler_table);
		s = begin(r, (struct capture_request){.at = CAPTURE_DROP | CAPTURE_TX});
		feed(r, 40, ours, 0x88b5);
		feed(r, 50, other, 0x0806);
		feed(r, 60, ours, 0x0806); // ARP full of zeros
		feed(r, 20, ours, 0xcccc);
		feed(r, 10, ours, 0x05e0); // neither length nor type
		rig_ledger(r, &sum);
		snprintf(name, sizeof(name), "tx port=p0 from=p0 handler=echo");
		assert_int_equal(sum.port[0].drops[DROP_ARP_UNSUPPORTED], 60);
		assert_int_equal(end(r, &s, 160 + (unsigned)sum.port[0].sent, "asked"), 0);
		assert_int_equal(count(&s, "drop=unknown port=p0"), 40);
		assert_int_equal(count(&s, "drop=not_for_us port=p0"), 50);
		assert_int_equal(count(&s, "drop=arp_unsupported port=p0 handler=arp"), 60);
		assert_int_equal(count(&s, "drop=length_reserved port=p0"), 10);
		assert_int_equal(sum.port[0].sent, 20);
		assert_int_equal(count(&s, name), 20);
		fclose(s.file);

		s = begin(r, (struct capture_request){.at = CAPTURE_DROP, .reason = "not_for_us"});
		feed(r, 40, ours, 0x88b5);
		feed(r, 50, other, 0x0806);
		assert_int_equal(end(r, &s, 50, "asked"), 0);
		assert_int_equal(count(&s, "drop=not_for_us port=p0"), 50);
		fclose(s.file);
		rig_stop(r, &sum);
	}
}

static void what_finds_no_room_at_the_driver_is_told_with_its_port(void **state)
{
	struct rig *r = rig_start(wire, handler_table);
	struct session s = begin(r, (struct capture_request){.at = CAPTURE_DROP | CAPTURE_TX});
	static const uint8_t other[6] = {2, 0, 0, 0, 0, 9};
	unsigned sent;

	feed(r, RIG_RING + 100, other, 0x88b5);
	rig_ledger(r, &sum);
	sent = (unsigned)sum.port[0].sent;
	assert_int_equal(sum.port[0].drops[DROP_TX_FULL], RIG_RING + 100 - sent);
	assert_true(sent < RIG_RING);
	assert_int_equal(end(r, &s, RIG_RING + 100, "asked"), 0);
	assert_int_equal(count(&s, "tx port=p1 from=p0"), sent);
	assert_int_equal(count(&s, "drop=tx_full port=p0 to=p1"), RIG_RING + 100 - sent);
	fclose(s.file);
	rig_stop(r, &sum);
}

static void wrong_requests_are_refused_in_a_sentence(void **state)
{
	static const struct {
		struct capture_request request;
		const char *why;
	} rows[] = {
		{{.at = 0}, "say where"},
		{{.at = 8}, "say where"},
		{{.at = CAPTURE_RX, .port = "p7"}, "there is no port p7"},
		{{.at = CAPTURE_DROP, .reason = "bad luck"}, "there is no drop reason bad luck"},
		{{.at = CAPTURE_RX, .filter = PROGRAM(no_end)}, "look at instruction 1;"},
		{{.at = CAPTURE_RX, .snaplen = 70000}, "above 65536"},
	};
	struct rig_pump pump = {.from = 0, .to = 1, .frames = 100};
	struct rig *r = rig_start(wire, handler_table);
	struct capture_request second = {.at = CAPTURE_RX};
	struct session s;

	for (unsigned i = 0; i < RTE_DIM(rows); i++) {
		assert_int_equal(
			capture_start(&r->instance, &rows[i].request, error, sizeof(error)),
			rows[i].request.port == NULL ? -EINVAL : -ENOENT);
		if (strstr(error, rows[i].why) == NULL)
			fail_msg("%s", error);
	}
	s = begin(r, second);
	assert_int_equal(capture_start(&r->instance, &second, error, sizeof(error)), -EBUSY);
	rig_pump(r, &pump);
	end(r, &s, 100, "asked");
	fclose(s.file);
	rig_stop(r, &sum);
}

static void a_reader_that_does_not_read_costs_its_frames_only(void **state)
{
	struct rig_pump pump = {.from = 0, .to = 1, .frames = 60000};
	struct rig *r = rig_start(wire, handler_table);
	struct capture_request request = {.at = CAPTURE_RX | CAPTURE_TX, .session_fd = -1};
	unsigned recorded, missed;
	char text[256] = "";
	int fds[2], pair[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	request.fd = fds[1];
	request.session_fd = pair[1];
	assert_int_equal(capture_start(&r->instance, &request, error, sizeof(error)), 0);
	rig_pump(r, &pump);
	assert_int_equal(pump.got, 60000);
	assert_int_equal(pump.bad_order, 0);
	close(fds[0]);
	assert_true(recv(pair[0], text, sizeof(text) - 1, 0) > 0);
	assert_int_equal(sscanf(text, "{\"recorded\": %u, \"missed\": %u", &recorded, &missed), 2);
	assert_non_null(strstr(text, "its reader is gone"));
	assert_true(missed > 10000);
	print_message(
		"a pipe that nobody reads: %u written, %u missed of 120000\n", recorded, missed);
	close(pair[0]);
	rig_stop(r, &sum);
	assert_int_equal(sum.port[0].sent, 60000);
}

static void sessions_come_and_go_under_load(void **state)
{
	struct rig_pump pump = {.from = 0, .to = 1, .frames = 2000};
	struct rig *r = rig_start(wire, handler_table);

	for (unsigned i = 0; i < 30; i++) {
		struct capture_request request = {.at = 1u + i % 7,
			.fd = open("/dev/null", O_WRONLY),
			.session_fd = -1,
			.filter = {i % 2 == 0 ? RTE_DIM(from_3) : 0, from_3}};

		assert_int_equal(capture_start(&r->instance, &request, error, sizeof(error)), 0);
		rig_pump(r, &pump);
		assert_int_equal(pump.got, 2000);
		assert_int_equal(pump.bad_order, 0);
		capture_stop(&r->instance, true);
		assert_null(r->instance.capture);
	}
	rig_stop(r, &sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wire_is_captured_at_both_ends_in_order),
		cmocka_unit_test(ports_filters_lengths_and_numbers_choose),
		cmocka_unit_test(drops_have_their_reason_and_handler),
		cmocka_unit_test(what_finds_no_room_at_the_driver_is_told_with_its_port),
		cmocka_unit_test(wrong_requests_are_refused_in_a_sentence),
		cmocka_unit_test(a_reader_that_does_not_read_costs_its_frames_only),
		cmocka_unit_test(sessions_come_and_go_under_load),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
