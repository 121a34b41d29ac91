/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control socket: see server.h for its bounds. Called by the management thread's loop; what the
 * lines mean is rpc.c's.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server.h"
#include "server_socket.h"

enum { ROOM_FIRST = 1024, ACCEPTS = 16 };

struct client {
	int fd; // -1: free
	struct server_peer peer;
	bool ends; // nothing more is read; closed when the answer is out
	char *in;  // what came and was not answered
	size_t n_in, room;
	size_t looked; // there is no line feed before
	char *out;     // the answer under way, or NULL
	size_t n_out, sent;
	uint64_t active_ms;  // last request
	uint64_t partial_ms; // since when a line is not complete
	uint64_t sent_ms;    // last progress of the answer
};

struct server {
	struct server_config config;
	struct server_socket socket;
	int epoll;
	int spare;     // for a client who comes when no file may be opened
	unsigned next; // whose turn it is first
	struct client client[SERVER_CLIENTS];
};

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

// What epoll is asked for: to read from a client that has no answer under way.
static void watch(struct server *s, struct client *c, int op)
{
	struct epoll_event event = {.data.u32 = (uint32_t)(c - s->client)};

	if (c->out != NULL)
		event.events = EPOLLOUT;
	else if (!c->ends && c->n_in <= SERVER_LINE)
		event.events = EPOLLIN;
	epoll_ctl(s->epoll, op, c->fd, &event);
}

static void drop_fds(struct server_peer *peer)
{
	for (unsigned i = 0; i < SERVER_FDS; i++) {
		if (peer->fds[i] >= 0)
			close(peer->fds[i]);
		peer->fds[i] = -1;
	}
}

static void drop(struct client *c)
{
	drop_fds(&c->peer);
	close(c->fd);
	free(c->in);
	free(c->out);
	*c = (struct client){.fd = -1};
}

// Somebody who was silent gives way. NULL: all are busy.
static struct client *room(struct server *s, uint64_t now)
{
	struct client *oldest = NULL;

	for (unsigned i = 0; i < SERVER_CLIENTS; i++) {
		struct client *c = &s->client[i];

		if (c->fd < 0)
			return c;
		if (oldest == NULL || c->active_ms < oldest->active_ms)
			oldest = c;
	}
	if (now - oldest->active_ms < SERVER_IDLE_MS)
		return NULL;
	drop(oldest);
	return oldest;
}

