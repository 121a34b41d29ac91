/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sessions of capture: made, put into views, ended. Management thread. The lanes' part is
 * capture_lane.c, the writing thread capture_write.c.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "account.h"
#include "base/log.h"
#include "capture.h"
#include "capture_filter.h"
#include "capture_write.h"
#include "instance.h"
#include "view.h"

static void session_free(struct capture_session *s)
{
	for (unsigned l = 0; l < PLAN_MAX_LCORES; l++) {
		if (s->capture.lane[l] != NULL)
			free(s->capture.lane[l]->ring.octets);
		free(s->capture.lane[l]);
	}
	free(s->capture.filter.bf_insns);
	free(s);
}

static int add_lane(struct capture *capture, unsigned lane)
{
	struct capture_lane *cl = aligned_alloc(64, RTE_ALIGN(sizeof(*cl), 64));
	void *octets = malloc(CAPTURE_RING);

	if (cl == NULL || octets == NULL) {
		free(cl);
		free(octets);
		return -1;
	}
	memset(cl, 0, sizeof(*cl));
	capture_ring_init(&cl->ring, octets, CAPTURE_RING);
	atomic_store_explicit(&capture->lane[lane], cl, memory_order_release);
	return 0;
}

// Ports and lanes that are new since the last view.
static int adopt(struct capture_session *s, const struct instance *instance)
{
	for (unsigned id = 0; id < OUT_PORTS; id++) {
		if (s->names[id][0] == '\0')
			snprintf(s->names[id], sizeof(s->names[0]), "%s", instance->port_name[id]);
	}
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		if (s->capture.lane[l] == NULL && add_lane(&s->capture, l) != 0)
			return -1;
	}
	return 0;
}

static int set_port(struct capture_session *s, const struct instance *instance, const char *name,
	char *error, size_t error_size)
{
	s->capture.ports = UINT64_MAX;
	for (unsigned p = 0; name != NULL && p < instance->plan->n_ports; p++) {
		const struct port *port = instance->ports[p];

		if (strcmp(port->conf->name, name) != 0)
			continue;
		s->capture.ports = UINT64_C(1) << port->id;
		return 0;
	}
	if (name == NULL)
		return 0;
	snprintf(error, error_size, "there is no port %s: blctl show ports lists them", name);
	return -ENOENT;
}

static int set_reason(struct capture *capture, const char *name, char *error, size_t error_size)
{
	capture->reason = -1;
	for (unsigned r = 0; name != NULL && r < DROP_REASON_COUNT; r++) {
		if (strcmp(drop_name(r), name) == 0)
			capture->reason = (int)r;
	}
	if (name == NULL || capture->reason >= 0)
		return 0;
	snprintf(error, error_size, "there is no drop reason %s: blctl capture --help lists them",
		name);
	return -EINVAL;
}

static int set_filter(
	struct capture *capture, const struct bpf_program *program, char *error, size_t error_size)
{
	size_t size = program->bf_len * sizeof(*program->bf_insns);
	int bad;

	if (program->bf_len == 0)
		return 0;
	bad = program->bf_len > CAPTURE_FILTER_MAX
	              ? CAPTURE_FILTER_MAX
	              : capture_filter_check(program->bf_insns, program->bf_len);
	if (bad >= 0) {
		snprintf(error, error_size,
			"the filter is no program that ends with all it may do: look at "
			"instruction %d; there may be %d",
			bad, CAPTURE_FILTER_MAX);
		return -EINVAL;
	}
	capture->filter = (struct bpf_program){program->bf_len, malloc(size)};
	if (capture->filter.bf_insns == NULL)
		return -ENOMEM;
	memcpy(capture->filter.bf_insns, program->bf_insns, size);
	capture->filters = true;
	return 0;
}

static int set(struct capture_session *s, const struct instance *instance,
	const struct capture_request *request, char *error, size_t error_size)
{
	const unsigned all = CAPTURE_RX | CAPTURE_TX | CAPTURE_DROP;
	struct timespec now;
	int rc;

	if ((request->at & ~all) != 0 || request->at == 0 || request->snaplen > CAPTURE_SNAPLEN) {
		snprintf(error, error_size,
			request->snaplen > CAPTURE_SNAPLEN ? "the length is above 65536 octets"
							   : "say where: rx, tx or drop");
		return -EINVAL;
	}
	s->capture.at = request->at;
	s->capture.snaplen = request->snaplen != 0 ? request->snaplen : CAPTURE_SNAPLEN;
	s->count = request->count;
	rc = set_port(s, instance, request->port, error, error_size);
	if (rc == 0)
		rc = set_reason(&s->capture, request->reason, error, error_size);
	if (rc == 0)
		rc = set_filter(&s->capture, &request->filter, error, error_size);
	if (rc != 0)
		return rc;
	snprintf(s->names[LEDGER_SELF], sizeof(s->names[0]), "self");
	clock_gettime(CLOCK_REALTIME, &now);
	s->tsc_hz = instance->tsc_hz;
	s->start_tsc = rte_rdtsc();
	s->start_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	s->capture.mark = (uint32_t)(s->start_tsc >> 8) | 1;
	return adopt(s, instance) == 0 ? 0 : -ENOMEM;
}

