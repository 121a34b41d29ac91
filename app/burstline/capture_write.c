/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See capture_write.h. The thread of a capture: no lane, no reader of views. What it cannot write
 * stays in the lanes' rings until they are full.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "base/drop.h"
#include "base/log.h"
#include "capture/pcapng.h"
#include "capture_write.h"

enum {
	NICE = 10,
	NAP_MS = 2, // when there is nothing to write
	HOLD_MS = 5 // so old is what is written: lanes may lag behind each other
};

static uint64_t ns_of(const struct capture_session *s, uint64_t tsc)
{
	__int128 since = (int64_t)(tsc - s->start_tsc);

	return s->start_ns + (uint64_t)(int64_t)(since * 1000000000 / (int64_t)s->tsc_hz);
}

static bool give_up(struct capture_session *s, const char *why, int error)
{
	s->why = why;
	s->error = error;
	return false;
}

// Was it asked to end? By management, or by who asked for it.
static bool is_to_end(struct capture_session *s)
{
	struct pollfd fd = {.fd = s->session_fd, .events = POLLIN};

	if (poll(&fd, 1, 0) > 0)
		atomic_store_explicit(&s->stop, true, memory_order_relaxed);
	return atomic_load_explicit(&s->stop, memory_order_acquire);
}

// Wait until there is room in the pipe. False: there is nobody to read, or no time left.
static bool await_room(struct capture_session *s)
{
	struct pollfd fd = {.fd = s->fd, .events = POLLOUT};
	uint64_t since = 0;

	while (poll(&fd, 1, NAP_MS * 10) <= 0) {
		uint64_t now = rte_rdtsc();

		if (!is_to_end(s))
			continue;
		since = since == 0 ? now : since;
		if (now - since > s->tsc_hz / 1000 * CAPTURE_PATIENCE_MS)
			return give_up(s, "its reader did not read to the end", 0);
	}
	return (fd.revents & (POLLERR | POLLNVAL)) == 0 || give_up(s, "its reader is gone", 0);
}

// The program ends, and waits for this thread.
static bool is_late(const struct capture_session *s)
{
	uint64_t until = atomic_load_explicit(&s->until_tsc, memory_order_relaxed);

	return !s->is_file && until != 0 && rte_rdtsc() > until;
}

// A pipe with room takes PIPE_BUF octets without blocking, whatever its flags are (pipe(7)); a
// socket has to be asked.
static ssize_t give(int fd, const void *octets, size_t n)
{
	ssize_t given = send(fd, octets, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	return given < 0 && errno == ENOTSOCK ? write(fd, octets, n) : given;
}

static bool flush(struct capture_session *s)
{
	size_t at = 0;

	while (at < s->n) {
		size_t most = s->is_file ? s->n - at : RTE_MIN(s->n - at, (size_t)PIPE_BUF);
		ssize_t n;

		if (is_late(s))
			return give_up(s, "its reader was too slow for the end of the program", 0);
		if (!await_room(s))
			return false;
		n = give(s->fd, s->buffer + at, most);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno == EPIPE ? give_up(s, "its reader is gone", 0)
			                      : give_up(s, "writing failed", errno);
		at += n > 0 ? (size_t)n : 0;
	}
	s->n = 0;
	return true;
}

static const char *port_name(const struct capture_session *s, uint16_t port)
{
	const char *name = s->names[ledger_index(port)];

	return name[0] != '\0' ? name : "?";
}

// The interface of a port, described before its first packet.
static uint32_t interface_of(struct capture_session *s, uint16_t port)
{
	unsigned line = ledger_index(port);

	if (s->interface[line] == 0) {
		s->n += pcapng_interface(s->buffer + s->n, sizeof(s->buffer) - s->n,
			port_name(s, port), s->capture.snaplen);
		s->interface[line] = ++s->n_interfaces;
	}
	return s->interface[line] - 1;
}

static void comment(
	const struct capture_session *s, const struct capture_record *r, char *text, size_t size)
{
	bool sent = r->at == CAPTURE_TX;
	size_t n = 0;

	if (r->at == CAPTURE_DROP)
		n += (size_t)snprintf(text, size, "drop=%s", drop_name(r->reason));
	else
		n += (size_t)snprintf(text, size, "%s", sent ? "tx" : "rx");
	n += (size_t)snprintf(
		text + n, size - n, " port=%s", port_name(s, sent ? r->egress : r->ingress));
	if (sent)
		n += (size_t)snprintf(text + n, size - n, " from=%s", port_name(s, r->ingress));
	else if (r->egress != RTE_MBUF_PORT_INVALID)
		n += (size_t)snprintf(text + n, size - n, " to=%s", port_name(s, r->egress));
	if (r->handler[0] != '\0')
		snprintf(text + n, size - n, " handler=%s", r->handler);
}

static void write_record(struct capture_session *s, const struct capture_record *r)
{
	uint16_t port = r->at == CAPTURE_TX ? r->egress : r->ingress;
	char text[PCAPNG_TEXT_MAX];
	struct pcapng_packet packet = {
		.interface = interface_of(s, port),
		.ns = ns_of(s, r->tsc),
		.captured = r->captured,
		.length = r->length,
		.octets = r->octets,
		.direction = r->at == CAPTURE_TX                 ? PCAPNG_OUT
	                     : ledger_index(port) == LEDGER_SELF ? PCAPNG_UNKNOWN
	                                                         : PCAPNG_IN,
		.comment = text,
	};

	comment(s, r, text, sizeof(text));
	s->n += pcapng_packet(s->buffer + s->n, sizeof(s->buffer) - s->n, &packet);
	s->recorded[ledger_index(port)]++;
	s->total++;
}

// The lane whose oldest record is the oldest of all, not younger than `until`; NULL: none is.
static struct capture_lane *oldest(
	struct capture_session *s, uint64_t until, const struct capture_record **record)
{
	struct capture_lane *found = NULL;

	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++) {
		struct capture_lane *cl =
			atomic_load_explicit(&s->capture.lane[l], memory_order_acquire);
		const struct capture_record *r;

		if (cl == NULL)
			continue;
		r = (const struct capture_record *)capture_ring_peek(&cl->ring);
		if (r == NULL || (int64_t)(r->tsc - until) > 0)
			continue;
		until = r->tsc;
		*record = r;
		found = cl;
	}
	return found;
}

