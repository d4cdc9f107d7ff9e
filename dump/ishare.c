/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --ishare: the fingerprint of every regular file of one image, in tree order. */
#include "dump.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A file with several names is one inode: what was met, so that coverage counts it once. */
struct met {
	uint64_t nid;
	bool tagged;
};

struct listing {
	struct dump_target *target;
	struct met *met;
	size_t count, room;
	uint64_t algorithms[EROFS_DIGEST_BLAKE2B512 + 1]; /* names per algorithm; [0]: of no known one */
	uint64_t damaged;
};

static int remember(struct listing *l, uint64_t nid, bool tagged)
{
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 1024;
		struct met *met = realloc(l->met, room * sizeof(*met));

		if (!met)
			return -ENOMEM;
		l->met = met;
		l->room = room;
	}
	l->met[l->count++] = (struct met){ nid, tagged };
	return 0;
}

static int compare_met(const void *a, const void *b)
{
	const struct met *x = a, *y = b;

	return x->nid < y->nid ? -1 : x->nid > y->nid;
}

static void count_inodes(struct listing *l, uint64_t *ret_files, uint64_t *ret_tagged)
{
	uint64_t files = 0, tagged = 0;

	if (l->count)
		qsort(l->met, l->count, sizeof(*l->met), compare_met);
	for (size_t i = 0; i < l->count; i++) {
		if (i && l->met[i].nid == l->met[i - 1].nid)
			continue;
		files++;
		tagged += l->met[i].tagged;
	}
	*ret_files = files;
	*ret_tagged = tagged;
}

static const char *form_name(enum erofs_fingerprint_form form)
{
	static const char *const names[] = {
		[EROFS_FINGERPRINT_RAW] = "raw",
		[EROFS_FINGERPRINT_HEX] = "hex",
		[EROFS_FINGERPRINT_UNKNOWN] = "unknown",
		[EROFS_FINGERPRINT_MALFORMED] = "malformed",
	};

	return names[form];
}

struct line {
	const char *fingerprint; /* NULL = untagged */
	enum erofs_fingerprint_form form;
	uint32_t count;		 /* entries that bear the name */
	const struct erofs_walk_entry *entry;
};

static int put_line(const struct dump_target *t, const struct line *line)
{
	const struct erofs_walk_entry *e = line->entry;
	struct cli_json *j = t->json;
	int r;

	if (!j) {
		printf("%-71s %12" PRIu64 " %10" PRIu64 " ", line->fingerprint ? line->fingerprint : "-",
			e->inode->size_bytes, e->nid);
		r = dump_print_escaped(e->path, stdout);
		if (line->fingerprint && line->form != EROFS_FINGERPRINT_RAW)
			printf("  # %s form%s", form_name(line->form),
				line->form == EROFS_FINGERPRINT_HEX ?
					", will not share with raw form" : "");
		if (line->count > 1)
			printf("  # %" PRIu32 " fingerprints", line->count);
		putchar('\n');
		return r;
	}
	cli_json_open_object(j, NULL);
	cli_json_text(j, "fingerprint", line->fingerprint);
	if (line->fingerprint)
		cli_json_text(j, "form", form_name(line->form));
	if (line->count > 1)
		cli_json_u64(j, "count", line->count);
	cli_json_u64(j, "size", e->inode->size_bytes);
	cli_json_u64(j, "nid", e->nid);
	cli_json_text(j, "path", e->path);
	cli_json_close(j);
	return 0;
}

static int put_claim(struct listing *l, const struct erofs_walk_entry *entry,
	const struct erofs_ishare_claim *claim)
{
	struct line line = { .count = claim->count, .entry = entry };
	enum erofs_digest_algorithm algorithm = EROFS_DIGEST_NONE;
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	char *text = NULL;
	int r;

	if (claim->count) {
		text = erofs_fingerprint_text(claim->value, claim->value_bytes);
		if (!text)
			return -ENOMEM;
		line.form = erofs_fingerprint_parse(claim->value, claim->value_bytes, &algorithm,
			digest);
		line.fingerprint = text;
		if (line.form == EROFS_FINGERPRINT_UNKNOWN || line.form == EROFS_FINGERPRINT_MALFORMED)
			algorithm = EROFS_DIGEST_NONE;
		l->algorithms[algorithm]++;
	}
	r = put_line(l->target, &line);
	free(text);
	return r < 0 ? r : remember(l, entry->nid, claim->count > 0);
}

static int list_entry(void *user, const struct erofs_walk_entry *entry)
{
	struct listing *l = user;
	struct erofs_ishare_claim claim;
	int r;

	if (erofs_type_of_mode(entry->inode->mode) != EROFS_TYPE_REGULAR || !entry->inode->size_bytes)
		return EROFS_WALK_CONTINUE;
	if (erofs_ishare_claim_read(l->target->rd, entry->inode, &claim) < 0) {
		l->damaged++;
		return EROFS_WALK_CONTINUE;
	}
	r = put_claim(l, entry, &claim);
	erofs_ishare_claim_fini(&claim);
	return r;
}

static int count_damage(void *user, const struct erofs_walk_entry *entry, int error)
{
	struct listing *l = user;

	(void)entry;
	(void)error;
	l->damaged++;
	return 0;
}

/* Which attribute holds the fingerprints, and what they cover. */
static void put_summary(struct listing *l)
{
	const struct dump_target *t = l->target;
	const struct erofs_super *sb = erofs_image_super(t->img);
	const char *name = erofs_ishare_xattr_name(t->img);
	uint64_t files, tagged;

	count_inodes(l, &files, &tagged);
	if (t->json) {
		cli_json_text(t->json, "xattr", name);
		if (name)
			cli_json_u64(t->json, "prefix_id", sb->ishare_prefix_id);
		cli_json_u64(t->json, "files", files);
		cli_json_u64(t->json, "tagged", tagged);
		cli_json_open_object(t->json, "algorithms");
	} else {
		fputs("# attribute: ", stdout);
		dump_print_escaped(name ? name : "none", stdout);
		if (name)
			printf(" (prefix %" PRIu32 ")", sb->ishare_prefix_id);
		printf("\n# coverage: %" PRIu64 " of %" PRIu64 " files tagged\n", tagged, files);
	}
	for (unsigned int i = 0; i <= EROFS_DIGEST_BLAKE2B512; i++) {
		const char *algorithm = i ? erofs_digest_name(i) : "other";

		if (!l->algorithms[i])
			continue;
		cli_json_u64(t->json, algorithm, l->algorithms[i]);
		if (!t->json)
			printf("# algorithm %s: %" PRIu64 " names\n", algorithm, l->algorithms[i]);
	}
	cli_json_close(t->json);
}

int dump_ishare(struct dump_target *t)
{
	struct listing l = { .target = t };
	const struct erofs_walk_visitor visitor = {
		.user = &l, .entry = list_entry, .error = count_damage,
	};
	int r;

	cli_json_text(t->json, "image", erofs_image_path(t->img));
	cli_json_open_array(t->json, "fingerprints");
	r = erofs_walk(t->rd, erofs_image_super(t->img)->root_nid, &visitor);
	cli_json_close(t->json);
	if (r == 0)
		put_summary(&l);
	free(l.met);
	if (r < 0)
		return cli_error("cannot walk the image: %s", strerror(-r));
	return l.damaged ? cli_error("the list lacks %" PRIu64 " that could not be read", l.damaged) :
			   DUMP_OK;
}
