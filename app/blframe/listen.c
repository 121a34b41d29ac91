/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blframe listen: the frames that come in on an interface, as the lines of decode. Runs until it
 * has seen enough or is told to stop; writes each line at once.
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "device.h"
#include "show.h"
#include "wire/fcs.h"

enum { WAIT_MS = 200 }; // until the next look at stop_asked()

static const char help[] =
	"usage: blframe listen IFACE [--ethertype TYPE] [--count N] [--json] [--tpid TPID[,TPID]]\n"
	"                     [--fcs]\n"
	"\n"
	"Shows the frames that come in, one a line as decode does, with the tags that were on the\n"
	"wire; not those that this host sends. IFACE is an interface, or tap:NAME for the far end\n"
	"of a TAP device, which is made if it does not exist.\n"
	"\n"
	"  --ethertype TYPE   only frames with this EtherType, whatever their tags\n"
	"  --count N          stop after N frames\n"
	"  --json, --tpid, --fcs   as for decode\n"
	"\n"
	"Needs the capability CAP_NET_RAW (tap: CAP_NET_ADMIN). Ends with exit code 0 on SIGINT\n"
	"and SIGTERM, 1 when the interface fails, 2 when it cannot be opened.\n"
	"\n"
	"examples:\n"
	"  blframe listen eth0\n"
	"  blframe listen eth0 --ethertype 0xcccc --count 1 --json\n"
	"  blframe listen tap:bl0 | jq .vlans\n";

struct listen {
	struct show how;
	unsigned long ethertype; // 0: any
	unsigned long count;     // 0: no end
};

static bool is_wanted(const struct listen *l, const uint8_t *frame, uint32_t len)
{
	struct ether e;

	if (l->ethertype == 0)
		return true;
	if (l->how.fcs)
		len -= len < FCS_LEN ? len : FCS_LEN;
	return ether_parse(frame, len, l->how.tpids, &e) == ETHER_OK && e.ethertype == l->ethertype;
}

static int show_frames(const struct listen *l, struct device *d)
{
	static uint8_t frame[DEVICE_FRAME_MAX];
	unsigned long seen = 0;

	while (!stop_asked() && (l->count == 0 || seen < l->count)) {
		int64_t len = device_read(d, frame, sizeof(frame), WAIT_MS);

		if (len < 0)
			return EXIT_FAILED;
		if (len == 0 || !is_wanted(l, frame, (uint32_t)len))
			continue;
		show_frame(stdout, &l->how, frame, (uint32_t)len);
		if (finish_output(EXIT_OK) != EXIT_OK)
			return EXIT_FAILED;
		seen++;
	}
	return EXIT_OK;
}

static int parse_options(int argc, char **argv, struct listen *l)
{
	static const struct option options[] = {{"ethertype", required_argument, NULL, 'e'},
		{"count", required_argument, NULL, 'c'}, {"json", no_argument, NULL, 'j'},
		{"tpid", required_argument, NULL, 't'}, {"fcs", no_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'}, {0}};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, ":c:h", options, NULL)) != -1)
		switch (option) {
		case 'e':
			if (!number_parse(optarg, ETHER_TYPE_MIN, UINT16_MAX, &l->ethertype))
				return complain(
					"--ethertype: expected 0x0600 to 0xffff, not '%s'", optarg);
			break;
		case 'c':
			if (!number_parse(optarg, 1, UINT32_MAX, &l->count))
				return complain("--count: expected 1 or more, not '%s'", optarg);
			break;
		case 'j':
			json = true;
			break;
		case 't':
			if (!show_tpids_parse(optarg, &l->how.tpids))
				return complain(
					"--tpid: expected 0x9100, 0x9200 or 0x9300, separated "
					"by commas, not '%s'",
					optarg);
			break;
		case 'f':
			l->how.fcs = true;
			break;
		case 'h':
			fputs(help, stdout);
			exit(finish_output(EXIT_OK));
		default:
			return complain_option(argv, option);
		}
	if (argc - optind != 1)
		return complain("listen needs one interface (blframe listen --help)");
	l->how.form = show_form_of_stdout(json);
	return EXIT_OK;
}

int listen_command(int argc, char **argv)
{
	struct listen l = {0};
	struct device d;
	int code = parse_options(argc, argv, &l);

	if (code != EXIT_OK)
		return code;
	fcs_init();
	stop_catch();
	code = device_open(&d, argv[optind]);
	if (code != EXIT_OK)
		return code;
	code = show_frames(&l, &d);
	device_close(&d);
	return code;
}
