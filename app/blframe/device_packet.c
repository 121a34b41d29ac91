/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An interface of the kernel through AF_PACKET. The kernel takes the outer tag off before a socket
 * sees the frame and tells it, with its TPID, in the auxiliary data: it is put back, so frames look
 * as they did on the wire. The interface is promiscuous while the socket lives.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"
#include "device.h"
#include "wire/ether.h"

/** Where the tag that the kernel took off is told; NULL when there was none. */
static const struct tpacket_auxdata *stripped(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
		const struct tpacket_auxdata *aux = (const void *)CMSG_DATA(c);

		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA &&
			(aux->tp_status & TP_STATUS_VLAN_VALID))
			return aux;
	}
	return NULL;
}

static void put_back(uint8_t *frame, size_t len, const struct tpacket_auxdata *aux)
{
	bool has_tpid = aux->tp_status & TP_STATUS_VLAN_TPID_VALID;
	uint16_t tag[2] = {
		htons(has_tpid ? aux->tp_vlan_tpid : TAG_TPID_C), htons(aux->tp_vlan_tci)};

	memmove(frame + ETHER_ADDRS_LEN + ETHER_TAG_LEN, frame + ETHER_ADDRS_LEN,
		len - ETHER_ADDRS_LEN);
	memcpy(frame + ETHER_ADDRS_LEN, tag, ETHER_TAG_LEN);
}

static int64_t packet_read(struct device *d, uint8_t *frame, uint32_t room)
{
	union {
		struct cmsghdr align;
		uint8_t octets[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct sockaddr_ll from;
	struct iovec octets = {.iov_base = frame, .iov_len = room - ETHER_TAG_LEN};
	struct msghdr message = {.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &octets,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	ssize_t len = recvmsg(d->fd, &message, MSG_DONTWAIT | MSG_TRUNC);
	const struct tpacket_auxdata *aux;

	if (len < 0)
		return -1;
	if (from.sll_pkttype == PACKET_OUTGOING) {
		errno = EAGAIN;
		return -1;
	}
	if ((size_t)len > octets.iov_len) {
		errno = EMSGSIZE;
		return -1;
	}
	aux = stripped(&message);
	if (aux == NULL || len < ETHER_ADDRS_LEN)
		return len;
	put_back(frame, (size_t)len, aux);
	return len + ETHER_TAG_LEN;
}

static int packet_write(struct device *d, const uint8_t *frame, uint32_t len)
{
	return send(d->fd, frame, len, 0) == (ssize_t)len ? 0 : -1;
}

static int set_up(struct device *d)
{
	static const struct device_ops ops = {packet_read, packet_write};
	struct sockaddr_ll where = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct packet_mreq promiscuous = {.mr_type = PACKET_MR_PROMISC};
	unsigned flags;
	int on = 1;

	if (device_describe(d, d->fd, &flags) != EXIT_OK)
		return EXIT_BAD;
	if (!(flags & IFF_UP))
		return complain("%s is down (ip link set %s up)", d->name, d->name);
	where.sll_ifindex = (int)if_nametoindex(d->name);
	promiscuous.mr_ifindex = where.sll_ifindex;
	// Only now does the socket receive anything: before, it would have from all interfaces.
	if (setsockopt(d->fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) != 0 ||
		setsockopt(d->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous,
			sizeof(promiscuous)) != 0 ||
		bind(d->fd, (struct sockaddr *)&where, sizeof(where)) != 0)
		return complain("%s: cannot listen: %s", d->name, strerror(errno));
	d->ops = &ops;
	return EXIT_OK;
}

int device_packet_open(struct device *d)
{
	int code;

	d->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (d->fd < 0 && (errno == EPERM || errno == EACCES))
		return complain("opening %s needs the capability CAP_NET_RAW", d->name);
	if (d->fd < 0)
		return complain("cannot open a packet socket: %s", strerror(errno));
	code = set_up(d);
	if (code != EXIT_OK)
		device_close(d);
	return code;
}
