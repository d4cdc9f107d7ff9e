/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Checked fields on top of json-c. */
#include "oci/json.h"

#include <errno.h>
#include <string.h>

#define MAX_DEPTH 32
/* json-c takes up to a hundred times the room of "[],": a document of a few megabytes must not fill memory. */
#define MAX_CONTAINERS 32768u
#define MAX_VALUES 262144u

int erofs_oci_bad(const struct erofs_oci_document *doc, const char *format, ...)
{
	return erofs_fail_in(doc->report, -EINVAL, format, "%s", doc->name);
}

static const char *type_name(enum json_type type)
{
	return type == json_type_int ? "a whole number" : type == json_type_string ? "a text" :
	       type == json_type_array ? "a list" : "an object";
}

/* Blanks may follow the value, and nothing else. */
static bool ends_there(const struct erofs_oci_document *doc, size_t end)
{
	const char *bytes = doc->bytes;

	while (end < doc->size && bytes[end] && strchr(" \t\r\n", bytes[end]))
		end++;
	return end == doc->size;
}

static int check_size(const struct erofs_oci_document *doc)
{
	size_t containers = 0, values = 0;

	if (doc->size > EROFS_OCI_DOCUMENT_MAX_BYTES)
		return erofs_fail(doc->report, -EFBIG, "%s: %zu bytes, the limit is %u", doc->name,
			doc->size, EROFS_OCI_DOCUMENT_MAX_BYTES);
	for (size_t i = 0; i < doc->size; i++) {
		char c = ((const char *)doc->bytes)[i];

		containers += c == '[' || c == '{';
		values += c == ',';
	}
	if (containers > MAX_CONTAINERS || values > MAX_VALUES)
		return erofs_fail(doc->report, -EFBIG, "%s: %zu lists and objects, %zu values: too many",
			doc->name, containers, values);
	return 0;
}

int erofs_oci_json_open(const struct erofs_oci_document *doc, enum json_type type,
	struct json_object **ret)
{
	struct json_tokener *tokener;
	struct json_object *value;
	enum json_tokener_error error;
	size_t end;
	int r = check_size(doc);

	if (r < 0)
		return r;
	tokener = json_tokener_new_ex(MAX_DEPTH);
	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	value = json_tokener_parse_ex(tokener, doc->bytes, (int)doc->size);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success && value && ends_there(doc, end) &&
	    json_object_is_type(value, type)) {
		*ret = value;
		return 0;
	}
	json_object_put(value);
	if (error == json_tokener_continue)
		return erofs_oci_bad(doc, "not JSON: it ends too early");
	if (error != json_tokener_success)
		return erofs_oci_bad(doc, "not JSON at byte %zu: %s", end,
			json_tokener_error_desc(error));
	return erofs_oci_bad(doc, "not %s of JSON and nothing else", type_name(type));
}

int erofs_oci_json_get(const struct erofs_oci_document *doc, struct json_object *object,
	const char *key, enum json_type type, struct json_object **ret)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	if (value && !json_object_is_type(value, type))
		return erofs_oci_bad(doc, "\"%s\" is not %s", key, type_name(type));
	*ret = value;
	return 0;
}

int erofs_oci_json_need(const struct erofs_oci_document *doc, struct json_object *object,
	const char *key, enum json_type type, struct json_object **ret)
{
	struct json_object *value = NULL;
	int r = erofs_oci_json_get(doc, object, key, type, &value);

	if (r < 0)
		return r;
	if (!value)
		return erofs_oci_bad(doc, "no \"%s\"", key);
	*ret = value;
	return 0;
}

static int copy_text(const struct erofs_oci_document *doc, struct json_object *text,
	const char *what, const char **ret)
{
	const char *bytes;
	size_t size;

	if (!json_object_is_type(text, json_type_string))
		return erofs_oci_bad(doc, "\"%s\" is not a text", what);
	bytes = json_object_get_string(text);
	size = (size_t)json_object_get_string_len(text);
	if (size > EROFS_OCI_TEXT_MAX_BYTES)
		return erofs_oci_bad(doc, "\"%s\" has %zu bytes, the limit is %u", what, size,
			EROFS_OCI_TEXT_MAX_BYTES);
	if (memchr(bytes, '\0', size))
		return erofs_oci_bad(doc, "\"%s\" holds a NUL", what);
	*ret = erofs_arena_string(doc->arena, bytes, size);
	return *ret ? 0 : -ENOMEM;
}

int erofs_oci_json_text(const struct erofs_oci_document *doc, struct json_object *object,
	const char *key, const char **ret)
{
	struct json_object *value = NULL;
	int r = erofs_oci_json_get(doc, object, key, json_type_string, &value);

	if (r < 0)
		return r;
	*ret = NULL;
	return value ? copy_text(doc, value, key, ret) : 0;
}

int erofs_oci_json_length(const struct erofs_oci_document *doc, struct json_object *array,
	const char *key, size_t *ret)
{
	size_t count = json_object_array_length(array);

	if (count > EROFS_OCI_LIST_MAX)
		return erofs_fail(doc->report, -EFBIG, "%s: \"%s\" lists %zu, the limit is %u",
			doc->name, key, count, EROFS_OCI_LIST_MAX);
	*ret = count;
	return 0;
}

int erofs_oci_json_texts(const struct erofs_oci_document *doc, struct json_object *object,
	const char *key, const char ***ret, size_t *ret_count)
{
	struct json_object *array;
	const char **texts;
	size_t count;
	int r = erofs_oci_json_get(doc, object, key, json_type_array, &array);

	if (r < 0)
		return r;
	count = 0;
	if (array)
		r = erofs_oci_json_length(doc, array, key, &count);
	if (r < 0)
		return r;
	texts = erofs_arena_alloc(doc->arena, (count + 1) * sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = copy_text(doc, json_object_array_get_idx(array, i), key, &texts[i]);
	if (r < 0)
		return r;
	*ret = texts;
	*ret_count = count;
	return 0;
}

int erofs_oci_parse_digest(const struct erofs_oci_document *doc, const char *key, const char *text,
	struct erofs_oci_digest *ret)
{
	if (erofs_oci_digest_parse(text, ret))
		return 0;
	return erofs_oci_bad(doc, "\"%s\" is \"%s\", not a sha256 or sha512 digest", key, text);
}
