/* SPDX-License-Identifier: BSD-3-Clause */
/* Filter programs that come from outside: what libpcap compiles is taken, what could abort, read
 * elsewhere or not end is not; and what is taken runs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pcap/pcap.h>

#include "capture_filter.h"

enum { RANDOM = 100000, INSNS = 12, FRAME = 60 };

#define N(a) (sizeof(a) / sizeof((a)[0]))

static void what_is_compiled_will_do(void **state)
{
	static const char *const texts[] = {"", "arp", "vlan 10 and icmp", "ether[0] & 1 != 0",
		"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not net 10.0.0.0/8",
		"ip6 host fe80::1 or (udp portrange 1000-2000 and less 200)",
		"ip[2:2] - ((ip[0] & 0xf) << 2) > len % 7 * 3 / 2", "ether host 02:00:00:00:00:01",
		"(ip[8] ^ ip[9]) >> 1 = 1 or icmp6 or mpls 5"};
	pcap_t *none = pcap_open_dead(DLT_EN10MB, 65536);

	for (size_t i = 0; i < N(texts); i++) {
		for (int optimize = 0; optimize < 2; optimize++) {
			struct bpf_program p;

			if (pcap_compile(none, &p, texts[i], optimize, PCAP_NETMASK_UNKNOWN) != 0)
				fail_msg("%s: %s", texts[i], pcap_geterr(none));
			if (capture_filter_check(p.bf_insns, p.bf_len) != -1)
				fail_msg("%s: instruction %d", texts[i],
					capture_filter_check(p.bf_insns, p.bf_len));
			pcap_freecode(&p);
		}
	}
	pcap_close(none);
}

static void what_could_do_harm_is_named(void **state)
{
	static const struct {
		const char *what;
		int bad;
		unsigned n;
		struct bpf_insn insns[3];
	} rows[] = {
		{"nothing", 0, 0, {{0, 0, 0, 0}}},
		{"no end", 1, 1, {{BPF_LD | BPF_IMM, 0, 0, 1}}},
		{"a loop", 1, 3,
			{{6, 0, 0, 0}, {BPF_JMP | BPF_JA, 0, 0, UINT32_MAX}, {6, 0, 0, 0}}},
		{"a jump behind the end", 0, 2, {{BPF_JMP | BPF_JA, 0, 0, 1}, {6, 0, 0, 0}}},
		{"a branch behind the end", 0, 2, {{BPF_JMP | BPF_JEQ, 1, 0, 1}, {6, 0, 0, 0}}},
		{"the other branch", 0, 2, {{BPF_JMP | BPF_JEQ | BPF_X, 0, 7, 1}, {6, 0, 0, 0}}},
		{"a word too far", 0, 2, {{BPF_ST, 0, 0, BPF_MEMWORDS}, {6, 0, 0, 0}}},
		{"read too far", 1, 3,
			{{BPF_LD, 0, 0, 1}, {BPF_LDX | BPF_MEM, 0, 0, 99}, {6, 0, 0, 0}}},
		{"by zero", 0, 2, {{BPF_ALU | BPF_DIV, 0, 0, 0}, {6, 0, 0, 0}}},
		{"shifted away", 0, 2, {{BPF_ALU | BPF_LSH, 0, 0, 32}, {6, 0, 0, 0}}},
		{"bpf_filter() would abort", 0, 2,
			{{BPF_LD | 0x18 | BPF_ABS, 0, 0, 0}, {6, 0, 0, 0}}},
		{"the same", 0, 2, {{BPF_LDX | BPF_IND, 0, 0, 0}, {6, 0, 0, 0}}},
		{"a code of 16 bits", 0, 2, {{0x100 | BPF_RET, 0, 0, 0}, {6, 0, 0, 0}}},
	};

	for (size_t i = 0; i < N(rows); i++) {
		int bad = capture_filter_check(rows[i].insns, rows[i].n);

		if (bad != rows[i].bad)
			fail_msg("%s: %d, not %d", rows[i].what, bad, rows[i].bad);
	}
}

// Mostly well made, or few would be taken: the checks are what decides.
static struct bpf_insn any_insn(void)
{
	return (struct bpf_insn){(u_short)(random() % 4 == 0 ? random() : random() % 0x100),
		(u_char)(random() % 6), (u_char)(random() % 6),
		(bpf_u_int32)(random() % 2 == 0 ? random() % 64 : random() * 3)};
}

static void what_is_taken_runs_on_any_frame(void **state)
{
	unsigned taken = 0;

	srandom(1);
	for (unsigned i = 0; i < RANDOM; i++) {
		struct bpf_insn insns[INSNS];
		unsigned n = 1 + (unsigned)random() % INSNS,
			 length = (unsigned)random() % (FRAME + 1);
		u_char *frame = malloc(length + 1);

		for (unsigned k = 0; k < n; k++)
			insns[k] = any_insn();
		insns[n - 1].code = BPF_RET | (random() % 2 == 0 ? BPF_K : BPF_A);
		for (unsigned k = 0; k < length; k++)
			frame[k] = (u_char)random();
		if (capture_filter_check(insns, n) == -1) {
			taken++;
			bpf_filter(insns, frame, length, length);
		}
		free(frame);
	}
	print_message("%u of %u random programs were taken and ran\n", taken, RANDOM);
	assert_true(taken > RANDOM / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_compiled_will_do),
		cmocka_unit_test(what_could_do_harm_is_named),
		cmocka_unit_test(what_is_taken_runs_on_any_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
