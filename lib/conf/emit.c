/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A configuration as YAML text, along the schema that reads it: conf_text(). Called by whoever
 * saves or shows what runs; writes no file. What equals its default is left out, keys stand in
 * the schema's order, lists in the configuration's.
 */

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "conf/unresolve.h"

enum { WIDTH = 98, TOP_LEVELS = 2 };

struct emit {
	yaml_emitter_t emitter;
	char *text;
	size_t n, room;
	bool failed;
};

static int append(void *arg, unsigned char *data, size_t size)
{
	struct emit *e = arg;

	if (e->n + size + 1 > e->room) {
		size_t room = 2 * (e->n + size) + 4096;
		char *text = realloc(e->text, room);

		if (text == NULL)
			return 0;
		e->text = text;
		e->room = room;
	}
	memcpy(e->text + e->n, data, size);
	e->n += size;
	e->text[e->n] = '\0';
	return 1;
}

static void send(struct emit *e, int made, yaml_event_t *event)
{
	if (!made || !yaml_emitter_emit(&e->emitter, event))
		e->failed = true;
}

/* Readers of YAML 1.1 take digits with colons for a number to the base of 60. */
static void emit_text(struct emit *e, const char *text)
{
	yaml_scalar_style_t style = strchr(text, ':') != NULL || text[0] == '\0'
	                                    ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
	                                    : YAML_PLAIN_SCALAR_STYLE;
	yaml_event_t event;

	send(e,
		yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
			(int)strlen(text), 1, 1, style),
		&event);
}

/* What stands in a list stands on one line, but for bridges, which have lists of their own. */
static bool is_block(const struct raw_value *v, unsigned level)
{
	const cyaml_schema_field_t *f;

	if (level == 0)
		return true;
	if (level >= TOP_LEVELS + 2)
		return false;
	if (raw_is_list(v->schema))
		return v->schema->sequence.entry->type == CYAML_MAPPING ||
		       v->schema->sequence.entry->type == CYAML_SEQUENCE_FIXED;
	for (f = v->schema->mapping.fields; f->key != NULL; f++)
		if (strcmp(f->key, "members") == 0)
			return true;
	return false;
}

static void emit_value(struct emit *e, const struct raw_value *v, const char *key, unsigned level);

static void emit_mapping(struct emit *e, const struct raw_value *v, unsigned level)
{
	yaml_event_t event;

	send(e,
		yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
			is_block(v, level) ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE),
		&event);
	for (const cyaml_schema_field_t *f = v->schema->mapping.fields; f->key != NULL; f++) {
		struct raw_value field = raw_field(f, v->data);

		if (field.data == NULL)
			continue;
		emit_text(e, f->key);
		emit_value(e, &field, f->key, level + 1);
	}
	send(e, yaml_mapping_end_event_initialize(&event), &event);
}

static void emit_list(struct emit *e, const struct raw_value *v, const char *key, unsigned level)
{
	yaml_event_t event;

	send(e,
		yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
			is_block(v, level) ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE),
		&event);
	for (unsigned i = 0; i < v->n; i++) {
		struct raw_value entry = raw_entry(v, i);

		emit_value(e, &entry, key, level + 1);
	}
	send(e, yaml_sequence_end_event_initialize(&event), &event);
}

static void emit_value(struct emit *e, const struct raw_value *v, const char *key, unsigned level)
{
	char text[CONF_DEVICE_MAX];

	if (e->failed)
		return;
	if (v->schema->type == CYAML_MAPPING) {
		emit_mapping(e, v, level);
	} else if (raw_is_list(v->schema)) {
		emit_list(e, v, key, level);
	} else {
		raw_text(v, key, text, sizeof(text));
		emit_text(e, text);
	}
}

static void emit_document(struct emit *e, const struct raw_conf *raw)
{
	struct raw_value root = {.schema = &conf_schema, .data = raw};
	yaml_event_t event;

	yaml_emitter_set_output(&e->emitter, append, e);
	yaml_emitter_set_unicode(&e->emitter, 1);
	yaml_emitter_set_width(&e->emitter, WIDTH);
	send(e, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event);
	send(e, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event);
	emit_value(e, &root, "", 0);
	if (e->failed)
		return;
	send(e, yaml_document_end_event_initialize(&event, 1), &event);
	send(e, yaml_stream_end_event_initialize(&event), &event);
}

char *conf_text(const struct conf *conf)
{
	struct emit e = {.n = 0};
	struct raw_store *store;
	const struct raw_conf *raw = conf_unresolve(conf, &store);

	if (raw == NULL)
		return NULL;
	if (yaml_emitter_initialize(&e.emitter))
		emit_document(&e, raw);
	else
		e.failed = true;
	yaml_emitter_delete(&e.emitter);
	raw_store_free(store);
	if (!e.failed)
		return e.text;
	free(e.text);
	return NULL;
}
