/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames as lines. Called by decode and listen. Every value is a number, a fixed name or hex, so
 * the JSON needs no escaping; a frame of 16000 tags is one line too, so nothing is put into a
 * buffer of fixed size.
 */

#include "show.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "wire/fcs.h"

static const char *const fcs_names[] = {[FCS_OK] = "ok", [FCS_BAD] = "bad"};

void show_address(FILE *to, const uint8_t *a)
{
	fprintf(to, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void json_flags(FILE *to, unsigned flags)
{
	const char *name, *comma = "";

	fputs(",\"flags\":[", to);
	for (unsigned bit = 0; (name = ether_flag_name(bit)) != NULL; bit++)
		if (flags >> bit & 1) {
			fprintf(to, "%s\"%s\"", comma, name);
			comma = ",";
		}
	fputc(']', to);
}

static void json_frame(FILE *to, const uint8_t *p, const struct ether *e)
{
	const uint8_t *llc = p + ether_type_offset(e) + 2;

	fputs(",\"dst\":\"", to);
	show_address(to, p);
	fputs("\",\"src\":\"", to);
	show_address(to, p + ETHER_MAC_LEN);
	fputs("\",\"vlans\":[", to);
	for (uint32_t i = 0; i < e->n_tags; i++) {
		struct ether_tag t = ether_tag(p, i);

		fprintf(to, "%s{\"tpid\":\"0x%04x\",\"pcp\":%u,\"dei\":%u,\"vid\":%u}",
			i == 0 ? "" : ",", t.tpid, t.pcp, t.dei, t.vid);
	}
	fprintf(to, "],\"kind\":\"%s\",\"ethertype\":", ether_kind_name(e->kind));
	if (e->ethertype != 0)
		fprintf(to, "\"0x%04x\"", e->ethertype);
	else
		fputs("null", to);
	if (e->kind == ETHER_LLC || e->kind == ETHER_SNAP)
		fprintf(to, ",\"dsap\":\"0x%02x\",\"ssap\":\"0x%02x\",\"control\":\"0x%02x\"",
			llc[0], llc[1], llc[2]);
	if (e->kind == ETHER_SNAP)
		fprintf(to, ",\"oui\":\"%02x:%02x:%02x\",\"pid\":\"0x%02x%02x\"", llc[3], llc[4],
			llc[5], llc[6], llc[7]);
	fprintf(to, ",\"payload_offset\":%" PRIu32 ",\"payload_len\":%" PRIu32, e->payload_offset,
		e->payload_len);
	if (e->kind != ETHER_ETHERNET2)
		fprintf(to, ",\"pad_len\":%" PRIu32, e->pad_len);
	json_flags(to, e->flags);
}

static void text_frame(FILE *to, const uint8_t *p, const struct ether *e)
{
	const uint8_t *llc = p + ether_type_offset(e) + 2;
	const char *name;

	fputc(' ', to);
	show_address(to, p + ETHER_MAC_LEN);
	fputs(" > ", to);
	show_address(to, p);
	for (uint32_t i = 0; i < e->n_tags; i++) {
		struct ether_tag t = ether_tag(p, i);

		fprintf(to, " vlan 0x%04x:%u", t.tpid, t.vid);
		if (t.pcp != 0)
			fprintf(to, ":pcp=%u", t.pcp);
		if (t.dei != 0)
			fputs(":dei", to);
	}
	fprintf(to, " %s", ether_kind_name(e->kind));
	if (e->kind == ETHER_SNAP)
		fprintf(to, " oui %02x:%02x:%02x pid 0x%02x%02x", llc[3], llc[4], llc[5], llc[6],
			llc[7]);
	else if (e->kind == ETHER_LLC)
		fprintf(to, " dsap 0x%02x ssap 0x%02x control 0x%02x", llc[0], llc[1], llc[2]);
	else if (e->kind == ETHER_ETHERNET2)
		fprintf(to, " 0x%04x", e->ethertype);
	fprintf(to, " payload %" PRIu32 " at %" PRIu32, e->payload_len, e->payload_offset);
	if (e->pad_len != 0)
		fprintf(to, " pad %" PRIu32, e->pad_len);
	for (unsigned bit = 0; (name = ether_flag_name(bit)) != NULL; bit++)
		if (e->flags >> bit & 1)
			fprintf(to, " %s", name);
}

void show_frame(FILE *to, const struct show *how, const uint8_t *p, uint32_t len)
{
	const char *fcs = NULL, *error = NULL;
	enum ether_error fault;
	uint32_t end = len;
	struct ether e;

	if (how->fcs) {
		enum fcs_verdict verdict = fcs_check(p, len);

		if (verdict == FCS_SHORT) {
			error = "short_fcs";
		} else {
			fcs = fcs_names[verdict];
			end = len - FCS_LEN;
		}
	}
	if (error == NULL) {
		fault = ether_parse(p, end, how->tpids, &e);
		error = fault == ETHER_OK ? NULL : ether_error_name(fault);
	}
	fprintf(to, how->form == SHOW_JSON ? "{\"len\":%" PRIu32 : "%" PRIu32, len);
	if (error != NULL)
		fprintf(to, how->form == SHOW_JSON ? ",\"error\":\"%s\"" : " error %s", error);
	else if (how->form == SHOW_JSON)
		json_frame(to, p, &e);
	else
		text_frame(to, p, &e);
	if (fcs != NULL)
		fprintf(to, how->form == SHOW_JSON ? ",\"fcs\":\"%s\"" : " fcs %s", fcs);
	fputs(how->form == SHOW_JSON ? "}\n" : "\n", to);
}

void show_error(FILE *to, const struct show *how, const char *error)
{
	fprintf(to, how->form == SHOW_JSON ? "{\"error\":\"%s\"}\n" : "error %s\n", error);
}

enum show_form show_form_of_stdout(bool json)
{
	return json || !isatty(STDOUT_FILENO) ? SHOW_JSON : SHOW_TEXT;
}

bool show_tpids_parse(const char *text, unsigned *tpids)
{
	char copy[256];
	char *rest = copy, *word;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	while ((word = strsep(&rest, ",")) != NULL) {
		unsigned long tpid;

		if (!number_parse(word, 0, UINT16_MAX, &tpid) ||
			!ether_is_tpid((uint16_t)tpid, ~0u))
			return false;
		if (!tag_is_tpid((uint16_t)tpid))
			*tpids |= 1u << (tpid >> 8 & 3);
	}
	return true;
}
