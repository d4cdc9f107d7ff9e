/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The check of one inode. */
#include "ishare/verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "base/cleanup.h"

/* Stored values are at most 64 KiB; a message shows the start of one that is no fingerprint anyway. */
#define SHOWN_BYTES 128u

/* @value for a message; "...": more than is worth showing. To be freed. */
static char *show_value(const void *value, size_t value_bytes)
{
	bool cut = value_bytes > SHOWN_BYTES;
	auto_free char *text = erofs_fingerprint_text(value, cut ? SHOWN_BYTES : value_bytes);
	char *shown;

	if (!text)
		return NULL;
	if (!cut)
		return take(&text);
	return asprintf(&shown, "%s... (%zu bytes)", text, value_bytes) < 0 ? NULL : shown;
}

/* Sets outcome and text: the stored value between @before and @after. */
static int conclude(struct erofs_verify_item *item, enum erofs_verify_outcome outcome,
	const char *before, const struct erofs_ishare_claim *claim, const char *after)
{
	auto_free char *value = show_value(claim->value, claim->value_bytes);

	item->outcome = outcome;
	if (!value || asprintf(&item->text, "%s%s%s", before, value, after) < 0) {
		item->text = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int set_text(struct erofs_verify_item *item, enum erofs_verify_outcome outcome,
	const char *text)
{
	item->outcome = outcome;
	item->text = strdup(text);
	return item->text ? 0 : -ENOMEM;
}

static int conclude_forged(struct erofs_verify_item *item,
	const struct erofs_ishare_claim *claim, enum erofs_digest_algorithm algorithm,
	const uint8_t *computed)
{
	uint8_t value[EROFS_FINGERPRINT_MAX_BYTES];
	size_t value_bytes = erofs_fingerprint_encode(algorithm, computed, value);
	auto_free char *text = erofs_fingerprint_text(value, value_bytes);
	auto_free char *after = NULL;

	if (!text || asprintf(&after, ", content is %s", text) < 0)
		return -ENOMEM;
	return conclude(item, EROFS_VERIFY_FORGED, "fingerprint says ", claim, after);
}

/* The claim has a digest of @algorithm: is it the content's? */
static int compare(struct erofs_reader *rd, struct erofs_digest_set *set,
	const struct erofs_inode *inode, struct erofs_verify_item *item,
	const struct erofs_ishare_claim *claim)
{
	uint8_t stored[EROFS_DIGEST_MAX_BYTES], computed[EROFS_DIGEST_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;
	enum erofs_fingerprint_form form =
		erofs_fingerprint_parse(claim->value, claim->value_bytes, &algorithm, stored);
	int r;

	if (item->oversized)
		return conclude(item, EROFS_VERIFY_OVERSIZED, "not hashed, there is too much content: ",
			claim, "");
	r = erofs_content_digest(rd, inode, set, algorithm, computed);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return conclude(item, EROFS_VERIFY_UNREADABLE, "content cannot be read to compare it with ",
			claim, "");
	if (memcmp(stored, computed, erofs_digest_size_bytes(algorithm)))
		return conclude_forged(item, claim, algorithm, computed);
	if (form == EROFS_FINGERPRINT_HEX)
		return conclude(item, EROFS_VERIFY_TRUE_HEX, "", claim,
			" is in hex form, will not share with raw form");
	item->outcome = EROFS_VERIFY_TRUE;
	return 0;
}

static int check_value(struct erofs_reader *rd, struct erofs_digest_set *set,
	const struct erofs_inode *inode, struct erofs_verify_item *item,
	const struct erofs_ishare_claim *claim)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	enum erofs_digest_algorithm algorithm;

	switch (erofs_fingerprint_parse(claim->value, claim->value_bytes, &algorithm, digest)) {
	case EROFS_FINGERPRINT_UNKNOWN:
		return conclude(item, EROFS_VERIFY_UNKNOWN, "algorithm of ", claim,
			" is unknown, nothing was verified");
	case EROFS_FINGERPRINT_MALFORMED:
		return conclude(item, EROFS_VERIFY_MALFORMED, "", claim,
			" is neither a raw nor a hex digest");
	default:
		return compare(rd, set, inode, item, claim);
	}
}

static int check_claim(struct erofs_reader *rd, struct erofs_digest_set *set,
	const struct erofs_inode *inode, struct erofs_verify_item *item,
	const struct erofs_ishare_claim *claim)
{
	bool image_has_none = !erofs_ishare_xattr_name(erofs_reader_image(rd));

	item->claims = claim->count;
	if (!claim->count) {
		item->outcome = item->regular ? EROFS_VERIFY_MISSING : EROFS_VERIFY_NOTHING;
		return 0;
	}
	if (image_has_none)
		return conclude(item, EROFS_VERIFY_MISPLACED,
			"the superblock announces no fingerprints, but here is ", claim, "");
	if (!item->regular)
		return conclude(item, EROFS_VERIFY_MISPLACED, "", claim,
			S_ISREG(inode->mode) ? " is on an empty file" : " is on no regular file");
	return check_value(rd, set, inode, item, claim);
}

int erofs_verify_item(struct erofs_reader *rd, struct erofs_digest_set *set,
	struct erofs_verify_item *item)
{
	struct erofs_ishare_claim claim = { 0 };
	struct erofs_inode inode;
	int r;

	if (item->outcome == EROFS_VERIFY_UNREADABLE)
		return 0;
	r = erofs_inode_read(rd, item->nid, &inode);
	if (r == 0)
		r = erofs_ishare_claim_read(rd, &inode, &claim);
	if (r == 0)
		r = check_claim(rd, set, &inode, item, &claim);
	else if (r != -ENOMEM)
		r = set_text(item, EROFS_VERIFY_UNREADABLE, "extended attributes cannot be read");
	erofs_ishare_claim_fini(&claim);
	return r;
}
