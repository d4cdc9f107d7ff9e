/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare-manifest IMAGE MANIFEST [DEVICE]: reads everything in an image and holds it, field by field,
 * against a manifest: one JSON object per line with path, type, mode, uid, gid, nlink, mtime, nsec,
 * size, rdev, target, sha256, xattrs (hex) and ishare (hex or null). Bytes that are not UTF-8 stand in
 * it as \udc80..\udcff. Exit status 1 = different, 77 = a codec is missing in this build. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <json-c/json.h>
#include <erofs/data.h>
#include <erofs/xattr.h>
#include "base/digest.h"
#include "tests/unit/image/comparison.h"

struct comparison {
	struct erofs_reader *rd;
	struct erofs_digest *digest;
	struct json_object *expected; /* path -> object; what was seen is taken out */
	const char *path;	      /* being compared */
	int differences;
	int missing_codec;
};

static void differ(struct comparison *c, const char *field, const char *want, const char *got)
{
	c->differences++;
	printf("%s: %s is %s, expected %s\n", c->path, field, got, want);
}

static const char *field_text(struct json_object *entry, const char *field)
{
	struct json_object *value;

	if (!json_object_object_get_ex(entry, field, &value) || !value)
		return "(none)";
	return json_object_get_string(value);
}

static void compare_text(struct comparison *c, struct json_object *entry, const char *field,
	const char *got)
{
	const char *want = field_text(entry, field);

	if (strcmp(want, got) != 0)
		differ(c, field, want, got);
}

static void compare_number(struct comparison *c, struct json_object *entry, const char *field,
	int64_t got)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, got);
	compare_text(c, entry, field, text);
}

static void to_hex(const void *bytes, size_t size, char *ret)
{
	for (size_t i = 0; i < size; i++)
		sprintf(ret + 2 * i, "%02x", ((const uint8_t *)bytes)[i]);
	ret[2 * size] = '\0';
}

static int hash_piece(void *user, const void *bytes, uint64_t size)
{
	struct comparison *c = user;

	return bytes ? erofs_digest_update(c->digest, bytes, (size_t)size) :
		       erofs_digest_update_zeros(c->digest, size);
}

/* Reads the file again in odd-sized bites and hashes that. */
static int hash_bites(struct comparison *c, const struct erofs_inode *inode)
{
	uint8_t bytes[3001];
	uint64_t at = 0;
	ssize_t n;

	while ((n = erofs_data_read(c->rd, inode, at, bytes, sizeof(bytes))) > 0) {
		if (erofs_digest_update(c->digest, bytes, (size_t)n) < 0)
			return -EIO;
		at += (uint64_t)n;
	}
	return (int)n;
}

static int compare_content(struct comparison *c, struct json_object *entry,
	const struct erofs_inode *inode)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	char hex[65];
	int r;

	compare_number(c, entry, "size", (int64_t)inode->size_bytes);
	for (int bites = 0; bites < 2; bites++) {
		r = erofs_digest_start(c->digest);
		if (r == 0)
			r = bites ? hash_bites(c, inode) :
				    erofs_data_stream(c->rd, inode, hash_piece, c);
		if (r == 0)
			r = erofs_digest_finish(c->digest, digest);
		if (r < 0)
			return r;
		to_hex(digest, 32, hex);
		compare_text(c, entry, "sha256", hex);
	}
	return 0;
}

static int compare_target(struct comparison *c, struct json_object *entry,
	const struct erofs_inode *inode)
{
	char *target;
	int r = erofs_symlink_read(c->rd, inode, &target);

	if (r < 0)
		return r;
	compare_number(c, entry, "size", (int64_t)inode->size_bytes);
	compare_text(c, entry, "target", target);
	free(target);
	return 0;
}

/* One attribute: its value under its name, and whether it is the fingerprint. */
static void compare_xattr(struct comparison *c, struct json_object *want, const struct erofs_xattr *xa)
{
	struct json_object *value;
	char *hex = malloc(2 * (size_t)xa->value_bytes + 1);

	if (!hex)
		abort();
	to_hex(xa->value, xa->value_bytes, hex);
	if (!json_object_object_get_ex(want, xa->name, &value))
		differ(c, xa->name, "absent", hex);
	else if (strcmp(json_object_get_string(value), hex) != 0)
		differ(c, xa->name, json_object_get_string(value), hex);
	json_object_object_del(want, xa->name);
	free(hex);
}

static void compare_fingerprint(struct comparison *c, struct json_object *entry, const char *hex)
{
	compare_text(c, entry, "ishare", hex ? hex : "(none)");
}

static bool is_fingerprint(const struct erofs_super *sb, const struct erofs_xattr *xa)
{
	return sb->compat & EROFS_COMPAT_ISHARE_XATTRS &&
	       xa->name_index == (0x80 | sb->ishare_prefix_id) && !xa->suffix_bytes;
}

