/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From options to a frame. Called by build, send and echo. What is a frame and what is not is the
 * builder's decision (wire/ether_build.h); here are only words and numbers.
 */

#include "fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "hex.h"
#include "wire/fcs.h"

enum { DEFAULT_ETHERTYPE = 0xcccc };

void fields_init(struct fields *f)
{
	*f = (struct fields){.ethertype = DEFAULT_ETHERTYPE};
	memset(f->dst, 0xff, sizeof(f->dst));
}

void fields_fini(struct fields *f)
{
	free(f->tags);
	free(f->payload);
}

int fields_tag(const char *text, struct ether_tag *tag)
{
	enum ether_build_error error;
	char copy[64], *rest = copy, *word;
	unsigned long numbers[2], pcp = 0;
	unsigned n = 0;
	bool ok = strlen(text) < sizeof(copy);

	*tag = (struct ether_tag){.tpid = TAG_TPID_C};
	snprintf(copy, sizeof(copy), "%s", text);
	while (ok && (word = strsep(&rest, ":")) != NULL)
		if (strncmp(word, "pcp=", 4) == 0)
			ok = n > 0 && number_parse(word + 4, 0, 7, &pcp);
		else if (strcmp(word, "dei") == 0)
			ok = n > 0, tag->dei = 1;
		else
			ok = n < 2 && number_parse(word, 0, UINT16_MAX, &numbers[n++]);
	if (!ok || n == 0)
		return complain(
			"--vlan: expected VID or TPID:VID, then :pcp=0..7 and :dei, not '%s'",
			text);
	if (n == 2)
		tag->tpid = (uint16_t)numbers[0];
	tag->vid = (uint16_t)numbers[n - 1];
	tag->pcp = (uint8_t)pcp;
	error = ether_tag_check(tag);
	return error == ETHER_BUILD_OK
	               ? EXIT_OK
	               : complain("--vlan %s: %s", text, ether_build_error_text(error));
}

static int add_tag(struct fields *f, const char *text)
{
	struct ether_tag *tags = realloc(f->tags, (f->n_tags + 1) * sizeof(*tags));

	if (tags == NULL)
		return complain("out of memory");
	f->tags = tags;
	return fields_tag(text, &f->tags[f->n_tags++]);
}

static int set_payload(struct fields *f, uint8_t *payload, size_t len)
{
	bool again = f->payload != NULL;

	free(f->payload);
	f->payload = payload;
	f->payload_len = len;
	return again ? complain("the payload is given twice") : EXIT_OK;
}

static int take_text(struct fields *f, const char *text)
{
	char *copy = strdup(text);

	return copy ? set_payload(f, (uint8_t *)copy, strlen(text)) : complain("out of memory");
}

static int take_hex(struct fields *f, const char *text)
{
	uint8_t *payload = malloc(strlen(text) / 2 + 1);
	ssize_t len = payload ? hex_read(text, strlen(text), payload) : 0;

	if (payload == NULL)
		return complain("out of memory");
	if (len >= 0)
		return set_payload(f, payload, (size_t)len);
	free(payload);
	return complain("--hex: '%s' is not hex", text);
}

static int take_file(struct fields *f, const char *name)
{
	FILE *from = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
	uint8_t *payload = malloc(FIELDS_FRAME_MAX);
	size_t len = 0;
	int error = errno;

	if (from != NULL && payload != NULL) {
		len = fread(payload, 1, FIELDS_FRAME_MAX, from);
		error = ferror(from) ? errno : len == FIELDS_FRAME_MAX ? EFBIG : 0;
	}
	if (from != NULL && from != stdin)
		fclose(from);
	if (payload != NULL && error == 0)
		return set_payload(f, payload, len);
	free(payload);
	return complain("--file %s: %s", name, strerror(error));
}

/** Octets in hex, between `min` and `max` of them. */
static int take_octets(const char *option, const char *text, uint8_t *octets, uint32_t min,
	uint32_t max, uint32_t *len)
{
	uint8_t room[64];
	ssize_t n = strlen(text) / 2 <= sizeof(room) ? hex_read(text, strlen(text), room) : -1;

	if (n < (ssize_t)min || n > (ssize_t)max)
		return complain("--%s: expected %u%s octets in hex, not '%s'", option, min,
			min < max ? " or more" : "", text);
	memcpy(octets, room, (size_t)n);
	*len = (uint32_t)n;
	return EXIT_OK;
}

