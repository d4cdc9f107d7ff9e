/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Fields of untrusted JSON: each getter checks type and size, and names document and field in its message.
 * Texts are copied into the document's arena. */
#ifndef EROFS_OCI_JSON_H
#define EROFS_OCI_JSON_H

#include <json-c/json.h>
#include "base/report.h"
#include "oci/document.h"

/* -EINVAL after a message "NAME: ...". */
int erofs_oci_bad(const struct erofs_oci_document *doc, const char *format, ...) EROFS_PRINTF(2, 3);

/* The whole document, which must be one object or array and nothing else; to be put. */
int erofs_oci_json_open(const struct erofs_oci_document *doc, enum json_type type,
	struct json_object **ret);

/* @ret is NULL when there is no @key, or it is null. -EINVAL when it is of another type. Borrowed. */
int erofs_oci_json_get(const struct erofs_oci_document *doc, struct json_object *object,
	const char *key, enum json_type type, struct json_object **ret);
/* The same, and -EINVAL when there is none. */
int erofs_oci_json_need(const struct erofs_oci_document *doc, struct json_object *object,
	const char *key, enum json_type type, struct json_object **ret);

/* A copy of the text; @ret is NULL when there is none. -EINVAL for one that is too long or holds NUL. */
int erofs_oci_json_text(const struct erofs_oci_document *doc, struct json_object *object,
	const char *key, const char **ret);
/* An array of texts; -EFBIG past EROFS_OCI_LIST_MAX. */
int erofs_oci_json_texts(const struct erofs_oci_document *doc, struct json_object *object,
	const char *key, const char ***ret, size_t *ret_count);
/* The length of an array that is known to be one; -EFBIG past EROFS_OCI_LIST_MAX. */
int erofs_oci_json_length(const struct erofs_oci_document *doc, struct json_object *array,
	const char *key, size_t *ret);

/* As @text stands for itself in a message. */
int erofs_oci_parse_digest(const struct erofs_oci_document *doc, const char *key, const char *text,
	struct erofs_oci_digest *ret);

#endif