static int compare_xattrs(struct comparison *c, struct json_object *entry,
	const struct erofs_inode *inode)
{
	const struct erofs_super *sb = erofs_image_super(erofs_reader_image(c->rd));
	struct json_object *want = json_object_object_get(entry, "xattrs");
	char fingerprint[2 * 255 + 1];
	struct erofs_xattrs *it;
	struct erofs_xattr xa;
	bool tagged = false;
	int r = erofs_xattrs_open(c->rd, inode, &it);

	if (r < 0)
		return r;
	while ((r = erofs_xattrs_next(it, &xa)) > 0) {
		compare_xattr(c, want, &xa);
		if (is_fingerprint(sb, &xa) && xa.value_bytes <= 255) {
			to_hex(xa.value, xa.value_bytes, fingerprint);
			tagged = true;
		}
	}
	erofs_xattrs_close(it);
	if (json_object_object_length(want))
		differ(c, "xattrs", json_object_to_json_string(want), "less");
	compare_fingerprint(c, entry, tagged ? fingerprint : NULL);
	return r;
}

static void compare_inode(struct comparison *c, struct json_object *entry,
	const struct erofs_walk_entry *got)
{
	static const char *const types[] = { "?", "reg", "dir", "chr", "blk", "fifo", "sock", "lnk" };
	const struct erofs_inode *inode = got->inode;
	char text[32];

	compare_text(c, entry, "type", types[got->type]);
	snprintf(text, sizeof(text), "%04o", inode->mode & 07777);
	compare_text(c, entry, "mode", text);
	compare_number(c, entry, "uid", inode->uid);
	compare_number(c, entry, "gid", inode->gid);
	compare_number(c, entry, "nlink", inode->nlink);
	compare_number(c, entry, "mtime", inode->mtime_seconds);
	compare_number(c, entry, "nsec", inode->mtime_nsec);
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) {
		snprintf(text, sizeof(text), "%u:%u", inode->rdev_major, inode->rdev_minor);
		compare_text(c, entry, "rdev", text);
	}
}

/* The same inode must be found by its path. */
static void compare_lookup(struct comparison *c, const struct erofs_walk_entry *got)
{
	uint64_t nid = 0;

	if (erofs_path_lookup(c->rd, got->path, &nid) < 0 || nid != got->nid)
		differ(c, "looked up", "found", "not found");
}

static int compare_entry(void *user, const struct erofs_walk_entry *got)
{
	struct comparison *c = user;
	struct json_object *entry;
	int r;

	c->path = got->path;
	if (!json_object_object_get_ex(c->expected, got->path, &entry)) {
		differ(c, "path", "absent", "present");
		return 0;
	}
	compare_inode(c, entry, got);
	compare_lookup(c, got);
	r = compare_xattrs(c, entry, got->inode);
	if (r == 0 && S_ISREG(got->inode->mode))
		r = compare_content(c, entry, got->inode);
	else if (r == 0 && S_ISLNK(got->inode->mode))
		r = compare_target(c, entry, got->inode);
	json_object_object_del(c->expected, got->path);
	c->missing_codec |= r == -EOPNOTSUPP;
	return r;
}

/* json-c would replace a lone surrogate; the byte it stands for goes in instead. */
static void unescape_bytes(char *line)
{
	char *out = line;
	unsigned int byte;

	for (const char *in = line; *in; in++) {
		if (sscanf(in, "\\udc%2x", &byte) == 1 && byte >= 0x80) {
			*out++ = (char)byte;
			in += strlen("\\udc80") - 1;
		} else {
			if (*in == '\\' && in[1])
				*out++ = *in++; /* an escaped backslash starts no escape */
			*out++ = *in;
		}
	}
	*out = '\0';
}

static struct json_object *load_manifest(const char *path)
{
	struct json_object *all = json_object_new_object();
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (!file) {
		perror(path);
		exit(1);
	}
	while (getline(&line, &size, file) > 0) {
		struct json_object *entry;

		unescape_bytes(line);
		entry = json_tokener_parse(line);
		if (!entry) {
			fprintf(stderr, "%s: not JSON: %s\n", path, line);
			exit(1);
		}
		json_object_object_add(all, field_text(entry, "path"), entry);
	}
	free(line);
	fclose(file);
	return all;
}

int main(int argc, char **argv)
{
	struct comparison c = { 0 };
	const struct erofs_walk_visitor visitor = { .user = &c, .entry = compare_entry };
	int r;

	if (argc < 3 || erofs_digest_new(EROFS_DIGEST_SHA256, &c.digest) < 0)
		return 2;
	c.expected = load_manifest(argv[2]);
	r = walk_image(argv[1], argc > 3 ? argv[3] : NULL, &visitor, &c.rd);
	c.missing_codec |= r == -EOPNOTSUPP;
	if (r == 0) {
		json_object_object_foreach(c.expected, path, entry)
		{
			(void)entry;
			c.path = path;
			differ(&c, "path", "present", "absent");
		}
	}
	json_object_put(c.expected);
	erofs_digest_free(c.digest);
	if (c.missing_codec && !c.differences)
		return 77;
	return r < 0 || c.differences ? 1 : 0;
}
