/* SPDX-License-Identifier: BSD-3-Clause */
/* The metrics' HTTP server: see metrics.h. What it says is metrics_text.c's. */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <microhttpd.h>

#include "metrics.h"

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_queue_response(connection, status, response);

	MHD_destroy_response(response);
	return result;
}

static bool wants_open_metrics(struct MHD_Connection *connection)
{
	const char *accept =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);

	return accept == NULL || strstr(accept, "application/openmetrics-text") != NULL ||
	       strstr(accept, "text/plain") == NULL;
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *data_size, void **state)
{
	bool open_metrics = wants_open_metrics(connection);
	struct MHD_Response *response;
	enum MHD_Result result;
	size_t size;
	char *text;

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics") != 0)
		return say(connection, MHD_HTTP_NOT_FOUND, "/metrics is all there is\n");
	text = metrics_text(open_metrics, &size);
	if (text == NULL)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory\n");
	response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
		open_metrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
			     : "text/plain; version=0.0.4; charset=utf-8");
	result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

struct metrics *metrics_open(uint16_t port, char *error, size_t error_size)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct MHD_Daemon *daemon;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	errno = 0;
	daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, port, NULL, NULL, answer, NULL,
		MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)METRICS_CLIENTS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)METRICS_IDLE_S,
		MHD_OPTION_END);
	if (daemon == NULL)
		snprintf(error, error_size,
			"no metrics: cannot listen on 127.0.0.1:%u: %s: give `metrics` another port, "
			"or bring the loopback interface up",
			port, errno != 0 ? strerror(errno) : "the address is in use");
	return (struct metrics *)daemon;
}

void metrics_close(struct metrics *metrics)
{
	if (metrics != NULL)
		MHD_stop_daemon((struct MHD_Daemon *)metrics);
}
