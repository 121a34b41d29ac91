/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blframe build: a frame from its fields, as hex or into a capture. The frame is fields.c's; here
 * is only output.
 */

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "fields.h"
#include "wire/fcs.h"

static const char help[] =
	"usage: blframe build [fields] [-w FILE]\n"
	"\n"
	"Builds a frame and writes it as a line of hex, or as a capture.\n"
	"\n" FIELDS_HELP
	"  -w FILE                write a pcap file instead; - is standard output\n"
	"\n"
	"src is 02:00:00:00:00:01 by default. A frame that no receiver would read back as it was\n"
	"meant is refused: VID 4095, a type below 0x0600, a payload too long for a length field.\n"
	"Padding fills the payload to 46 octets, so a tagged frame is four octets longer: its tag\n"
	"can be popped without leaving a runt.\n"
	"\n"
	"Exit code: 0, or 2 for bad arguments or an output that cannot be written.\n"
	"\n"
	"examples:\n"
	"  blframe build --ethertype 0x88b5 -m hello\n"
	"  blframe build --vlan 0x88a8:100:pcp=3:dei --vlan 10 --hex 'de ad be ef' --fcs\n"
	"  blframe build --snap 00:00:0c:20:00 --file cdp.bin -w cdp.pcap\n";

static int write_capture(const char *file, const uint8_t *frame, uint32_t len)
{
	const struct pcap_pkthdr header = {.caplen = len, .len = len};
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, FIELDS_FRAME_MAX);
	pcap_dumper_t *dump = pcap != NULL ? pcap_dump_open(pcap, file) : NULL;
	int code = EXIT_OK;

	if (dump == NULL) {
		code = complain("%s", pcap != NULL ? pcap_geterr(pcap) : "out of memory");
	} else {
		pcap_dump((u_char *)dump, &header, frame);
		if (pcap_dump_flush(dump) != 0)
			code = complain("%s: %s", file, strerror(errno));
		pcap_dump_close(dump);
	}
	if (pcap != NULL)
		pcap_close(pcap);
	return code;
}

static int write_hex(const uint8_t *frame, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		printf("%02x", frame[i]);
	putchar('\n');
	return finish_output(EXIT_OK);
}

static int build(const struct fields *f, const char *file)
{
	static uint8_t frame[FIELDS_FRAME_MAX];
	uint32_t len;

	fcs_init();
	if (fields_build(f, frame, &len) != EXIT_OK)
		return EXIT_BAD;
	return file != NULL ? write_capture(file, frame, len) : write_hex(frame, len);
}

int build_command(int argc, char **argv)
{
	static const struct option options[] = {
		FIELDS_OPTIONS, {"help", no_argument, NULL, 'h'}, {0}};
	const char *file = NULL;
	struct fields f;
	int option, code = EXIT_OK;

	fields_init(&f);
	memcpy(f.src, "\x02\0\0\0\0\x01", ETHER_MAC_LEN);
	while (code == EXIT_OK && (option = getopt_long(argc, argv, ":m:w:h", options, NULL)) != -1)
		switch (option) {
		case 'm':
			code = fields_take(&f, FIELDS_TEXT);
			break;
		case 'w':
			file = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			fields_fini(&f);
			return finish_output(EXIT_OK);
		case '?':
		case ':':
			code = complain_option(argv, option);
			break;
		default:
			code = fields_take(&f, option);
		}
	if (code == EXIT_OK && optind != argc)
		code = complain(
			"build takes no '%s' (a payload is given with -m TEXT)", argv[optind]);
	if (code == EXIT_OK)
		code = build(&f, file);
	fields_fini(&f);
	return code;
}
