/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Values of a document as the schema describes them, for whoever goes along it: emit.c and diff.c.
 * Reads only what unresolve.c made; libcyaml's own loading does not need it.
 */

#include <stdio.h>
#include <string.h>

#include "conf/unresolve.h"

static const void *behind(const cyaml_schema_value_t *schema, const void *slot)
{
	const void *data = slot;

	if ((schema->flags & CYAML_FLAG_POINTER) != 0)
		memcpy(&data, slot, sizeof(data));
	return data;
}

struct raw_value raw_field(const cyaml_schema_field_t *field, const void *data)
{
	const char *mapping = data;
	struct raw_value v = {.schema = &field->value,
		.data = behind(&field->value, mapping + field->data_offset)};

	if (field->value.type == CYAML_SEQUENCE)
		memcpy(&v.n, mapping + field->count_offset, sizeof(v.n));
	if (field->value.type == CYAML_SEQUENCE && v.n == 0)
		v.data = NULL;
	return v;
}

struct raw_value raw_entry(const struct raw_value *list, unsigned i)
{
	const cyaml_schema_value_t *entry = list->schema->sequence.entry;
	size_t stride =
		(entry->flags & CYAML_FLAG_POINTER) != 0 ? sizeof(void *) : entry->data_size;
	struct raw_value v = {
		.schema = entry, .data = behind(entry, (const char *)list->data + i * stride)};

	if (entry->type == CYAML_SEQUENCE_FIXED)
		v.n = entry->sequence.max;
	return v;
}

static const char *word(const cyaml_schema_value_t *schema, const void *data)
{
	int value;

	memcpy(&value, data, sizeof(value));
	for (unsigned i = 0; i < schema->enumeration.count; i++)
		if (schema->enumeration.strings[i].val == value)
			return schema->enumeration.strings[i].str;
	return "?";
}

void raw_text(const struct raw_value *value, const char *key, char *text, size_t size)
{
	bool hex = strcmp(key, "tpid") == 0 || strcmp(key, "ethertype") == 0;
	uint32_t v;

	switch (value->schema->type) {
	case CYAML_STRING:
		snprintf(text, size, "%s", (const char *)value->data);
		break;
	case CYAML_BOOL:
		snprintf(text, size, "%s", *(const bool *)value->data ? "true" : "false");
		break;
	case CYAML_ENUM:
		snprintf(text, size, "%s", word(value->schema, value->data));
		break;
	default:
		memcpy(&v, value->data, sizeof(v));
		snprintf(text, size, hex ? "0x%04x" : "%u", v);
		break;
	}
}
