/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv4 to our own addresses, on the control lcore (RFC 792, 1122 3.2.2, 1812 4.3): an echo request
 * is turned into its reply in its own mbuf, tags kept; other protocols are not served, which
 * icmp_error.c tells. The next hop comes from the neighbour table; an answer to an unresolved
 * neighbour waits there, and the arp handler asks and sends it. Runs beside that handler and never
 * sends ARP itself.
 *
 * Choices where the documents leave one:
 * - There are no routes: a request from outside our subnets is answered to the Ethernet source
 *   that brought it.
 * - Fragments are dropped and counted, not reassembled (RFC 1812 4.2.2.7 is for forwarding).
 * - Options are not echoed: the reply has a header of 20 octets. A packet with a source route is
 *   not answered (RFC 7126 4.3, 4.4): we may be a hop of it, and no way back is made.
 * - Echo to a broadcast or multicast address is not answered, nor is any frame to such a MAC.
 * - Timestamp and address mask requests are not answered; redirects change nothing.
 * - A packet that is held for a neighbour who never answers is dropped without an ICMP error: only
 *   our own answers wait there, there being no routes.
 */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ip.h>

#include "icmp_state.h"
#include "neigh/own.h"
#include "steer/answer.h"
#include "wire/icmp.h"

static const struct handler_counter counters[] = {
#define X(field, help) {#field, help, offsetof(struct icmp_state, field)},
	ICMP_COUNTERS(X)
#undef X
};

// Not rte_raw_cksum_mbuf: in DPDK 22.11 it loses carries behind a segment of odd length.
uint16_t icmp_sum(const struct rte_mbuf *m, uint32_t off, uint32_t len)
{
	uint32_t sum = 0, done = 0;

	for (; m != NULL && done < len; m = m->next) {
		uint32_t n = off < m->data_len ? m->data_len - off : 0;
		uint16_t part;

		if (n > len - done)
			n = len - done;
		part = n == 0 ? 0 : ipv4_sum(rte_pktmbuf_mtod_offset(m, uint8_t *, off), n);
		sum += done % 2 != 0 ? rte_bswap16(part) : part;
		done += n;
		off -= off < m->data_len ? off : m->data_len;
	}
	while (sum > UINT16_MAX)
		sum = (sum >> 16) + (sum & UINT16_MAX);
	return (uint16_t)sum;
}

/** Move the headers into the first segment, and no more of a frame than those: `n` octets, or all
 *  there are. @return false: it has no room for them. */
static bool gather_headers(struct rte_mbuf *m, uint32_t n)
{
	for (struct rte_mbuf *from = m->next; from != NULL && m->data_len < n; from = from->next) {
		uint16_t part = (uint16_t)RTE_MIN(n - m->data_len, from->data_len);

		if (part > rte_pktmbuf_tailroom(m))
			return false;
		memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, m->data_len),
			rte_pktmbuf_mtod(from, const uint8_t *), part);
		m->data_len = (uint16_t)(m->data_len + part);
		from->data_off = (uint16_t)(from->data_off + part);
		from->data_len = (uint16_t)(from->data_len - part);
	}
	return true;
}

/** Take what is behind the packet off the frame: it is padding. Segments stay, empty if need be:
 *  here is no place to free one. */
static void cut_padding(struct rte_mbuf *m, uint32_t len)
{
	uint32_t left = len;

	if (m->nb_segs == 1) {
		frame_cut(m, (uint16_t)len);
		return;
	}
	m->pkt_len = len;
	for (; m != NULL; m = m->next) {
		m->data_len = (uint16_t)RTE_MIN(left, m->data_len);
		left -= m->data_len;
	}
}

