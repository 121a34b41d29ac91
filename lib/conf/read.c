/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the text of a document to libyaml's events, one after the other, each handed to walk.c; and
 * what is wrong with text that is no YAML or no UTF-8. Called by conf.c. Nothing here knows the
 * schema.
 *
 * Long input needs no limit of its own: libyaml looks ahead no more than the 1024 characters of a
 * possible key.
 */

#include <stdio.h>

#include "conf/walk.h"

enum { MESSAGE_MAX = 512 };

/* libyaml gives octets that are no text an offset only. */
static yaml_mark_t mark_of_offset(const char *data, size_t offset)
{
	yaml_mark_t mark = {0};

	for (size_t i = 0; i < offset; i++) {
		if (data[i] == '\n') {
			mark.line++;
			mark.column = 0;
		} else if (((unsigned char)data[i] & 0xc0) != 0x80) {
			mark.column++;
		}
	}
	return mark;
}

static int fail_parser(
	const struct walk *w, const yaml_parser_t *parser, const char *data, size_t size)
{
	char message[MESSAGE_MAX];
	size_t offset = parser->problem_offset;

	if (parser->error == YAML_MEMORY_ERROR) {
		snprintf(w->doc->error, w->doc->error_size, "%s: out of memory", w->doc->file);
		return -1;
	}
	if (parser->error == YAML_READER_ERROR) {
		offset = offset < size ? offset : size;
		if (parser->problem_value >= 0)
			snprintf(message, sizeof(message),
				"found the octet or character 0x%02x (%s), expected UTF-8 text",
				(unsigned)parser->problem_value, parser->problem);
		else
			snprintf(message, sizeof(message), "found %s, expected UTF-8 text",
				parser->problem);
		return walk_fail(w, mark_of_offset(data, offset), DOC_NONE, message);
	}
	snprintf(message, sizeof(message), "found no YAML (%s%s%s), expected YAML",
		parser->context != NULL ? parser->context : "", parser->context != NULL ? ", " : "",
		parser->problem != NULL ? parser->problem : "unknown");
	return walk_fail(w, parser->problem_mark, w->open, message);
}

int doc_read(struct doc *doc, const void *data, size_t size)
{
	struct walk w = {.doc = doc, .open = DOC_NONE};
	yaml_parser_t parser;
	bool end = false;
	int answer = 0;

	doc->later = DOC_NONE;
	if (!yaml_parser_initialize(&parser)) {
		snprintf(doc->error, doc->error_size, "%s: out of memory", doc->file);
		return -1;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, data, size);
	while (answer == 0 && !end) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			answer = fail_parser(&w, &parser, data, size);
			break;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		answer = walk_event(&w, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (answer == 0 && doc->n == 0)
		return walk_fail(&w, (yaml_mark_t){0}, DOC_NONE,
			"found nothing, expected a mapping of keys to values");
	return answer;
}