void capture_round(struct instance *instance)
{
	if (instance->capture != NULL &&
		atomic_load_explicit(&instance->capture->ended, memory_order_acquire))
		capture_stop(instance, true);
}

// A lane that has not left it may still write to its ring.
static void release(struct instance *instance, struct capture_session *s, bool left)
{
	if (left) {
		session_free(s);
		return;
	}
	s->kept = instance->captures_kept;
	instance->captures_kept = s;
}

void capture_stop(struct instance *instance, bool receive)
{
	struct capture_session *s = instance->capture;
	bool left;

	if (s == NULL)
		return;
	instance->capture = NULL;
	left = view_renew(instance, receive);
	atomic_store_explicit(&s->until_tsc,
		rte_rdtsc() + instance->tsc_hz / 1000 * CAPTURE_PATIENCE_MS, memory_order_relaxed);
	atomic_store_explicit(&s->stop, true, memory_order_release);
	pthread_join(s->thread, NULL);
	close(s->fd);
	if (s->session_fd >= 0)
		close(s->session_fd);
	release(instance, s, left);
}

int capture_start(struct instance *instance, const struct capture_request *request, char *error,
	size_t error_size)
{
	struct capture_session *s;
	struct stat stat;
	int rc;

	capture_round(instance);
	if (instance->capture != NULL) {
		snprintf(error, error_size,
			"another capture is running: one at a time; end it and try again");
		return -EBUSY;
	}
	snprintf(error, error_size, "no memory for a capture: %d MiB for each lcore",
		CAPTURE_RING >> 20);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -ENOMEM;
	rc = set(s, instance, request, error, error_size);
	s->fd = request->fd;
	s->session_fd = request->session_fd;
	s->is_file = fstat(s->fd, &stat) == 0 && S_ISREG(stat.st_mode);
	if (rc != 0) {
		session_free(s);
		return rc;
	}
	// A stalled lane is in the log; the others see the session from now on, before a reader
	// sees the file's first octet.
	instance->capture = s;
	view_renew(instance, true);
	capture_write_begin(s);
	if (pthread_create(&s->thread, NULL, capture_write, s) != 0) {
		snprintf(error, error_size, "no thread can be made to write a capture");
		instance->capture = NULL;
		release(instance, s, view_renew(instance, true));
		return -EAGAIN;
	}
	pthread_setname_np(s->thread, "capture");
	error[0] = '\0';
	return 0;
}

void capture_close(struct instance *instance)
{
	struct capture_session *s;

	while ((s = instance->captures_kept) != NULL) {
		instance->captures_kept = s->kept;
		session_free(s);
	}
}

static bool watches(const struct capture *c, unsigned at, uint16_t port)
{
	return (c->at & at) != 0 && (c->ports >> port & 1) != 0;
}

// Inline handlers run between two flushes, so that it is known whose frames leave.
static void wrap_inline(struct view *view, unsigned lane)
{
	struct dispatch *d = &view->lane[lane]->dispatch;

	for (unsigned c = 0; c < CLASS_MAX; c++) {
		struct dispatch_action *a = &d->action[c];

		if (a->kind != DISPATCH_INLINE)
			continue;
		a->state = (char *)a->counts - offsetof(struct lane_handler, counts);
		a->burst = capture_inline;
	}
}

void capture_graft(const struct instance *instance, struct view *view)
{
	struct capture_session *s = instance->capture;

	view->done_limit = OUT_DONE;
	if (s == NULL)
		return;
	// Without memory for a new lane it is not captured.
	if (adopt(s, instance) != 0)
		log_error("no memory to capture on a new lcore: this capture ends here");
	else
		view->capture = &s->capture;
	if (view->capture == NULL)
		return;
	if ((s->capture.at & CAPTURE_DROP) != 0)
		view->done_limit = 1;
	for (unsigned p = 0; p < OUT_PORTS; p++)
		view->port[p].capture = watches(&s->capture, CAPTURE_TX, (uint16_t)p);
	for (unsigned l = 0; l < instance->plan->n_lcores; l++) {
		struct view_lane *lv = view->lane[l];

		for (unsigned q = 0; q < lv->n_rxq; q++)
			lv->rxq[q].capture = watches(&s->capture, CAPTURE_RX, lv->rxq[q].port);
		wrap_inline(view, l);
	}
}
