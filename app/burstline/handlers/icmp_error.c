/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ICMP errors of a host: protocol unreachable, and port unreachable for UDP (RFC 1122 3.2.2.1).
 * Called by icmp.c once everything that must not be answered was sorted out (RFC 1812 4.3.2.7).
 * Decides nothing about the packet itself, which icmp.c drops.
 */

#include <string.h>

#include <rte_udp.h>

#include "icmp_state.h"
#include "steer/frame.h"
#include "wire/icmp.h"

enum {
	ERROR_MAX = 576,      // octets of the whole packet (RFC 1812 4.3.2.3)
	TOS_BITS = 0x1c,      // those that the error takes from the packet (4.3.2.5)
	TOS_PRECEDENCE = 0xc0 // INTERNETWORK CONTROL
};

/** Write the error behind the L2 header of `to`, which has room. */
static void write_error(
	uint8_t *to, const struct ipv4 *ip, uint8_t code, const uint8_t *quoted, uint16_t n_quoted)
{
	struct ipv4 header = {
		.src_be = ip->dst_be,
		.dst_be = ip->src_be,
		.total_len = (uint16_t)(IPV4_HEADER_MIN + ICMP_HEADER_LEN + n_quoted),
		.protocol = IPV4_ICMP,
		.ttl = IPV4_TTL,
		.tos = (uint8_t)(TOS_PRECEDENCE | (ip->tos & TOS_BITS)),
	};
	uint8_t *icmp = to + IPV4_HEADER_MIN;

	ipv4_build(&header, to);
	icmp_build_error(icmp, ICMP_UNREACHABLE, code);
	memcpy(icmp + ICMP_HEADER_LEN, quoted, n_quoted);
	icmp_set_checksum(icmp, ipv4_sum(icmp, ICMP_HEADER_LEN + n_quoted));
}

static struct rte_mbuf *make_error(struct out *out, const struct rte_mbuf *m,
	const struct iface *iface, const struct ipv4 *ip, uint8_t code)
{
	const uint16_t most = ERROR_MAX - IPV4_HEADER_MIN - ICMP_HEADER_LEN;
	uint16_t l2_len = frame_meta(m).l2_len;
	uint16_t n_quoted = ip->total_len < most ? ip->total_len : most;
	uint16_t len = (uint16_t)(l2_len + IPV4_HEADER_MIN + ICMP_HEADER_LEN + n_quoted);
	uint8_t room[ERROR_MAX];
	struct rte_mbuf *error = out_new(out);
	uint8_t *p;

	if (error == NULL)
		return NULL;
	p = (uint8_t *)rte_pktmbuf_append(error, len);
	if (p == NULL) {
		out_drop(out, error, DROP_NO_BUFFER);
		return NULL;
	}
	memcpy(p, rte_pktmbuf_mtod(m, const uint8_t *), l2_len);
	memcpy(p + RTE_ETHER_ADDR_LEN, iface->mac, RTE_ETHER_ADDR_LEN);
	write_error(p + l2_len, ip, code, rte_pktmbuf_read(m, l2_len, n_quoted, room), n_quoted);
	frame_cut(error, len);
	frame_meta_set(error, iface->id, l2_len);
	return error;
}

/** Is it a datagram that UDP would not silently discard (RFC 768, 1122 4.1.3.4)? */
static bool is_datagram(const struct rte_mbuf *m, const struct ipv4 *ip)
{
	struct {
		uint32_t src_be, dst_be;
		uint8_t zero, protocol;
		rte_be16_t len_be;
	} pseudo = {ip->src_be, ip->dst_be, 0, IPV4_UDP, 0};
	uint32_t at = frame_meta(m).l2_len + (uint32_t)ip->header_len, sum;
	uint16_t present = (uint16_t)(ip->total_len - ip->header_len), len;
	const struct rte_udp_hdr *udp;
	struct rte_udp_hdr room;

	if (present < sizeof(room))
		return false; // no port to speak of
	udp = rte_pktmbuf_read(m, at, sizeof(room), &room);
	len = rte_be_to_cpu_16(udp->dgram_len);
	if (len < sizeof(room) || len > present)
		return false;
	if (udp->dgram_cksum == 0)
		return true; // the sender made none
	pseudo.len_be = udp->dgram_len;
	sum = icmp_sum(m, at, len) + (uint32_t)ipv4_sum((const uint8_t *)&pseudo, sizeof(pseudo));
	return (sum >> 16) + (sum & UINT16_MAX) == UINT16_MAX;
}

void icmp_send_unreachable(struct icmp_state *s, struct out *out, const struct rte_mbuf *m,
	const struct iface *iface, const struct ipv4 *ip)
{
	bool udp = ip->protocol == IPV4_UDP;
	struct icmp_asker asker = {.ip_be = ip->src_be, .port = m->port};
	struct rte_mbuf *error;

	if (udp && !is_datagram(m, ip))
		return;
	// The rate of an interface may be another than it was.
	if (s->rates[iface->id] != iface->icmp_errors) {
		s->rates[iface->id] = iface->icmp_errors;
		bucket_init(&s->errors[iface->id], iface->icmp_errors, iface->icmp_errors,
			s->tsc_hz, 0);
	}
	if (iface->icmp_errors == 0 || bucket_take(&s->errors[iface->id], 1, s->now_tsc) == 0) {
		s->errors_limited++;
		return;
	}
	error = make_error(
		out, m, iface, ip, udp ? ICMP_UNREACHABLE_PORT : ICMP_UNREACHABLE_PROTOCOL);
	if (error == NULL)
		return;
	s->errors_sent++;
	memcpy(asker.mac, rte_pktmbuf_mtod(m, const uint8_t *) + 6, sizeof(asker.mac));
	icmp_answer(s, out, error, iface, &asker);
}
