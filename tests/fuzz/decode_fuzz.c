/* SPDX-License-Identifier: BSD-3-Clause */
/* The input of blframe decode: any line is hex or not; any frame is one line of JSON that a JSON
 * reader takes, and one line of text. First octet: options. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "hex.h"
#include "show.h"
#include "wire/fcs.h"

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(const char *text, size_t n, uint32_t len)
{
	json_t *json = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);

	CHECK(json_is_object(json));
	CHECK(json_integer_value(json_object_get(json, "len")) == len);
	CHECK(!json_object_get(json, "error") != !json_object_get(json, "kind"));
	json_decref(json);
}

static void show(const struct show *how, const uint8_t *frame, uint32_t len)
{
	char *text;
	size_t n;
	FILE *to = open_memstream(&text, &n);

	show_frame(to, how, frame, len);
	fclose(to);
	CHECK(memchr(text, '\n', n) == text + n - 1);
	if (how->form == SHOW_JSON)
		check_json(text, n, len);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct show how = {0};
	uint8_t *frame;
	ssize_t len;

	if (size < 1)
		return 0;
	how.fcs = data[0] & 1;
	how.tpids = data[0] >> 1 & 0x0e;
	how.form = data[0] & 0x40 ? SHOW_TEXT : SHOW_JSON;
	// As a line of text; and as the octets of a frame, so that frames do not have to be found
	// through hex.
	frame = malloc(size / 2 + 1);
	len = hex_read((const char *)data + 1, size - 1, frame);
	if (len >= 0) {
		uint8_t *exact = malloc((size_t)len);

		CHECK((size_t)len <= (size - 1) / 2);
		if (len != 0)
			memcpy(exact, frame, (size_t)len);
		show(&how, exact, (uint32_t)len);
		free(exact);
	}
	free(frame);
	show(&how, data + 1, (uint32_t)size - 1);
	return 0;
}
