/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON-RPC calls on the control socket. Called by every command. */

#include "client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "command.h"

enum {
	ANSWER_S = 10,
	ROOM_MAX = 4 << 20,
	PAGE = 256,
	BAD_PARAMETERS = -32602,
	BAD_CONFIGURATION = -32002
};

// Where an instance of this user, or of root, has its socket.
static void find_path(struct client *c)
{
	const char *name = c->name != NULL ? c->name : "burstline";
	const char *runtime = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");

	if (c->socket != NULL) {
		snprintf(c->path, sizeof(c->path), "%s", c->socket);
		return;
	}
	if (runtime != NULL && runtime[0] != '\0') {
		snprintf(c->path, sizeof(c->path), "%.*s/%s.sock", (int)strcspn(runtime, ":"),
			runtime, name);
		if (access(c->path, F_OK) == 0)
			return;
	}
	if (geteuid() != 0) {
		snprintf(c->path, sizeof(c->path), "%s/burstline/%s.sock",
			user != NULL ? user : "/tmp", name);
		if (access(c->path, F_OK) == 0)
			return;
	}
	snprintf(c->path, sizeof(c->path), "/run/burstline/%s.sock", name);
}

static int unreachable(const struct client *c)
{
	const char *remedy = errno == EACCES ? "run this as root or as a member of its group"
	                                     : "is the instance running? -n says which, -s where";

	complain("cannot reach %s: %s: %s", c->path, strerror(errno), remedy);
	return EXIT_FAILED;
}

static int open_socket(struct client *c)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = ANSWER_S};

	if (c->socket != NULL && strlen(c->socket) >= sizeof(address.sun_path))
		return complain("%s: the path of a socket has at most %zu characters", c->socket,
			sizeof(address.sun_path) - 1);
	find_path(c);
	memcpy(address.sun_path, c->path, sizeof(address.sun_path));
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return unreachable(c);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(c->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		int code = unreachable(c);

		close(c->fd);
		c->fd = -1;
		return code;
	}
	c->n_in = 0;
	return EXIT_OK;
}

enum { FDS_MAX = 4 };

// The first octet of a line, with what comes with it.
static bool send_fds(struct client *c, const char *text, const int *fds, unsigned n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} control = {0};
	struct iovec piece = {.iov_base = (void *)(uintptr_t)text, .iov_len = 1};
	struct msghdr message = {.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int))};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(&control.head), fds, n * sizeof(int));
	return sendmsg(c->fd, &message, MSG_NOSIGNAL) == 1;
}

static bool send_all(struct client *c, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(c->fd, text, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		text += sent;
		n -= (size_t)sent;
	}
	return true;
}

/** A line, without its line feed, in c->in. */
static bool receive_line(struct client *c)
{
	c->n_in = 0;
	for (;;) {
		ssize_t n;

		if (c->n_in == c->room) {
			size_t room = c->room == 0 ? 16384 : c->room * 2;
			char *more = room > ROOM_MAX ? NULL : realloc(c->in, room);

			if (more == NULL) {
				errno = ENOMEM;
				return false;
			}
			c->in = more;
			c->room = room;
		}
		n = recv(c->fd, c->in + c->n_in, c->room - c->n_in, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? ECONNRESET : errno == EAGAIN ? ETIMEDOUT : errno;
			return false;
		}
		c->n_in += (size_t)n;
		// One request, one answer: nothing comes behind it.
		if (c->in[c->n_in - 1] == '\n')
			return true;
	}
}

static int no_answer(struct client *c)
{
	complain(
		"no answer from %s: %s: look at the log of the instance", c->path, strerror(errno));
	client_close(c);
	return EXIT_FAILED;
}

static int read_answer(json_t *answer, json_t **result)
{
	const json_t *error = json_object_get(answer, "error");
	json_int_t code = json_integer_value(json_object_get(error, "code"));
	const char *message = json_string_value(json_object_get(error, "message"));

	*result = json_incref(json_object_get(answer, "result"));
	if (*result == NULL)
		complain("%s", message != NULL ? message : "the answer is not JSON-RPC 2.0");
	json_decref(answer);
	if (*result != NULL)
		return EXIT_OK;
	return code == BAD_PARAMETERS || code == BAD_CONFIGURATION ? EXIT_BAD : EXIT_FAILED;
}

int client_call(struct client *c, const char *method, json_t *params, json_t **result)
{
	return client_call_with(c, method, params, NULL, 0, result);
}

int client_call_with(struct client *c, const char *method, json_t *params, const int *fds,
	unsigned n, json_t **result)
{
	json_t *request = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", ++c->serial,
		"method", method, "params", params);
	char *text = json_dumps(request, JSON_COMPACT);
	int code = EXIT_OK;
	bool sent;

	json_decref(request);
	if (text == NULL)
		return complain("%s: the words are no UTF-8 text", method);
	if (c->fd < 0)
		code = open_socket(c);
	if (code != EXIT_OK) {
		free(text);
		return code;
	}
	sent = (n == 0 || send_fds(c, text, fds, n)) &&
	       send_all(c, text + (n != 0), strlen(text) - (n != 0)) && send_all(c, "\n", 1);
	free(text);
	if (!sent || !receive_line(c))
		return no_answer(c);
	return read_answer(json_loadb(c->in, c->n_in, 0, NULL), result);
}

int client_table(struct client *c, const char *table, json_t **rows)
{
	json_int_t at_ns;

	return client_table_at(c, table, rows, &at_ns);
}

int client_table_at(struct client *c, const char *table, json_t **rows, json_int_t *at_ns)
{
	bool more = true;

	*rows = json_array();
	while (more) {
		json_t *page;
		int code = client_call(c, "show",
			json_pack("{s:s, s:I, s:i}", "table", table, "first",
				(json_int_t)json_array_size(*rows), "count", PAGE),
			&page);

		if (code != EXIT_OK) {
			json_decref(*rows);
			*rows = NULL;
			return code;
		}
		if (json_array_size(*rows) == 0)
			*at_ns = json_integer_value(json_object_get(page, "at_ns"));
		json_array_extend(*rows, json_object_get(page, "rows"));
		more = json_is_true(json_object_get(page, "more"));
		json_decref(page);
	}
	return EXIT_OK;
}

void client_renew(struct client *c)
{
	char octet;

	// A client that was silent may have had to give way to others (server.h).
	if (c->fd >= 0 && recv(c->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		client_close(c);
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	free(c->in);
	c->in = NULL;
	c->room = 0;
}
