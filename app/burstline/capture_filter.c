/* SPDX-License-Identifier: BSD-3-Clause */
/* See capture_filter.h. Called by capture.c before lanes see a program. Pure. */

#include "capture_filter.h"

#include <stdbool.h>
#include <stddef.h>

// All that libpcap's compiler makes and its interpreter knows.
static const u_short codes[] = {BPF_RET | BPF_K, BPF_RET | BPF_A, BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_B | BPF_ABS, BPF_LD | BPF_W | BPF_IND,
	BPF_LD | BPF_H | BPF_IND, BPF_LD | BPF_B | BPF_IND, BPF_LD | BPF_W | BPF_LEN,
	BPF_LD | BPF_IMM, BPF_LD | BPF_MEM, BPF_LDX | BPF_W | BPF_LEN, BPF_LDX | BPF_IMM,
	BPF_LDX | BPF_MEM, BPF_LDX | BPF_MSH | BPF_B, BPF_ST, BPF_STX, BPF_JMP | BPF_JA,
	BPF_MISC | BPF_TAX, BPF_MISC | BPF_TXA, BPF_ALU | BPF_NEG};

// These come with a constant or the index register.
static const u_short with_operand[] = {BPF_JMP | BPF_JEQ, BPF_JMP | BPF_JGT, BPF_JMP | BPF_JGE,
	BPF_JMP | BPF_JSET, BPF_ALU | BPF_ADD, BPF_ALU | BPF_SUB, BPF_ALU | BPF_MUL,
	BPF_ALU | BPF_DIV, BPF_ALU | BPF_MOD, BPF_ALU | BPF_AND, BPF_ALU | BPF_OR,
	BPF_ALU | BPF_XOR, BPF_ALU | BPF_LSH, BPF_ALU | BPF_RSH};

static bool is_known(u_short code)
{
	bool known = false;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		known |= codes[i] == code;
	for (size_t i = 0; i < sizeof(with_operand) / sizeof(with_operand[0]); i++)
		known |= with_operand[i] == (code & ~BPF_X);
	return known;
}

// `behind`: instructions that follow. Jumps go forward only, so every program ends.
static bool jumps_well(const struct bpf_insn *insn, unsigned behind)
{
	if (insn->code == (BPF_JMP | BPF_JA))
		return insn->k < behind;
	return BPF_CLASS(insn->code) != BPF_JMP || (insn->jt < behind && insn->jf < behind);
}

static bool reckons_well(const struct bpf_insn *insn)
{
	bool memory = BPF_CLASS(insn->code) == BPF_ST || BPF_CLASS(insn->code) == BPF_STX ||
	              insn->code == (BPF_LD | BPF_MEM) || insn->code == (BPF_LDX | BPF_MEM);

	if (memory)
		return insn->k < BPF_MEMWORDS;
	if (insn->code == (BPF_ALU | BPF_DIV) || insn->code == (BPF_ALU | BPF_MOD))
		return insn->k != 0;
	if (insn->code == (BPF_ALU | BPF_LSH) || insn->code == (BPF_ALU | BPF_RSH))
		return insn->k < 32;
	return true;
}

int capture_filter_check(const struct bpf_insn *insns, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!is_known(insns[i].code) || !jumps_well(&insns[i], n - i - 1) ||
			!reckons_well(&insns[i]))
			return (int)i;
	}
	return n != 0 && BPF_CLASS(insns[n - 1].code) == BPF_RET ? -1 : (int)n;
}
