/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blctl capture: opens the file with its user's rights and hands it over; the instance writes to it
 * itself. Waits for the end, which Ctrl-C and its own death bring too.
 */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "base/drop.h"
#include "command.h"

static const char help[] =
	"usage: blctl capture [PORT] [--at rx|tx|drop|drop=REASON] [-w FILE|-] [-c N] [FILTER]\n"
	"\n"
	"Write frames as pcapng: as received, as sent, or as they were when they were dropped, of one\n"
	"port (where they came in; for tx, where they leave) or of all. Each says in its comment what\n"
	"happened: port, handler, reason. --at may come several times; without it, all. FILTER is that\n"
	"of tcpdump, pcap-filter(7); names in it are looked up here and now. What finds no room is\n"
	"counted as missed: no lcore waits.\n"
	"\n"
	"  -w FILE   \"-\" or nothing: standard output, which must not be a terminal\n"
	"  -c N      end after N frames; else Ctrl-C ends it\n"
	"\n"
	"  blctl capture | tshark -r -\n"
	"  blctl capture --at drop -w drops.pcapng\n"
	"  blctl capture p0 --at drop=policed -c 10 'arp' | tshark -r - -T fields -e frame.comment\n"
	"  blctl capture p0 --at rx --at tx 'vlan 10 and icmp' | wireshark -k -i -\n"
	"\n"
	"REASON is one of these:\n"
#define X(id, name, what) "  " name "\n      " what "\n"
	DROP_REASONS(X)
#undef X
	;

enum { SNAPLEN = 65536 };

static int session = -1; // our end

// Ends what is written, and then us.
static void ask_to_end(int number)
{
	(void)number;
	shutdown(session, SHUT_WR);
}

// The instance empties it when the capture begins: a file that was there stays if it is refused.
static int open_file(const char *path, bool *made)
{
	*made = false;
	if (path != NULL && strcmp(path, "-") != 0) {
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		*made = fd >= 0;
		if (fd < 0)
			fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			complain("cannot write to %s: %s", path, strerror(errno));
		return fd;
	}
	if (isatty(STDOUT_FILENO)) {
		complain("capture: this is a terminal: give a file (-w FILE) or a pipe "
			 "(blctl capture | tshark -r -)");
		return -1;
	}
	return dup(STDOUT_FILENO);
}

// PORT is a word of letters, digits and the like; a filter that is one word comes behind a port, or
// is no port's name.
static bool is_port(struct client *client, const char *word, int *code)
{
	json_t *rows, *row;
	bool found = false;
	size_t i;

	*code = client_table(client, "ports", &rows);
	if (*code != EXIT_OK)
		return false;
	json_array_foreach(rows, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "name"));

		found |= name != NULL && strcmp(name, word) == 0;
	}
	json_decref(rows);
	return found;
}

// Compiled here: that may wait for name servers, which an instance must not.
static int add_filter(json_t *params, const char *text)
{
	pcap_t *none = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	json_t *list = json_array();
	struct bpf_program program;

	if (none == NULL || pcap_compile(none, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		complain("capture: the filter '%s' is wrong%s: %s (see pcap-filter(7))", text,
			strchr(text, ' ') == NULL ? ", and no port has this name" : "",
			none == NULL ? strerror(errno) : pcap_geterr(none));
		if (none != NULL)
			pcap_close(none);
		json_decref(list);
		return EXIT_BAD;
	}
	for (u_int i = 0; i < program.bf_len; i++) {
		const struct bpf_insn *insn = &program.bf_insns[i];

		json_array_append_new(list, json_pack("[i, i, i, I]", insn->code, insn->jt,
						    insn->jf, (json_int_t)insn->k));
	}
	pcap_freecode(&program);
	pcap_close(none);
	json_object_set_new(params, "filter", list);
	return EXIT_OK;
}

static int add_words(struct client *client, json_t *params, int argc, char **argv)
{
	int code = EXIT_OK, at = 1;

	if (argc > 3)
		return complain("capture: a filter is one word: put it into quotes");
	if (argc == 3 || (argc == 2 && is_port(client, argv[1], &code)))
		json_object_set_new(params, "port", json_string(argv[at++]));
	return code == EXIT_OK && at < argc ? add_filter(params, argv[at]) : code;
}

static int add_options(const struct options *o, json_t *params)
{
	long long count;
	char *end;

	if (o->n_at != 0) {
		json_t *at = json_array();

		for (unsigned i = 0; i < o->n_at; i++)
			json_array_append_new(at, json_string(o->at[i]));
		json_object_set_new(params, "at", at);
	}
	if (o->count == NULL)
		return EXIT_OK;
	errno = 0;
	count = strtoll(o->count, &end, 10);
	json_object_set_new(params, "count", json_integer(count));
	if (!isdigit((unsigned char)o->count[0]) || *end != '\0' || errno != 0 || count == 0)
		return complain("capture: found \"%s\", expected a number of frames", o->count);
	return EXIT_OK;
}

// What the instance says when it has written all.
static int report(const struct options *o)
{
	char text[1024];
	size_t n = 0;
	ssize_t got;
	json_t *result;
	bool failed;

	while (n < sizeof(text)) {
		got = recv(session, text + n, sizeof(text) - n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	result = json_loadb(text, n, 0, NULL);
	if (result == NULL) {
		complain("capture: the instance ended before it could say how much was written");
		return EXIT_FAILED;
	}
	if (o->json)
		json_dumpf(result, stderr, JSON_COMPACT);
	else
		fprintf(stderr, "%lld frames written, %lld missed: %s",
			(long long)json_integer_value(json_object_get(result, "recorded")),
			(long long)json_integer_value(json_object_get(result, "missed")),
			json_string_value(json_object_get(result, "why")));
	fputc('\n', stderr);
	failed = json_is_true(json_object_get(result, "failed"));
	json_decref(result);
	return failed ? EXIT_FAILED : EXIT_OK;
}

static int run(struct client *client, const struct options *o, json_t *params)
{
	const struct sigaction action = {.sa_handler = ask_to_end};
	int fds[2] = {-1, -1}, pair[2], code;
	json_t *result;
	bool made;

	fds[0] = open_file(o->write, &made);
	if (fds[0] < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		json_decref(params);
		return fds[0] < 0 ? EXIT_BAD : complain("%s", strerror(errno));
	}
	session = pair[0];
	fds[1] = pair[1];
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	code = client_call_with(client, "capture", params, fds, 2, &result);
	close(fds[0]);
	close(fds[1]);
	if (code != EXIT_OK && made)
		unlink(o->write);
	if (code != EXIT_OK)
		return code;
	json_decref(result);
	// Our end of a pipe, too: its reader is to see the end when the instance has written all.
	if (o->write == NULL || strcmp(o->write, "-") == 0)
		close(STDOUT_FILENO);
	return report(o);
}

int capture_command(struct client *client, const struct options *o, int argc, char **argv)
{
	json_t *params;
	int code;

	if (o->help)
		return help_print(help);
	params = json_object();
	code = add_options(o, params);
	if (code == EXIT_OK)
		code = add_words(client, params, argc, argv);
	if (code == EXIT_OK)
		return run(client, o, params);
	json_decref(params);
	return code;
}
