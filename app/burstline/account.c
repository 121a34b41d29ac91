/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames by owner (account.h). The marks lie in a field of the mbuf that DPDK lends; the verdicts
 * that a plug-in has compiled in know nothing of them, so frames are looked at where they come out
 * of its hands: in the vectors of `struct out`, which are emptied before and after each call.
 */

#include <inttypes.h>

#include <rte_mbuf_dyn.h>

#include "account.h"
#define LOG_MODULE "handler"
#include "base/log.h"

void account_close(const struct lane_handler *h)
{
	int64_t open = handler_open(&h->counts);
	int64_t kept = (int64_t)(h->counts.keep - h->counts.release);
	const char *name = h->handler->name;

	if (open > 0)
		log_error(
			"handler %s lost %" PRId64 " frames: it gave them no verdict", name, open);
	if (open < 0)
		log_error("handler %s gave %" PRId64 " verdicts too many: some frames got two",
			name, -open);
	if (kept > 0 && h->handler->keep_max != HANDLER_KEEP_SHARED)
		log_error("handler %s still keeps %" PRId64 " frames: drain() must release them",
			name, kept);
}

#ifdef BURSTLINE_ACCOUNT

static int offset = -1;
static const struct out_ops *inner[2]; // of workers, and of the others
static struct out_ops outer[2];

static uint8_t *mark(struct rte_mbuf *m)
{
	return RTE_MBUF_DYNFIELD(m, offset, uint8_t *);
}

int account_open(void)
{
	static const struct rte_mbuf_dynfield field = {
		.name = "burstline_held", .size = 1, .align = 1};

	offset = rte_mbuf_dynfield_register(&field);
	return offset < 0 ? -1 : 0;
}

static const struct out_ops *inner_ops(const struct out *out)
{
	return inner[out->ops == &outer[1]];
}

// Frames that come out of a handler's hands must have been in them.
static uint16_t check(struct lane *lane, struct rte_mbuf **pkts, uint16_t n)
{
	struct lane_handler *h = lane->accounted;
	uint16_t left = 0;

	if (h == NULL)
		return n;
	for (uint16_t i = 0; i < n; i++) {
		if (*mark(pkts[i]) != 0) {
			*mark(pkts[i]) = 0;
			pkts[left++] = pkts[i];
			continue;
		}
		if (h->faults++ == 0)
			log_error(
				"handler %s gave a second verdict for a frame, or one for a frame "
				"that it never had: the verdict was ignored",
				h->handler->name);
	}
	return left;
}

static void give_back(struct out *out, struct rte_mbuf **pkts, uint16_t n)
{
	n = check(out->owner, pkts, n);
	if (n != 0)
		inner_ops(out)->give_back(out, pkts, n);
}

static void flush_done(struct out *out)
{
	uint16_t n = out->n_done;

	out->n_done = 0;
	if (n != 0)
		give_back(out, out->done, n);
}

static void flush_port(struct out *out, uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	struct lane *lane = out->owner;
	struct lane_handler *h = lane->accounted;

	n = check(lane, pkts, n);
	flush_done(out);
	// What cannot be sent is dropped, and not by the handler.
	lane->accounted = NULL;
	if (n != 0)
		inner_ops(out)->flush_port(out, port, pkts, n);
	flush_done(out);
	lane->accounted = h;
}

// What these make of the frame is not the handler's.
static void pass_on(struct out *out, struct rte_mbuf *m, uint16_t iface,
	void (*verdict)(struct out *out, struct rte_mbuf *m, uint16_t iface))
{
	struct lane *lane = out->owner;
	struct lane_handler *h = lane->accounted;

	if (check(lane, &m, 1) == 0)
		return;
	out_flush(out);
	lane->accounted = NULL;
	verdict(out, m, iface);
	out_flush(out);
	lane->accounted = h;
}

static void send_iface(struct out *out, struct rte_mbuf *m, uint16_t iface)
{
	pass_on(out, m, iface, inner_ops(out)->send);
}

static void local(struct out *out, struct rte_mbuf *m, uint16_t iface)
{
	pass_on(out, m, iface, inner_ops(out)->local);
}

static struct rte_mbuf *alloc(struct out *out)
{
	struct rte_mbuf *m = inner_ops(out)->alloc(out);

	if (m != NULL)
		*mark(m) = 1;
	return m;
}

const struct out_ops *account_ops(const struct out_ops *ops)
{
	unsigned i = inner[0] != NULL && inner[0] != ops ? 1 : 0;

	inner[i] = ops;
	outer[i] = (struct out_ops){.flush_port = flush_port,
		.give_back = give_back,
		.send = send_iface,
		.local = local,
		.alloc = alloc,
		.discarded = ops->discarded};
	return &outer[i];
}

struct lane_handler *account_begin(
	struct lane *lane, struct lane_handler *h, struct rte_mbuf **pkts, uint16_t n)
{
	struct lane_handler *before = lane->accounted;

	out_flush(&lane->out);
	for (uint16_t i = 0; i < n; i++)
		*mark(pkts[i]) = 1;
	lane->accounted = h;
	return before;
}

void account_end(struct lane *lane, struct lane_handler *before)
{
	struct lane_handler *h = lane->accounted;
	int64_t open = handler_open(&h->counts);

	out_flush(&lane->out);
	lane->accounted = before;
	if (open == h->open)
		return;
	if (open > h->open && h->faults++ == 0)
		log_error("handler %s returned and gave %" PRId64 " frames no verdict",
			h->handler->name, open - h->open);
	h->open = open;
}

void account_inline(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	struct lane_handler *h = state;
	struct lane_handler *before = account_begin(out->owner, h, pkts, n);

	h->handler->burst(h->state, pkts, n, out);
	account_end(out->owner, before);
}

#endif