static int take_address(const char *option, uint8_t *address)
{
	if (address_parse(optarg, address))
		return EXIT_OK;
	return complain("--%s: '%s' is not a MAC address", option, optarg);
}

static int set_kind(struct fields *f, enum ether_kind kind)
{
	bool again = f->has_kind;

	f->has_kind = true;
	f->kind = kind;
	return again ? complain(
			       "more than one of --ethertype, --llc, --snap and --raw8023: a frame "
			       "has one of them")
	             : EXIT_OK;
}

static int take_ethertype(struct fields *f)
{
	unsigned long type;

	if (!number_parse(optarg, 0, UINT16_MAX, &type))
		return complain("--ethertype: expected 0x0600 to 0xffff, not '%s'", optarg);
	f->ethertype = (uint16_t)type;
	return set_kind(f, ETHER_ETHERNET2);
}

static int take_snap(struct fields *f)
{
	uint8_t octets[5];
	uint32_t n;

	if (take_octets("snap", optarg, octets, 5, 5, &n) != EXIT_OK)
		return EXIT_BAD;
	memcpy(f->oui, octets, sizeof(f->oui));
	f->pid = tag_load_be16(octets + 3);
	return set_kind(f, ETHER_SNAP);
}

int fields_take(struct fields *f, int option)
{
	switch (option) {
	case FIELDS_DST:
		return take_address("dst", f->dst);
	case FIELDS_SRC:
		f->has_src = true;
		return take_address("src", f->src);
	case FIELDS_VLAN:
		return add_tag(f, optarg);
	case FIELDS_ETHERTYPE:
		return take_ethertype(f);
	case FIELDS_LLC:
		if (take_octets("llc", optarg, f->llc, 3, sizeof(f->llc), &f->llc_len) != EXIT_OK)
			return EXIT_BAD;
		return set_kind(f, ETHER_LLC);
	case FIELDS_SNAP:
		return take_snap(f);
	case FIELDS_RAW:
		memset(f->llc, 0xff, 2);
		f->llc_len = 2;
		return set_kind(f, ETHER_RAW8023);
	case FIELDS_TEXT:
		return take_text(f, optarg);
	case FIELDS_HEX:
		return take_hex(f, optarg);
	case FIELDS_FILE:
		return take_file(f, optarg);
	case FIELDS_NO_PAD:
		f->unpadded = true;
		return EXIT_OK;
	case FIELDS_FCS:
		f->fcs = true;
		return EXIT_OK;
	default:
		return EXIT_BAD;
	}
}

unsigned fields_tpids(const struct fields *f)
{
	unsigned tpids = ETHER_TPIDS_STANDARD;

	for (uint32_t i = 0; i < f->n_tags; i++)
		if (!tag_is_tpid(f->tags[i].tpid))
			tpids |= 1u << (f->tags[i].tpid >> 8 & 3);
	return tpids;
}

int fields_build(const struct fields *f, uint8_t *frame, uint32_t *len)
{
	bool has_llc = f->kind == ETHER_LLC || f->kind == ETHER_RAW8023;
	uint32_t llc_len = has_llc ? f->llc_len : 0;
	struct ether_spec spec = {.tags = f->tags,
		.n_tags = f->n_tags,
		.kind = f->kind,
		.ethertype = f->ethertype,
		.pid = f->pid,
		.payload_len = llc_len + (uint32_t)f->payload_len,
		.min_len = f->unpadded ? 0 : ether_min_len(f->n_tags)};
	uint8_t *payload = malloc(spec.payload_len + 1);
	enum ether_build_error error;

	if (payload == NULL)
		return complain("out of memory");
	memcpy(payload, f->llc, llc_len);
	if (f->payload_len != 0)
		memcpy(payload + llc_len, f->payload, f->payload_len);
	spec.payload = payload;
	memcpy(spec.dst, f->dst, ETHER_MAC_LEN);
	memcpy(spec.src, f->src, ETHER_MAC_LEN);
	memcpy(spec.oui, f->oui, sizeof(spec.oui));
	error = ether_build(&spec, frame, FIELDS_FRAME_MAX - FCS_LEN, len);
	free(payload);
	if (error != ETHER_BUILD_OK)
		return complain("cannot build the frame: %s", ether_build_error_text(error));
	if (f->fcs) {
		fcs_append(frame, *len);
		*len += FCS_LEN;
	}
	return EXIT_OK;
}
