/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FIELDS_H
#define FIELDS_H

/**
 * @file
 * The options that name the fields of a frame, the same for build and send.
 */

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/ether_build.h"

enum { FIELDS_FRAME_MAX = 262144 }; // what a capture file can hold

struct fields {
	uint8_t dst[ETHER_MAC_LEN], src[ETHER_MAC_LEN];
	bool has_src, has_kind;
	struct ether_tag *tags; // owned
	uint32_t n_tags;
	enum ether_kind kind;
	uint16_t ethertype;
	uint8_t llc[4]; // what stands before the payload in LLC and raw 802.3 frames
	uint32_t llc_len;
	uint8_t oui[3];
	uint16_t pid;
	uint8_t *payload; // owned
	size_t payload_len;
	bool fcs, unpadded;
};

/** The lines of --help that explain these options. */
#define FIELDS_HELP                                                                                \
	"  --dst MAC, --src MAC   addresses; dst is broadcast by default\n"                        \
	"  --vlan TAG             VID, TPID:VID, and then :pcp=N and :dei; again for more tags,\n" \
	"                         the outermost first: 10, 0x88a8:100:pcp=3:dei\n"                 \
	"  --ethertype TYPE       Ethernet II (default, with 0xcccc)\n"                            \
	"  --llc HEX              802.3 with length and LLC: DSAP, SSAP, control: 42:42:03\n"      \
	"  --snap HEX             802.3 with length and SNAP: OUI and PID: 00:00:0c:20:00\n"       \
	"  --raw8023              802.3 with length and FF-FF\n"                                   \
	"  -m TEXT, --hex HEX, --file FILE   payload; - is standard input\n"                       \
	"  --no-pad               leave a short payload short; else zeros make it 46 octets\n"     \
	"  --fcs                  append the frame check sequence\n"

/** The long options, for a command's own array; their values begin at FIELDS_FIRST. */
enum fields_option {
	FIELDS_FIRST = 256,
	FIELDS_DST = FIELDS_FIRST,
	FIELDS_SRC,
	FIELDS_VLAN,
	FIELDS_ETHERTYPE,
	FIELDS_LLC,
	FIELDS_SNAP,
	FIELDS_RAW,
	FIELDS_TEXT,
	FIELDS_HEX,
	FIELDS_FILE,
	FIELDS_NO_PAD,
	FIELDS_FCS,
	FIELDS_END
};

// clang-format off
#define FIELDS_OPTIONS \
	{"dst", required_argument, NULL, FIELDS_DST}, \
	{"src", required_argument, NULL, FIELDS_SRC}, \
	{"vlan", required_argument, NULL, FIELDS_VLAN}, \
	{"ethertype", required_argument, NULL, FIELDS_ETHERTYPE}, \
	{"llc", required_argument, NULL, FIELDS_LLC}, \
	{"snap", required_argument, NULL, FIELDS_SNAP}, \
	{"raw8023", no_argument, NULL, FIELDS_RAW}, \
	{"text", required_argument, NULL, FIELDS_TEXT}, \
	{"hex", required_argument, NULL, FIELDS_HEX}, \
	{"file", required_argument, NULL, FIELDS_FILE}, \
	{"no-pad", no_argument, NULL, FIELDS_NO_PAD}, \
	{"fcs", no_argument, NULL, FIELDS_FCS}
// clang-format on

void fields_init(struct fields *f);
void fields_fini(struct fields *f);

/** Take one of the options (its value is in optarg). @return EXIT_OK, or EXIT_BAD with a message.
 */
int fields_take(struct fields *f, int option);

/** "0x88a8:100:pcp=3:dei"; @return EXIT_OK, or EXIT_BAD with a message. */
int fields_tag(const char *text, struct ether_tag *tag);

/** The TPIDs among the tags that a reader must be told of: enum ether_tpids. */
unsigned fields_tpids(const struct fields *f);

/**
 * Build the frame.
 *
 * @param frame FIELDS_FRAME_MAX octets.
 * @return EXIT_OK with *len set, FCS included, or EXIT_BAD with a message.
 */
int fields_build(const struct fields *f, uint8_t *frame, uint32_t *len);

#endif
