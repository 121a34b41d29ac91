/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blframe echo: broadcasts a message again and again, and prints what other hosts broadcast, or
 * send to this one, with the same EtherType. A message comes from anybody on the wire, so what is
 * not printable is shown by its number and reaches no terminal.
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "command.h"
#include "device.h"
#include "fields.h"
#include "show.h"

enum { WAIT_MS = 200 }; // until the next look at stop_asked()

static const char help[] =
	"usage: blframe echo IFACE -m TEXT [--ethertype TYPE] [--interval TIME] [--vlan TAG]...\n"
	"                   [--count N]\n"
	"\n"
	"Broadcasts a message, and prints what other hosts broadcast with the same EtherType or\n"
	"send to this one, each with its sender and tags. IFACE is an interface, or tap:NAME for\n"
	"the far end of a TAP device. Burstline's handler echo answers.\n"
	"\n"
	"  -m TEXT            the message\n"
	"  --ethertype TYPE   0xcccc by default\n"
	"  --interval TIME    between two broadcasts: 1s (default), 200ms\n"
	"  --vlan TAG         send behind this tag (VID or TPID:VID, then :pcp=N and :dei; again\n"
	"                     for more), and print only what comes with the same TPIDs and VIDs;\n"
	"                     without it, whatever the tags\n"
	"  --count N          end after N messages of others\n"
	"\n"
	"Needs the capability CAP_NET_RAW (tap: CAP_NET_ADMIN). Ends with exit code 0 on SIGINT\n"
	"and SIGTERM, 1 when the interface fails, 2 when it cannot be opened.\n"
	"\n"
	"examples:\n"
	"  blframe echo eth0 -m 'hello from A'\n"
	"  blframe echo eth0 -m hello --vlan 0x88a8:100 --vlan 10 --interval 200ms\n";

struct echo {
	struct fields fields;
	unsigned interval_ms;
	unsigned long count; // 0: no end
};

/** Print octets as text: UTF-8 where it is printable, else as numbers. */
static void print_text(const char *p, size_t n)
{
	mbstate_t state = {0};

	while (n != 0) {
		wchar_t c;
		size_t used = mbrtowc(&c, p, n, &state);

		if (used == 0 || used > n || !iswprint((wint_t)c)) {
			printf("\\x%02x", (unsigned char)*p);
			memset(&state, 0, sizeof(state));
			used = 1;
		} else {
			fwrite(p, 1, used, stdout);
		}
		p += used;
		n -= used;
	}
}

static bool has_our_tags(const struct fields *f, const uint8_t *frame, const struct ether *e)
{
	if (f->n_tags == 0)
		return true;
	if (e->n_tags != f->n_tags)
		return false;
	for (uint32_t i = 0; i < e->n_tags; i++) {
		struct ether_tag t = ether_tag(frame, i);

		if (t.tpid != f->tags[i].tpid || t.vid != f->tags[i].vid)
			return false;
	}
	return true;
}

/** A message of another host, to all or to us? */
static bool is_for_us(const struct device *d, const uint8_t *frame, const struct ether *e)
{
	return memcmp(frame + ETHER_MAC_LEN, d->address, sizeof(d->address)) != 0 &&
	       ((e->flags & ETHER_DST_BROADCAST) != 0 ||
		       memcmp(frame, d->address, sizeof(d->address)) == 0);
}

/** Print the frame if it is a message of another host. @return whether it was. */
static bool print_message(
	const struct echo *echo, const struct device *d, const uint8_t *frame, uint32_t len)
{
	const char *text;
	struct ether e;

	// Tags that are named are tags; no 0x9100 is looked for otherwise.
	if (ether_parse(frame, len, fields_tpids(&echo->fields), &e) != ETHER_OK ||
		e.ethertype != echo->fields.ethertype || !is_for_us(d, frame, &e) ||
		!has_our_tags(&echo->fields, frame, &e))
		return false;
	show_address(stdout, frame + ETHER_MAC_LEN);
	for (uint32_t i = 0; i < e.n_tags; i++)
		printf(" vlan 0x%04x:%u", ether_tag(frame, i).tpid, ether_tag(frame, i).vid);
	fputs(": ", stdout);
	text = (const char *)frame + e.payload_offset;
	while (e.payload_len != 0 && text[e.payload_len - 1] == 0)
		e.payload_len--; // padding
	print_text(text, e.payload_len);
	putchar('\n');
	return true;
}

static int exchange(struct echo *echo, struct device *d)
{
	static uint8_t ours[FIELDS_FRAME_MAX], theirs[DEVICE_FRAME_MAX];
	uint64_t next_ms = clock_ms();
	unsigned long heard = 0;
	uint32_t len;
	int code;

	memcpy(echo->fields.src, d->address, sizeof(d->address));
	code = fields_build(&echo->fields, ours, &len);
	while (code == EXIT_OK && !stop_asked()) {
		uint64_t now_ms = clock_ms();
		int64_t got;

		if (now_ms >= next_ms) {
			code = device_write(d, ours, len);
			next_ms = now_ms + echo->interval_ms;
			continue;
		}
		got = device_read(d, theirs, sizeof(theirs),
			next_ms - now_ms < WAIT_MS ? (int)(next_ms - now_ms) : WAIT_MS);
		if (got < 0)
			code = EXIT_FAILED;
		if (got <= 0 || !print_message(echo, d, theirs, (uint32_t)got))
			continue;
		code = finish_output(EXIT_OK);
		if (++heard == echo->count)
			break;
	}
	return code;
}

static int parse_options(int argc, char **argv, struct echo *echo)
{
	static const struct option options[] = {
		{"ethertype", required_argument, NULL, FIELDS_ETHERTYPE},
		{"vlan", required_argument, NULL, FIELDS_VLAN},
		{"interval", required_argument, NULL, 'i'}, {"count", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'}, {0}};
	int option, code = EXIT_OK;

	while (code == EXIT_OK && (option = getopt_long(argc, argv, ":m:c:h", options, NULL)) != -1)
		switch (option) {
		case 'm':
			code = fields_take(&echo->fields, FIELDS_TEXT);
			break;
		case 'i':
			if (!interval_parse(optarg, &echo->interval_ms))
				return complain(
					"--interval: expected 1s or 200ms, not '%s'", optarg);
			break;
		case 'c':
			if (!number_parse(optarg, 1, UINT32_MAX, &echo->count))
				return complain("--count: expected 1 or more, not '%s'", optarg);
			break;
		case 'h':
			fputs(help, stdout);
			exit(finish_output(EXIT_OK));
		case '?':
		case ':':
			return complain_option(argv, option);
		default:
			code = fields_take(&echo->fields, option);
		}
	if (code == EXIT_OK && (argc - optind != 1 || echo->fields.payload == NULL))
		return complain("echo needs one interface and -m TEXT (blframe echo --help)");
	return code;
}

int echo_command(int argc, char **argv)
{
	struct echo echo = {.interval_ms = 1000};
	struct device d;
	int code;

	fields_init(&echo.fields);
	code = parse_options(argc, argv, &echo);
	if (code == EXIT_OK) {
		stop_catch();
		code = device_open(&d, argv[optind]);
		if (code == EXIT_OK) {
			code = exchange(&echo, &d);
			device_close(&d);
		}
	}
	fields_fini(&echo.fields);
	return code;
}