/** Write the reply over the request, all but its destination MAC address. */
static void write_reply(struct rte_mbuf *m, const struct iface *iface, const struct ipv4 *ip)
{
	uint16_t l2_len = frame_meta(m).l2_len;
	uint16_t options = (uint16_t)(ip->header_len - IPV4_HEADER_MIN);
	uint16_t message = (uint16_t)(ip->total_len - ip->header_len);
	struct rte_ipv4_hdr h;
	uint8_t *p, *icmp;

	if (options > 0) {
		p = rte_pktmbuf_mtod(m, uint8_t *);
		memmove(p + options, p, l2_len + IPV4_HEADER_MIN);
		rte_pktmbuf_adj(m, options);
	}
	p = rte_pktmbuf_mtod(m, uint8_t *) + l2_len;
	icmp = p + IPV4_HEADER_MIN;
	memcpy(&h, p, sizeof(h));
	h.version_ihl = RTE_IPV4_VHL_DEF;
	h.total_length = rte_cpu_to_be_16((uint16_t)(IPV4_HEADER_MIN + message));
	h.fragment_offset &= RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	h.time_to_live = IPV4_TTL;
	h.src_addr = ip->dst_be;
	h.dst_addr = ip->src_be;
	memcpy(p, &h, sizeof(h));
	ipv4_set_checksum(p, IPV4_HEADER_MIN);
	icmp_set_echo_reply(icmp);
	icmp_set_checksum(icmp, icmp_sum(m, l2_len + IPV4_HEADER_MIN, message));
	memcpy(rte_pktmbuf_mtod(m, uint8_t *) + 6, iface->mac, 6);
	cut_padding(m, (uint32_t)l2_len + IPV4_HEADER_MIN + message);
}

static void to_neighbour(struct icmp_state *s, struct out *out, struct rte_mbuf *m,
	const struct iface *iface, const struct icmp_asker *asker)
{
	uint8_t *dst = rte_pktmbuf_mtod(m, uint8_t *);
	void *displaced;
	uint8_t mac[6];

	switch (neigh_resolve(s->neigh, iface->id, asker->ip_be, m, mac, &displaced)) {
	case NEIGH_RESOLVED:
		memcpy(dst, mac, sizeof(mac));
		if (memcmp(mac, asker->mac, sizeof(mac)) == 0)
			answer_port(out, m, iface->id, frame_meta(m).l2_len, asker->port);
		else
			answer_station(out, m, iface);
		break;
	case NEIGH_WAITS:
		s->waiting++;
		out_keep(out, m);
		if (displaced != NULL) {
			out_release(out, displaced);
			out_drop(out, displaced, DROP_NEIGH_QUEUE);
		}
		break;
	case NEIGH_QUEUE_FULL:
		out_drop(out, m, DROP_NEIGH_QUEUE);
		break;
	case NEIGH_NO_ENTRY:
		out_drop(out, m, DROP_NEIGH_FULL);
		break;
	case NEIGH_UNREACHABLE:
		out_drop(out, m, DROP_NEIGH_UNRESOLVED);
		break;
	}
}

void icmp_answer(struct icmp_state *s, struct out *out, struct rte_mbuf *m,
	const struct iface *iface, const struct icmp_asker *asker)
{
	if (iface_relation(iface, asker->ip_be) == IFACE_ON_LINK) {
		to_neighbour(s, out, m, iface, asker);
		return;
	}
	s->off_link++;
	memcpy(rte_pktmbuf_mtod(m, uint8_t *), asker->mac, sizeof(asker->mac));
	answer_port(out, m, iface->id, frame_meta(m).l2_len, asker->port);
}

static void echo(struct icmp_state *s, struct out *out, struct rte_mbuf *m,
	const struct iface *iface, const struct ipv4 *ip)
{
	struct icmp_asker asker = {.ip_be = ip->src_be, .port = m->port};

	s->echo_requests++;
	memcpy(asker.mac, rte_pktmbuf_mtod(m, const uint8_t *) + 6, sizeof(asker.mac));
	write_reply(m, iface, ip);
	s->echo_replies++;
	icmp_answer(s, out, m, iface, &asker);
}

/** May this packet be answered at all (RFC 1812 4.3.2.7)? @return DROP_REASON_COUNT: yes. */
static enum drop_reason refuse_packet(const struct icmp_state *s, const struct rte_mbuf *m,
	const struct iface *iface, const struct ipv4 *ip)
{
	const uint8_t *eth = rte_pktmbuf_mtod(m, const uint8_t *);
	enum iface_relation source = iface_relation(iface, ip->src_be);

	if (!own_in_use(s->neigh, iface->id, ip->dst_be))
		return DROP_IP_NOT_OURS;
	if ((eth[0] & 1) != 0)
		return DROP_IP_LINK_GROUP;
	if (!ipv4_is_host(ip->src_be) || source == IFACE_OURS || source == IFACE_SUBNET_ADDRESS ||
		!frame_is_station(eth + 6))
		return DROP_IP_BAD_SOURCE;
	if (ip->source_route)
		return DROP_IP_SOURCE_ROUTE;
	if (ip->fragment)
		return DROP_IP_FRAGMENT;
	return DROP_REASON_COUNT;
}

