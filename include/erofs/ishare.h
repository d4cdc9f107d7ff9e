/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* ishare.h -- content fingerprints (format section 7): what they look like, whether they are true, and
 * what they let images share.
 *
 * A fingerprint is a CLAIM by whoever built the image. Statistics may believe it, memory may not. */
#ifndef EROFS_ISHARE_H
#define EROFS_ISHARE_H

#include <erofs/walk.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EROFS_ISHARE_DEFAULT_XATTR "erofs.fingerprint.v1"
#define EROFS_ISHARE_PAGE_BYTES 4096u	/* unit of all sharing figures */

enum erofs_digest_algorithm {
	EROFS_DIGEST_NONE = 0,
	EROFS_DIGEST_SHA256,
	EROFS_DIGEST_SHA512,
	EROFS_DIGEST_BLAKE2B512,
};
#define EROFS_DIGEST_MAX_BYTES 64u

/* "sha256" and so on; NULL for EROFS_DIGEST_NONE. */
const char *erofs_digest_name(enum erofs_digest_algorithm algorithm);
/* The algorithm called @name; EROFS_DIGEST_NONE when there is none. */
enum erofs_digest_algorithm erofs_digest_by_name(const char *name);
/* 0 for EROFS_DIGEST_NONE and what is none. */
uint32_t erofs_digest_size_bytes(enum erofs_digest_algorithm algorithm);

/* ---- values ---- */

enum erofs_fingerprint_form {
	EROFS_FINGERPRINT_RAW = 0,	/* NAME ':' digest bytes: what we and erofs-utils write */
	EROFS_FINGERPRINT_HEX,		/* NAME ':' hex digits: verified, never written */
	EROFS_FINGERPRINT_UNKNOWN,	/* an algorithm we do not know; opaque but legal */
	EROFS_FINGERPRINT_MALFORMED,	/* known algorithm, wrong length or not hex; or no byte at all */
};

#define EROFS_FINGERPRINT_MAX_BYTES (16u + EROFS_DIGEST_MAX_BYTES)

/* Takes a stored value apart. @ret_digest gets the digest for RAW and HEX (which is decoded). Pure. */
enum erofs_fingerprint_form erofs_fingerprint_parse(const void *value, size_t value_bytes,
	enum erofs_digest_algorithm *ret_algorithm, uint8_t ret_digest[EROFS_DIGEST_MAX_BYTES]);

/* Writes the raw form into @ret and returns its size. Pure. */
size_t erofs_fingerprint_encode(enum erofs_digest_algorithm algorithm, const uint8_t *digest,
	uint8_t ret[EROFS_FINGERPRINT_MAX_BYTES]);

/* @value as printed: NAME ':' hex, or "hex:" and all bytes in hex for values of no known form.
 * NUL-terminated, to be freed. NULL when out of memory. */
char *erofs_fingerprint_text(const void *value, size_t value_bytes);

/* ---- what an inode claims ---- */

struct erofs_ishare_claim {
	uint32_t count;		/* entries that bear the fingerprint name: 0, 1, or too many */
	uint32_t value_bytes;	/* of the first */
	uint8_t *value;		/* of the first; owned by the caller, NULL when count is 0 */
	bool shareable;		/* the kernel would use it: 1..block size bytes, regular, not empty */
};

/* Reads the claim of @inode into @ret, which erofs_ishare_claim_fini empties. -EUCLEAN: its attributes are damaged.
 * Finds it by prefix id and by full name, so a value planted under another
 * spelling of the same name is counted too; `value` is the one the kernel would take, if any. In an
 * image without fingerprints (erofs_ishare_xattr_name is NULL) entries under the default name are
 * counted, and none is shareable. */
int erofs_ishare_claim_read(struct erofs_reader *rd, const struct erofs_inode *inode,
	struct erofs_ishare_claim *ret);
void erofs_ishare_claim_fini(struct erofs_ishare_claim *claim);

/* The full xattr name of the fingerprint in @img, NULL when the image has none. Borrowed. */
const char *erofs_ishare_xattr_name(const struct erofs_image *img);