static void refuse(int fd, const char *why)
{
	send(fd, why, strlen(why), MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

// Who was left waiting would have every poll return at once.
static void turn_away(struct server *s)
{
	int fd;

	if (s->spare >= 0)
		close(s->spare);
	fd = accept4(s->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		refuse(fd, s->config.no_files);
	s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void take_in(struct server *s, uint64_t now)
{
	for (unsigned i = 0; i < ACCEPTS; i++) {
		int fd = accept4(s->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct ucred peer;
		socklen_t size = sizeof(peer);
		struct client *c;

		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			turn_away(s);
		if (fd < 0)
			return;
		c = room(s, now);
		if (c == NULL || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
			refuse(fd, s->config.too_many);
			continue;
		}
		*c = (struct client){.fd = fd, .active_ms = now};
		c->peer = (struct server_peer){peer.pid, peer.uid,
			server_socket_may_change(&s->socket, fd, &peer), {-1, -1}};
		watch(s, c, EPOLL_CTL_ADD);
	}
}

static bool make_room(struct client *c)
{
	size_t size = c->room == 0 ? ROOM_FIRST : c->room * 2;
	char *more;

	if (c->n_in < c->room)
		return true;
	if (size > SERVER_LINE + 1)
		size = SERVER_LINE + 1;
	more = size > c->room ? realloc(c->in, size) : NULL;
	if (more == NULL)
		return false;
	c->in = more;
	c->room = size;
	return true;
}

// Descriptors that came with a line take the place of those that nobody took. More than that the
// kernel closes.
static void take_fds(struct client *c, struct msghdr *message)
{
	struct cmsghdr *m = CMSG_FIRSTHDR(message);

	if (m == NULL || m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS)
		return;
	drop_fds(&c->peer);
	memcpy(c->peer.fds, CMSG_DATA(m), m->cmsg_len - CMSG_LEN(0));
}

static ssize_t receive(struct client *c, void *to, size_t room)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * SERVER_FDS)];
	} control;
	struct iovec piece = {.iov_base = to, .iov_len = room};
	struct msghdr message = {.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(sizeof(int) * SERVER_FDS)};
	ssize_t n = recvmsg(c->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n >= 0)
		take_fds(c, &message);
	return n;
}

static void take(struct server *s, struct client *c, uint64_t now)
{
	while (make_room(c)) {
		ssize_t n = receive(c, c->in + c->n_in, c->room - c->n_in);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			c->ends = true; // it may still read what it asked for
		if (n < 0 && errno != EAGAIN)
			drop(c);
		if (n <= 0)
			break;
		if (c->n_in == 0)
			c->partial_ms = now;
		c->n_in += (size_t)n;
	}
	if (c->fd >= 0)
		watch(s, c, EPOLL_CTL_MOD);
}

static void give(struct server *s, struct client *c, uint64_t now)
{
	while (c->sent < c->n_out) {
		ssize_t n = send(c->fd, c->out + c->sent, c->n_out - c->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			watch(s, c, EPOLL_CTL_MOD);
			return;
		}
		if (n < 0) {
			drop(c);
			return;
		}
		c->sent += (size_t)n;
		c->sent_ms = now;
	}
	free(c->out);
	c->out = NULL;
	c->partial_ms = now;
	watch(s, c, EPOLL_CTL_MOD);
}

static void say(struct server *s, struct client *c, char *text, uint64_t now)
{
	if (text == NULL)
		return;
	c->out = text;
	c->n_out = strlen(text);
	c->sent = 0;
	c->sent_ms = now;
	give(s, c, now);
}

/** The length of the first line, or -1: it is not complete. */
static ssize_t line_of(struct client *c)
{
	const char *end =
		c->n_in == 0 ? NULL : memchr(c->in + c->looked, '\n', c->n_in - c->looked);

	if (end == NULL)
		c->looked = c->n_in;
	return end == NULL ? -1 : end - c->in;
}

// One request of a client. False: it has none.
static bool answer_one(struct server *s, struct client *c, uint64_t now)
{
	ssize_t n;
	char *text;

	if (c->fd < 0 || c->out != NULL)
		return false;
	n = line_of(c);
	if (n < 0 && c->n_in > SERVER_LINE) {
		c->n_in = c->looked = 0;
		c->ends = true;
		say(s, c, strdup(s->config.too_long), now);
		return true;
	}
	if (n < 0) {
		if (c->ends)
			drop(c);
		return false;
	}
	c->active_ms = c->partial_ms = now;
	text = n == 0 ? NULL : s->config.answer(s->config.arg, &c->peer, c->in, (size_t)n);
	drop_fds(&c->peer);
	c->n_in -= (size_t)n + 1;
	memmove(c->in, c->in + n + 1, c->n_in);
	c->looked = 0;
	say(s, c, text, now);
	return true;
}

// In turn, one request each, until nobody has one or the time is over.
static bool answer_all(struct server *s, uint64_t start)
{
	bool any = true;

	while (any) {
		any = false;
		for (unsigned i = 0; i < SERVER_CLIENTS; i++) {
			struct client *c = &s->client[s->next++ % SERVER_CLIENTS];
			uint64_t now = clock_ms();

			if (now - start >= SERVER_TURN_MS)
				return true;
			any |= answer_one(s, c, now);
		}
	}
	return false;
}

static void drop_slow(struct server *s, uint64_t now)
{
	for (unsigned i = 0; i < SERVER_CLIENTS; i++) {
		struct client *c = &s->client[i];
		bool slow = c->out != NULL && now - c->sent_ms > SERVER_SLOW_MS;
		bool partial =
			c->out == NULL && c->n_in != 0 && now - c->partial_ms > SERVER_PARTIAL_MS;

		if (c->fd >= 0 && (slow || partial))
			drop(c);
	}
}

bool server_serve(struct server *s)
{
	struct epoll_event event[SERVER_CLIENTS + 1];
	int n = epoll_wait(s->epoll, event, SERVER_CLIENTS + 1, 0);
	uint64_t now = clock_ms();
	bool new = false, more;

	for (int i = 0; i < n; i++) {
		struct client *c;

		if (event[i].data.u32 == SERVER_CLIENTS) {
			new = true;
			continue;
		}
		c = &s->client[event[i].data.u32];
		if ((event[i].events & EPOLLERR) != 0 ||
			((event[i].events & (EPOLLHUP | EPOLLIN | EPOLLOUT)) == EPOLLHUP))
			drop(c);
		else if (c->out != NULL)
			give(s, c, now);
		else
			take(s, c, now);
	}
	if (new) // last: the events of who gives way are done with
		take_in(s, now);
	more = answer_all(s, now);
	drop_slow(s, clock_ms());
	return more;
}

struct server *server_open(const struct server_config *config, char *error, size_t error_size)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = SERVER_CLIENTS};
	struct server *s = calloc(1, sizeof(*s));

	snprintf(error, error_size, "no control socket: out of memory");
	if (s == NULL)
		return NULL;
	s->config = *config;
	for (unsigned i = 0; i < SERVER_CLIENTS; i++)
		s->client[i].fd = -1;
	if (server_socket_open(&s->socket, config->name, error, error_size) != 0) {
		free(s);
		return NULL;
	}
	s->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll >= 0 && epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->socket.fd, &event) == 0)
		return s;
	snprintf(error, error_size, "no control socket: epoll: %s", strerror(errno));
	server_socket_close(&s->socket);
	if (s->epoll >= 0)
		close(s->epoll);
	if (s->spare >= 0)
		close(s->spare);
	free(s);
	return NULL;
}

int server_fd(const struct server *s)
{
	return s->epoll;
}

void server_close(struct server *s)
{
	if (s == NULL)
		return;
	server_socket_close(&s->socket);
	for (unsigned i = 0; i < SERVER_CLIENTS; i++) {
		if (s->client[i].fd >= 0)
			drop(&s->client[i]);
	}
	close(s->epoll);
	if (s->spare >= 0)
		close(s->spare);
	free(s);
}
