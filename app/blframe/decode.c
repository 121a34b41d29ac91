/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blframe decode: frames of hex on standard input, or of a capture, as lines. The parse is
 * lib/wire's; here is only input. A frame that cannot be parsed is an answer, not a failure.
 */

#include <errno.h>
#include <getopt.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "hex.h"
#include "show.h"
#include "wire/fcs.h"

static const char help[] =
	"usage: blframe decode [--fcs] [--tpid TPID[,TPID]] [--json] [-r FILE]\n"
	"\n"
	"Reads frames in hex, one a line, on standard input (groups of octets, with 0x before\n"
	"them or not, separated by blanks : - . , or not; an empty line is a frame of 0 octets)\n"
	"or from a capture, and writes one line for each: JSON, or on a terminal words.\n"
	"\n"
	"  -r FILE        read a capture, pcap or pcapng, of Ethernet frames; judged on the\n"
	"                 octets that were captured; - is standard input\n"
	"  --fcs          frames end in their FCS: say if it is right, and do not count it as\n"
	"                 payload\n"
	"  --tpid TPID    0x9100, 0x9200 and 0x9300 are tags too when named (0x8100 and 0x88a8\n"
	"                 always are)\n"
	"  --json         JSON on a terminal too\n"
	"\n"
	"JSON keys: len dst src vlans[tpid pcp dei vid] kind ethertype payload_offset payload_len\n"
	"flags always; dsap ssap control oui pid pad_len fcs where they exist. Kinds: ethernet2\n"
	"llc snap raw8023. Flags: dst_broadcast dst_multicast dst_link_constrained src_group\n"
	"src_zero vid_reserved. What cannot be parsed has len and error: short_header short_vlan\n"
	"length_reserved length_overrun llc_short snap_short short_fcs; a line that is no hex has\n"
	"error not_hex. control is the first octet of that field.\n"
	"\n"
	"Exit code: 0; 1 when a line was not hex; 2 for bad arguments or an unreadable file.\n"
	"\n"
	"examples:\n"
	"  echo ffffffffffff0200000000018100000a0806 | blframe decode\n"
	"  blframe build --vlan 10 -m hello --fcs | blframe decode --fcs\n"
	"  blframe decode -r trace.pcapng | jq 'select(.vlans[0].vid == 10)'\n";

static int decode_lines(const struct show *how)
{
	int code = EXIT_OK;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while (errno = 0, (n = getline(&line, &room, stdin)) >= 0) {
		// In place: an octet takes two characters or more.
		ssize_t len = hex_read(line, (size_t)n, (uint8_t *)line);

		if (len < 0 || len > UINT32_MAX) {
			show_error(stdout, how, "not_hex");
			code = EXIT_FAILED;
		} else {
			show_frame(stdout, how, (uint8_t *)line, (uint32_t)len);
		}
	}
	if (ferror(stdin))
		code = complain("cannot read standard input: %s", strerror(errno));
	free(line);
	return code;
}

static int decode_capture(const struct show *how, const char *file)
{
	FILE *from = strcmp(file, "-") == 0 ? stdin : fopen(file, "rb");
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *octets;
	int code = EXIT_OK, got;
	pcap_t *pcap;

	if (from == NULL)
		return complain("%s: %s", file, strerror(errno));
	pcap = pcap_fopen_offline(from, error);
	if (pcap == NULL) {
		fclose(from);
		return complain("%s: %s", file, error);
	}
	if (pcap_datalink(pcap) != DLT_EN10MB) {
		const char *name = pcap_datalink_val_to_name(pcap_datalink(pcap));

		code = complain("%s: the link type is %s, not Ethernet", file,
			name ? name : "an unknown one");
		pcap_close(pcap);
		return code;
	}
	while ((got = pcap_next_ex(pcap, &header, &octets)) == 1)
		show_frame(stdout, how, octets, header->caplen);
	if (got == PCAP_ERROR)
		code = complain("%s: %s", file, pcap_geterr(pcap));
	pcap_close(pcap);
	return code;
}

int decode_command(int argc, char **argv)
{
	static const struct option options[] = {{"fcs", no_argument, NULL, 'f'},
		{"tpid", required_argument, NULL, 't'}, {"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'}, {0}};
	struct show how = {0};
	const char *file = NULL;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, ":r:h", options, NULL)) != -1)
		switch (option) {
		case 'f':
			how.fcs = true;
			break;
		case 't':
			if (!show_tpids_parse(optarg, &how.tpids))
				return complain(
					"--tpid: expected 0x9100, 0x9200 or 0x9300, separated "
					"by commas, not '%s'",
					optarg);
			break;
		case 'j':
			json = true;
			break;
		case 'r':
			file = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return finish_output(EXIT_OK);
		default:
			return complain_option(argv, option);
		}
	if (optind != argc)
		return complain(
			"decode takes no '%s' (a capture is read with -r FILE)", argv[optind]);
	how.form = show_form_of_stdout(json);
	fcs_init();
	return finish_output(file ? decode_capture(&how, file) : decode_lines(&how));
}
