/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtnetlink through libmnl. Called by the management thread; knows interfaces by index, not
 * ports. When the socket overflows, or interfaces come and go while the state of all links is told,
 * it is asked for again.
 */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "link.h"

#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP (1 << 16) // of <linux/if.h>, which excludes <net/if.h>
#endif

enum { READ_MAX = 64 }; // messages at a time

struct link_watch {
	struct mnl_socket *socket;
	link_change_fn changed;
	void *arg;
	bool gaps; // in the state of all links that is being told
};

static int on_attribute(const struct nlattr *attr, void *mtu)
{
	if (mnl_attr_get_type(attr) == IFLA_MTU && mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
		*(unsigned *)mtu = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *header, void *arg)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
	const unsigned up = IFF_UP | IFF_LOWER_UP;
	struct link_watch *w = arg;
	unsigned mtu = 0;

	// Of family AF_BRIDGE: of the port's place in a bridge of the kernel, not of the link.
	if (header->nlmsg_type != RTM_NEWLINK || info->ifi_family != AF_UNSPEC)
		return MNL_CB_OK;
	mnl_attr_parse(header, sizeof(*info), on_attribute, &mtu);
	w->changed(w->arg, (unsigned)info->ifi_index, (info->ifi_flags & up) == up, mtu);
	return MNL_CB_OK;
}

static int ask_for_all(struct link_watch *w)
{
	char buffer[256];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	header->nlmsg_type = RTM_GETLINK;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = (uint32_t)time(NULL);
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	return mnl_socket_sendto(w->socket, header, header->nlmsg_len) < 0 ? -errno : 0;
}

struct link_watch *link_watch_open(
	link_change_fn changed, void *arg, char *error, size_t error_size)
{
	struct link_watch *w = calloc(1, sizeof(*w));

	if (w != NULL) {
		w->changed = changed;
		w->arg = arg;
		w->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (w->socket != NULL &&
			mnl_socket_bind(w->socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID) == 0 &&
			ask_for_all(w) == 0)
			return w;
	}
	snprintf(error, error_size, "cannot watch links (rtnetlink): %s", strerror(errno));
	link_watch_close(w);
	return NULL;
}

void link_watch_ask(struct link_watch *w)
{
	ask_for_all(w);
}

int link_watch_fd(const struct link_watch *w)
{
	return mnl_socket_get_fd(w->socket);
}

// libmnl passes over all of a part before which interfaces came or went: it is looked at, too.
static void note_gaps(struct link_watch *w, char *buffer, int n)
{
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)buffer;

	for (; mnl_nlmsg_ok(header, n); header = mnl_nlmsg_next(header, &n)) {
		w->gaps |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		header->nlmsg_flags &= (uint16_t)~NLM_F_DUMP_INTR;
	}
}

static void take(struct link_watch *w, char *buffer, size_t n)
{
	int rc;

	note_gaps(w, buffer, (int)n);
	rc = mnl_cb_run(buffer, n, 0, 0, on_message, w);
	// Asked for while it is told, which is no question to the kernel.
	if (rc == MNL_CB_ERROR && errno == EBUSY)
		w->gaps = true;
	if (rc != MNL_CB_STOP || !w->gaps)
		return;
	w->gaps = false;
	ask_for_all(w);
}

void link_watch_read(struct link_watch *w)
{
	// MNL_SOCKET_DUMP_SIZE; one watch, one thread
	static _Alignas(struct nlmsghdr) char buffer[32768];
	ssize_t n;

	// An interface that flaps all the time must not keep the thread here.
	for (unsigned i = 0; i < READ_MAX; i++) {
		n = mnl_socket_recvfrom(w->socket, buffer, sizeof(buffer));
		if (n > 0)
			take(w, buffer, (size_t)n);
		else if (n < 0 && errno == ENOBUFS)
			ask_for_all(w);
		else if (n >= 0 || errno != EINTR)
			return;
	}
}

void link_watch_close(struct link_watch *w)
{
	if (w == NULL)
		return;
	if (w->socket != NULL)
		mnl_socket_close(w->socket);
	free(w);
}