/* How the kernel classes an inode for sharing: two classes never share (docs/sharing-report.md). */
enum erofs_ishare_class {
	EROFS_ISHARE_CLASS_PLAIN = 0,
	EROFS_ISHARE_CLASS_COMPRESSED,
};
enum erofs_ishare_class erofs_ishare_class_of(const struct erofs_inode *inode);
const char *erofs_ishare_class_name(enum erofs_ishare_class share_class);

/* ---- verification ---- */

struct erofs_ishare_verify_options {
	size_t struct_size;	/* sizeof(struct erofs_ishare_verify_options) */
	unsigned int workers;	/* 0 = as many as processors */
	uint64_t max_bytes;	/* hash at most so much content of the image; 0 = 1 TiB + 64 times the
				 * image's size, which only a hostile image exceeds */
	uint8_t reserved[8];	/* 0; see erofs.h */
};

struct erofs_ishare_verify_summary {
	uint64_t files;		/* regular, not empty, distinct inodes */
	uint64_t tagged;	/* of these */
	uint64_t verified;	/* tags that are true */
	uint64_t forged;	/* tags whose digest is not the content's */
	uint64_t missing, duplicate, malformed, unknown, hex, misplaced;
	uint64_t unreadable;	/* inodes, directories or contents that could not be read */
	uint64_t oversized;	/* tagged files not hashed because of max_bytes */
	uint64_t bytes;		/* content hashed */
};

/* Recomputes every fingerprint of @img. Findings, in tree order whatever the number of workers:
 * ishare-forged (text has stored and computed digest), ishare-missing, ishare-duplicate,
 * ishare-malformed, ishare-misplaced (on an empty or non-regular inode, or while the superblock bit
 * is clear), ishare-unreadable, ishare-oversized (past max_bytes, not hashed) and ishare-unknown (an
 * algorithm that cannot be computed here: nothing was verified) are errors; ishare-hex is a note. An
 * image whose superblock bit is clear gives ONE ishare-missing for the whole image; `missing` counts its files
 * all the same. Returns 0 when it ran to its end, damage included; -EINVAL or -EOPNOTSUPP for options of a
 * @struct_size of nothing or with more set than this version knows, -ENOMEM. */
int erofs_ishare_verify(struct erofs_image *img, const struct erofs_ishare_verify_options *options,
	const struct erofs_report *report, struct erofs_ishare_verify_summary *ret);

/* ---- groups: what a set of images shares (terms: docs/sharing-report.md) ---- */

struct erofs_ishare_groups;

struct erofs_ishare_image_facts {
	const char *path;
	uint8_t uuid[16];
	uint32_t block_size_bytes;
	uint64_t files;		/* distinct regular non-empty inodes */
	uint64_t tagged;
	uint64_t bytes;		/* sum of pages(size) */
};

struct erofs_ishare_totals {
	uint64_t files, tagged;
	uint64_t groups;	/* with two or more members */
	uint64_t unshared_bytes, shared_bytes, saved_bytes;
};

struct erofs_ishare_member {
	uint32_t image;		/* index in order of adding */
	uint64_t nid;
	const char *path;	/* first path met; borrowed */
};

struct erofs_ishare_group {
	const uint8_t *value;
	uint32_t value_bytes;
	uint64_t size_bytes;
	enum erofs_ishare_class share_class;
	const struct erofs_ishare_member *members;
	size_t member_count;	/* >= 2 */
	uint64_t saved_bytes;
};

enum erofs_ishare_near_miss_reason {
	EROFS_NEAR_MISS_CLASS = 0,	/* "class-mismatch" */
	EROFS_NEAR_MISS_SIZE,		/* "size-mismatch" */
	EROFS_NEAR_MISS_UNTAGGED,	/* "untagged" */
	EROFS_NEAR_MISS_ALGORITHM,	/* "algorithm-mismatch" */
	EROFS_NEAR_MISS_HEX,		/* "hex-form" */
};
const char *erofs_ishare_near_miss_name(enum erofs_ishare_near_miss_reason reason);

struct erofs_ishare_near_miss {
	enum erofs_ishare_near_miss_reason reason;
	const uint8_t *value;	/* NULL for untagged */
	uint32_t value_bytes;
	const struct erofs_ishare_member *members;
	size_t member_count;
};

/* Add images one after the other (each may be closed afterwards), then finish once and read. Damage in an image is
 * -EUCLEAN, and a message of the image's report. After any error the groups can only be freed. */
