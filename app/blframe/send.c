/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blframe send: frames onto an interface, built from fields or read as hex. What cannot be sent
 * ends it with a message; nothing is repeated.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "device.h"
#include "fields.h"
#include "hex.h"
#include "wire/fcs.h"

static const char help[] =
	"usage: blframe send IFACE [fields] [--count N] [--interval TIME]\n"
	"       blframe send IFACE -\n"
	"\n"
	"Sends a frame that is built from its fields, or those that standard input has in hex, "
	"one\n"
	"a line, as they are. IFACE is an interface, or tap:NAME for the far end of a TAP device.\n"
	"\n" FIELDS_HELP "  --count N              send it N times (1)\n"
	"  --interval TIME        wait in between: 1s, 200ms (0)\n"
	"\n"
	"src is the interface's own address by default. The kernel sends a frame of full size\n"
	"with one 0x8100 tag at most. Needs the capability CAP_NET_RAW (tap: CAP_NET_ADMIN).\n"
	"\n"
	"Exit code: 0; 1 when sending failed; 2 for bad arguments, input that is not hex or an\n"
	"interface that cannot be opened.\n"
	"\n"
	"examples:\n"
	"  blframe send eth0 --vlan 10 -m hello\n"
	"  blframe send eth0 --dst 02:00:00:00:00:02 --count 10 --interval 100ms\n"
	"  blframe build --vlan 0x88a8:100 --vlan 10 -m hello | blframe send eth0 -\n";

struct send {
	struct fields fields;
	unsigned long count;
	unsigned interval_ms;
};

static int send_fields(struct send *s, struct device *d)
{
	static uint8_t frame[FIELDS_FRAME_MAX];
	int code = EXIT_OK;
	uint32_t len;

	if (!s->fields.has_src)
		memcpy(s->fields.src, d->address, sizeof(d->address));
	if (fields_build(&s->fields, frame, &len) != EXIT_OK)
		return EXIT_BAD;
	for (unsigned long n = 0; n < s->count && code == EXIT_OK && !stop_asked(); n++) {
		if (n != 0 && s->interval_ms != 0)
			usleep(s->interval_ms * 1000);
		code = device_write(d, frame, len);
	}
	return code;
}

static int send_lines(struct device *d)
{
	int code = EXIT_OK;
	char *line = NULL;
	size_t room = 0;
	ssize_t n, len;

	while (code == EXIT_OK && !stop_asked() &&
		(errno = 0, n = getline(&line, &room, stdin)) >= 0) {
		len = hex_read(line, (size_t)n, (uint8_t *)line);
		if (len < 0 || len > DEVICE_FRAME_MAX)
			code = complain("a line of standard input is not hex");
		else
			code = device_write(d, (uint8_t *)line, (uint32_t)len);
	}
	free(line);
	return code;
}

static int parse_options(int argc, char **argv, struct send *s)
{
	static const struct option options[] = {FIELDS_OPTIONS,
		{"count", required_argument, NULL, 'c'}, {"interval", required_argument, NULL, 'i'},
		{"help", no_argument, NULL, 'h'}, {0}};
	int option, code = EXIT_OK;
	bool any = false;

	for (; code == EXIT_OK && (option = getopt_long(argc, argv, ":m:c:h", options, NULL)) != -1;
		any = true)
		switch (option) {
		case 'm':
			code = fields_take(&s->fields, FIELDS_TEXT);
			break;
		case 'c':
			if (!number_parse(optarg, 1, UINT32_MAX, &s->count))
				return complain("--count: expected 1 or more, not '%s'", optarg);
			break;
		case 'i':
			if (!interval_parse(optarg, &s->interval_ms))
				return complain(
					"--interval: expected 1s or 200ms, not '%s'", optarg);
			break;
		case 'h':
			fputs(help, stdout);
			exit(finish_output(EXIT_OK));
		case '?':
		case ':':
			return complain_option(argv, option);
		default:
			code = fields_take(&s->fields, option);
		}
	if (code == EXIT_OK && (argc == optind || argc - optind > 2 ||
				       (argc - optind == 2 && strcmp(argv[optind + 1], "-") != 0)))
		return complain(
			"send needs one interface, and then nothing or - (blframe send --help)");
	if (code == EXIT_OK && argc - optind == 2 && any)
		return complain(
			"frames of standard input (-) are sent as they are, once: no option "
			"goes with them");
	return code;
}

int send_command(int argc, char **argv)
{
	struct send s = {.count = 1};
	struct device d;
	int code;

	fields_init(&s.fields);
	code = parse_options(argc, argv, &s);
	if (code == EXIT_OK) {
		fcs_init();
		stop_catch();
		code = device_open(&d, argv[optind]);
		if (code == EXIT_OK) {
			code = argc - optind == 2 ? send_lines(&d) : send_fields(&s, &d);
			device_close(&d);
		}
	}
	fields_fini(&s.fields);
	return code;
}
