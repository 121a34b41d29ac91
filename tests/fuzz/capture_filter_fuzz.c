/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any program as a capture's filter: what is let in libpcap would let in too, and it ends on any
 * frame, of which no more is there than it is told (fence.h). First octet: how many instructions;
 * then these, INSN octets each; the rest is the frame.
 */

#include <stdlib.h>

#include <pcap/pcap.h>

#include "capture_filter.h"
#include "fence.h"

enum { INSN = 7, INSNS_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bpf_insn program[INSNS_MAX];
	unsigned n = size > 0 ? data[0] % (INSNS_MAX + 1) : 0, len;

	if (size < 1 + n * INSN)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *p = data + 1 + i * INSN;

		program[i] = (struct bpf_insn){.code = p[0], .jt = p[1], .jf = p[2]};
		memcpy(&program[i].k, p + 3, 4);
	}
	if (capture_filter_check(program, n) >= 0)
		return 0;
	if (!bpf_validate(program, (int)n))
		abort();
	data += 1 + n * INSN;
	len = (unsigned)(size - 1 - n * INSN);
	// All of it, all but its end, and nothing.
	bpf_filter(program, fence_put(data, len), len, len);
	bpf_filter(program, fence_put(data, len / 2), len, len / 2);
	bpf_filter(program, fence_put(data, 0), len, 0);
	return 0;
}