int erofs_ishare_groups_new(struct erofs_ishare_groups **ret);
int erofs_ishare_groups_add(struct erofs_ishare_groups *g, struct erofs_image *img);
int erofs_ishare_groups_finish(struct erofs_ishare_groups *g);
void erofs_ishare_groups_free(struct erofs_ishare_groups *g); /* NULL is a no-op */

/* After finish; everything is borrowed from @g. Groups and near misses come largest saving first,
 * ties by value bytes: the order is a function of the images alone. */
size_t erofs_ishare_groups_image_count(const struct erofs_ishare_groups *g);
const struct erofs_ishare_image_facts *erofs_ishare_groups_image(
	const struct erofs_ishare_groups *g, size_t index);
const struct erofs_ishare_totals *erofs_ishare_groups_totals(const struct erofs_ishare_groups *g);
const struct erofs_ishare_group *erofs_ishare_groups_get(const struct erofs_ishare_groups *g,
	size_t index); /* NULL past the last */
const struct erofs_ishare_near_miss *erofs_ishare_groups_near_miss(
	const struct erofs_ishare_groups *g, size_t index); /* NULL past the last */

/* ---- difference: what the image added last costs a host that has the others ---- */

struct erofs_ishare_diff;

/* Why a file of the last image needs pages of its own. From UNTAGGED on these are near misses: the file
 * might be in another image, and does not share with it. */
enum erofs_ishare_diff_cause {
	EROFS_DIFF_ADDED = 0,	/* "added": no other image has a file of this name */
	EROFS_DIFF_CHANGED,	/* "changed": another image has, with other content */
	EROFS_DIFF_UNTAGGED,	/* "untagged": it, or its namesake of this size, has no fingerprint */
	EROFS_DIFF_CLASS,	/* "class-mismatch": compressed here and plain there, or the reverse */
	EROFS_DIFF_SIZE,	/* "size-mismatch": its namesake has the fingerprint and another size */
	EROFS_DIFF_ALGORITHM,	/* "algorithm-mismatch": its namesake of this size has another one */
	EROFS_DIFF_HEX,		/* "hex-form": the same digest, but one of them is in hex form */
};
#define EROFS_DIFF_CAUSES 7u
const char *erofs_ishare_diff_cause_name(enum erofs_ishare_diff_cause cause);

struct erofs_ishare_diff_file {
	struct erofs_ishare_member member;
	const struct erofs_ishare_member *other; /* of a near miss or change: with what; or NULL */
	const uint8_t *value;	/* NULL: untagged */
	uint32_t value_bytes;
	enum erofs_ishare_diff_cause cause;
	uint64_t size_bytes;
	uint64_t pages_bytes;	/* what it costs */
};

struct erofs_ishare_diff_sum {
	uint64_t files;
	uint64_t bytes;		/* sum of pages(size) */
};

/* all = reused + repeated + unshared, and unshared is the sum of by_cause. */
struct erofs_ishare_diff_totals {
	struct erofs_ishare_diff_sum all;	/* of the last image */
	struct erofs_ishare_diff_sum reused;	/* in a group with a file of another image */
	struct erofs_ishare_diff_sum repeated;	/* further copies within the last image */
	struct erofs_ishare_diff_sum unshared;	/* what it adds to the shared_bytes of the others */
	struct erofs_ishare_diff_sum by_cause[EROFS_DIFF_CAUSES];
};

/* Compares the last image of @g, which is finished and outlives the result, with all others. 0, -EINVAL
 * when @g has no image, -ENOMEM. */
int erofs_ishare_diff_new(const struct erofs_ishare_groups *g, struct erofs_ishare_diff **ret);
void erofs_ishare_diff_free(struct erofs_ishare_diff *diff); /* NULL is a no-op */
const struct erofs_ishare_diff_totals *erofs_ishare_diff_totals(const struct erofs_ishare_diff *diff);
/* The unshared files, most expensive first, ties by path. NULL past the last. */
const struct erofs_ishare_diff_file *erofs_ishare_diff_get(const struct erofs_ishare_diff *diff,
	size_t index);

/* Bytes of page cache that a file of @size_bytes takes: @size rounded up to the page. */
uint64_t erofs_ishare_pages_bytes(uint64_t size_bytes);

#ifdef __cplusplus
}
#endif

#endif