static bool is_complete(const struct capture_session *s)
{
	return s->count != 0 && s->total >= s->count;
}

// Write what is not younger than `until`, in order. False: it ends here.
static bool write_until(struct capture_session *s, uint64_t until)
{
	const struct capture_record *r;
	struct capture_lane *cl;

	while (!is_complete(s) && (cl = oldest(s, until, &r)) != NULL) {
		if (sizeof(s->buffer) - s->n < r->captured + 4096u && !flush(s))
			return false;
		write_record(s, r);
		capture_ring_pop(&cl->ring, &r->head);
	}
	return flush(s);
}

static uint64_t missed_at(const struct capture_session *s, unsigned line)
{
	uint64_t missed = 0;

	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++) {
		const struct capture_lane *cl =
			atomic_load_explicit(&s->capture.lane[l], memory_order_acquire);

		if (cl != NULL)
			missed += atomic_load_explicit(&cl->missed[line], memory_order_relaxed);
	}
	return missed;
}

static void write_statistics(struct capture_session *s)
{
	for (unsigned line = 0; line < LEDGER_PORTS; line++) {
		struct pcapng_statistics statistics = {
			.start_ns = s->start_ns,
			.end_ns = ns_of(s, rte_rdtsc()),
			.recorded = s->recorded[line],
			.missed = missed_at(s, line),
		};

		if (s->interface[line] == 0 && statistics.missed == 0)
			continue;
		statistics.interface = interface_of(s, (uint16_t)line);
		s->n += pcapng_statistics(s->buffer + s->n, sizeof(s->buffer) - s->n, &statistics);
	}
	flush(s);
}

// Nothing to write: is there still somebody who reads?
static bool nap(struct capture_session *s)
{
	struct pollfd fds[2] = {{.fd = s->fd}, {.fd = s->session_fd, .events = POLLIN}};

	return poll(fds, 2, NAP_MS) <= 0 || fds[0].revents == 0 ||
	       give_up(s, "its reader is gone", 0);
}

// One line to who asked for the session, if there is somebody.
static void tell(const struct capture_session *s)
{
	const char *why = s->why != NULL   ? s->why
	                  : is_complete(s) ? "it has its number of frames"
	                                   : "it was asked to end";
	uint64_t missed = 0;
	char text[512];

	for (unsigned line = 0; line < LEDGER_PORTS; line++)
		missed += missed_at(s, line);
	snprintf(text, sizeof(text),
		"{\"recorded\": %" PRIu64 ", \"missed\": %" PRIu64 ", \"why\": \"%s%s%s\"%s}\n",
		s->total, missed, why, s->error != 0 ? ": " : "",
		s->error != 0 ? strerror(s->error) : "", s->error != 0 ? ", \"failed\": true" : "");
	send(s->session_fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void work(struct capture_session *s)
{
	bool open = flush(s);

	while (open) {
		// Asked first: what lanes had recorded by then is seen.
		bool stop = is_to_end(s);
		uint64_t before = s->total, hold = stop ? 0 : s->tsc_hz / 1000 * HOLD_MS;

		open = write_until(s, rte_rdtsc() - hold);
		if (!open || stop || is_complete(s))
			break;
		if (s->total == before)
			open = nap(s);
	}
	if (open)
		write_statistics(s);
}

// What was in the file before goes only now: a request that is refused leaves it as it was.
static void empty_file(const struct capture_session *s)
{
	bool appends = (fcntl(s->fd, F_GETFL) & O_APPEND) != 0;

	if (s->is_file && !appends && lseek(s->fd, 0, SEEK_CUR) == 0 && ftruncate(s->fd, 0) != 0)
		log_warning("a capture's file keeps what was in it: %s", strerror(errno));
}

void capture_write_begin(struct capture_session *s)
{
	s->n = pcapng_section(s->buffer, sizeof(s->buffer), "burstline " BURSTLINE_VERSION);
	for (unsigned line = 0; line < LEDGER_PORTS; line++) {
		if (s->names[line][0] != '\0')
			interface_of(s, (uint16_t)line);
	}
}

void *capture_write(void *arg)
{
	struct capture_session *s = arg;

	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
	empty_file(s);
	work(s);
	tell(s);
	atomic_store_explicit(&s->ended, true, memory_order_release);
	return NULL;
}
