/* SPDX-License-Identifier: BSD-3-Clause */
/* blctl explain: what the live tables would make of a frame. */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "command.h"

enum { FRAME_MAX = 9600 };

static const char help[] =
	"usage: blctl explain PORT HEX...\n"
	"       blctl explain PORT -r FILE\n"
	"\n"
	"Say which decisions the live tables take for a frame, had PORT received it now: role, class,\n"
	"VLAN, addresses in the forwarding table, police, and where it ends. Nothing is sent, learned or\n"
	"counted. HEX is the frame from its destination address on, without FCS, in as many words as you\n"
	"like; FILE is a capture (pcap or pcapng), all of whose frames are explained. A handler is not\n"
	"called: the answer ends at which one, and where it runs.\n"
	"\n"
	"  blctl explain p0 ffffffffffff 020000000066 0806 0001080006040001\n"
	"  blctl explain p0 -r frames.pcapng\n";

static void print_end(const json_t *end)
{
	const char *to = json_string_value(json_object_get(end, "to"));
	const char *sent = json_string_value(json_object_get(end, "sent"));
	const char *drop = json_string_value(json_object_get(end, "drop"));
	const char *iface = json_string_value(json_object_get(end, "interface"));

	if (sent != NULL)
		printf("  sent on %s, %lld octets: %s\n", sent,
			(long long)json_integer_value(json_object_get(end, "length")),
			json_string_value(json_object_get(end, "octets")));
	else if (drop != NULL)
		printf("  dropped, %s%s%s: %s\n", drop, to != NULL ? " on its way to " : "",
			to != NULL ? to : "", json_string_value(json_object_get(end, "help")));
	else
		printf("  handed to %s (%s)%s%s\n",
			json_string_value(json_object_get(end, "handler")),
			json_string_value(json_object_get(end, "place")),
			iface != NULL ? " on interface " : "", iface != NULL ? iface : "");
}

static void print_bridge(const json_t *bridge)
{
	const json_t *vlan = json_object_get(bridge, "vlan");
	const char *source = json_string_value(json_object_get(bridge, "source"));

	printf("  bridge %s", json_string_value(json_object_get(bridge, "name")));
	if (vlan != NULL)
		printf(", VLAN %lld", (long long)json_integer_value(vlan));
	if (source != NULL)
		printf(": source %s%s, destination %s", source,
			json_is_true(json_object_get(bridge, "learns")) ? " (learned here)" : "",
			json_string_value(json_object_get(bridge, "destination")));
	putchar('\n');
}

static void print_answer(const json_t *answer)
{
	const json_t *bridge = json_object_get(answer, "bridge");
	const json_t *police = json_object_get(answer, "police"), *end;
	size_t i;

	printf("port %s, %s, class %s\n", json_string_value(json_object_get(answer, "port")),
		json_string_value(json_object_get(answer, "role")),
		json_string_value(json_object_get(answer, "class")));
	if (bridge != NULL)
		print_bridge(bridge);
	if (json_is_object(police))
		printf("  police: %lld of %lld tokens\n",
			(long long)json_integer_value(json_object_get(police, "tokens")),
			(long long)json_integer_value(json_object_get(police, "depth")));
	json_array_foreach(json_object_get(answer, "ends"), i, end) print_end(end);
}

static int explain(
	struct client *client, const struct options *o, const char *port, const char *hex)
{
	json_t *answer;
	int code = client_call(
		client, "explain", json_pack("{s:s, s:s}", "port", port, "frame", hex), &answer);

	if (code != EXIT_OK)
		return code;
	if (o->json) {
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_answer(answer);
	}
	json_decref(answer);
	return EXIT_OK;
}

// Words of hex digits, colons between them if you like.
static int explain_words(
	struct client *client, const struct options *o, const char *port, int argc, char **argv)
{
	char hex[2 * FRAME_MAX + 1];
	size_t n = 0;

	for (int i = 0; i < argc; i++) {
		for (const char *p = argv[i]; *p != '\0'; p++) {
			if (*p == ':' || isspace((unsigned char)*p))
				continue;
			if (!isxdigit((unsigned char)*p))
				return complain(
					"explain: found \"%s\", expected hex digits", argv[i]);
			if (n == 2 * FRAME_MAX)
				return complain(
					"explain: a frame has %d octets at most", FRAME_MAX);
			hex[n++] = *p;
		}
	}
	hex[n] = '\0';
	if (n == 0 || n % 2 != 0)
		return complain("explain: a frame is pairs of hex digits (found %zu digits)", n);
	return explain(client, o, port, hex);
}

static int explain_file(struct client *client, const struct options *o, const char *port)
{
	char error[PCAP_ERRBUF_SIZE], hex[2 * FRAME_MAX + 1];
	FILE *from = strcmp(o->read, "-") == 0 ? stdin : fopen(o->read, "rbe");
	pcap_t *file;
	struct pcap_pkthdr *head;
	const u_char *octets;
	int code = EXIT_OK, rc;

	if (from == NULL)
		return complain("explain: %s: %s", o->read, strerror(errno));
	file = pcap_fopen_offline(from, error);
	if (file == NULL) {
		fclose(from);
		return complain("explain: %s: %s", o->read, error);
	}
	if (pcap_datalink(file) != DLT_EN10MB)
		code = complain("explain: %s holds no Ethernet frames", o->read);
	while (code == EXIT_OK && (rc = pcap_next_ex(file, &head, &octets)) != PCAP_ERROR_BREAK) {
		if (rc < 0)
			code = complain("explain: %s: %s", o->read, pcap_geterr(file));
		else if (head->caplen != head->len || head->len > FRAME_MAX)
			code = complain("explain: %s holds a frame that is cut or longer than %d "
					"octets",
				o->read, FRAME_MAX);
		if (code != EXIT_OK)
			break;
		for (unsigned i = 0; i < head->caplen; i++)
			sprintf(hex + 2 * (size_t)i, "%02x", octets[i]);
		code = explain(client, o, port, hex);
	}
	pcap_close(file);
	return code;
}

int explain_command(struct client *client, const struct options *o, int argc, char **argv)
{
	int code;

	if (o->help)
		return help_print(help);
	if ((o->read != NULL && argc != 2) || (o->read == NULL && argc < 3))
		return complain_words("explain");
	code = o->read != NULL ? explain_file(client, o, argv[1])
	                       : explain_words(client, o, argv[1], argc - 2, argv + 2);
	return code == EXIT_OK ? finish_output(code) : code;
}