/** Is the message an echo request? @return DROP_REASON_COUNT: yes. */
static enum drop_reason refuse_message(const struct rte_mbuf *m, const struct ipv4 *ip)
{
	uint32_t at = frame_meta(m).l2_len + (uint32_t)ip->header_len;
	uint16_t len = (uint16_t)(ip->total_len - ip->header_len);
	const uint8_t *p = rte_pktmbuf_mtod_offset(m, const uint8_t *, at);
	struct icmp icmp;

	if (icmp_parse(p, len, icmp_sum(m, at, len), &icmp) != ICMP_OK)
		return DROP_ICMP_MALFORMED;
	if (icmp.type != ICMP_ECHO_REQUEST || icmp.code != 0)
		return DROP_ICMP_TYPE;
	return DROP_REASON_COUNT;
}

static void icmp_one(struct icmp_state *s, struct rte_mbuf *m, struct out *out)
{
	struct frame_meta meta = frame_meta(m);
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct iface *iface;
	enum drop_reason reason;
	struct ipv4 ip;

	if (meta.iface >= s->ifaces->n) {
		out_drop(out, m, DROP_NO_INTERFACE);
		return;
	}
	iface = &s->ifaces->iface[meta.iface];
	if ((p[0] & 1) == 0 && memcmp(p, iface->mac, 6) != 0) {
		out_drop(out, m, DROP_NOT_FOR_US);
		return;
	}
	if (!gather_headers(m, meta.l2_len + IPV4_HEADER_MAX + ICMP_HEADER_LEN)) {
		out_drop(out, m, DROP_NO_BUFFER);
		return;
	}
	if (ipv4_parse(p + meta.l2_len, m->data_len - (size_t)meta.l2_len,
		    m->pkt_len - (size_t)meta.l2_len, &ip) != IPV4_OK) {
		out_drop(out, m, DROP_IP_MALFORMED);
		return;
	}
	reason = refuse_packet(s, m, iface, &ip);
	if (reason == DROP_REASON_COUNT && ip.protocol != IPV4_ICMP) {
		icmp_send_unreachable(s, out, m, iface, &ip);
		reason = DROP_IP_PROTOCOL;
	}
	if (reason == DROP_REASON_COUNT)
		reason = refuse_message(m, &ip);
	if (reason == DROP_REASON_COUNT)
		echo(s, out, m, iface, &ip);
	else
		out_drop(out, m, reason);
}

static void icmp_burst(void *state, struct rte_mbuf **pkts, uint16_t n, struct out *out)
{
	for (uint16_t i = 0; i < n; i++)
		icmp_one(state, pkts[i], out);
}

static void icmp_tick(void *state, uint64_t now_tsc, struct out *out)
{
	((struct icmp_state *)state)->now_tsc = now_tsc;
}

static __rte_cold void icmp_fini(void *state)
{
	struct icmp_state *s = state;

	free(s->errors);
	free(s->rates);
	free(s);
}

static __rte_cold int icmp_init(void **state, const struct handler_env *env)
{
	struct icmp_state *s;

	if (env->neigh == NULL)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	s->ifaces = env->ifaces;
	s->neigh = env->neigh;
	s->tsc_hz = env->tsc_hz;
	s->errors = calloc(IFACE_MAX, sizeof(*s->errors));
	s->rates = calloc(IFACE_MAX, sizeof(*s->rates));
	if (s->errors == NULL || s->rates == NULL) {
		icmp_fini(s);
		return -ENOMEM;
	}
	*state = s;
	return 0;
}

const struct handler handler_icmp = {
	.abi = HANDLER_ABI,
	.name = "icmp",
	.ethertypes = {IPV4_ETHERTYPE},
	.n_ethertypes = 1,
	.places = HANDLER_CONTROL,
	.place = HANDLER_CONTROL,
	.state_per_instance = true,
	.needs_address = true,
	.keep_max = HANDLER_KEEP_SHARED,
	.rate_pps = 10000,
	.rate_burst = 512,
	.counters = counters,
	.n_counters = sizeof(counters) / sizeof(counters[0]),
	.init = icmp_init,
	.burst = icmp_burst,
	.tick = icmp_tick,
	.fini = icmp_fini,
};
