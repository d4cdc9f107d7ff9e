/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Hashing a file while it passes by: for its fingerprint, for the table of identical content, or both
 * at once where both are SHA-256. */
#include "write/write.h"

#include <string.h>

#include "base/report.h"

static int failed(const struct file_hash *fh, int error)
{
	return erofs_fail_errno(fh->plan->report, error, "cannot compute a digest");
}

int erofs_file_hash_open(struct write_worker *ww)
{
	enum erofs_digest_algorithm ishare = ww->w->plan->opt.ishare;
	int r = erofs_digest_new(EROFS_DIGEST_SHA256, &ww->content);

	if (r < 0)
		return r;
	ww->tag = ww->content;
	if (ishare && ishare != EROFS_DIGEST_SHA256) {
		ww->tag = NULL;
		r = erofs_digest_new(ishare, &ww->tag);
	}
	return r;
}

void erofs_file_hash_close(struct write_worker *ww)
{
	if (ww->tag != ww->content)
		erofs_digest_free(ww->tag);
	erofs_digest_free(ww->content);
}

int erofs_file_hash_start(struct write_worker *ww, bool tag, bool content, struct file_hash *ret)
{
	int r = 0;

	*ret = (struct file_hash){ .plan = ww->w->plan, .tag = tag ? ww->tag : NULL,
		.content = content ? ww->content : NULL };
	if (ret->tag)
		r = erofs_digest_start(ret->tag);
	if (r == 0 && ret->content && ret->content != ret->tag)
		r = erofs_digest_start(ret->content);
	return r < 0 ? failed(ret, r) : 0;
}

int erofs_file_hash_update(const struct file_hash *fh, const void *bytes, size_t size)
{
	int r = 0;

	if (fh->tag)
		r = erofs_digest_update(fh->tag, bytes, size);
	if (r == 0 && fh->content && fh->content != fh->tag)
		r = erofs_digest_update(fh->content, bytes, size);
	return r < 0 ? failed(fh, r) : 0;
}

int erofs_file_hash_zeros(const struct file_hash *fh, uint64_t size)
{
	int r = 0;

	if (fh->tag)
		r = erofs_digest_update_zeros(fh->tag, size);
	if (r == 0 && fh->content && fh->content != fh->tag)
		r = erofs_digest_update_zeros(fh->content, size);
	return r < 0 ? failed(fh, r) : 0;
}

int erofs_file_hash_finish(const struct file_hash *fh, uint8_t *ret_fingerprint, uint8_t *ret_digest)
{
	uint8_t digest[EROFS_DIGEST_MAX_BYTES];
	int r = 0;

	if (fh->tag) {
		r = erofs_digest_finish(fh->tag, digest);
		if (r < 0)
			return failed(fh, r);
		erofs_fingerprint_encode(fh->plan->opt.ishare, digest, ret_fingerprint);
	}
	if (fh->content && fh->content != fh->tag)
		r = erofs_digest_finish(fh->content, digest);
	if (r < 0)
		return failed(fh, r);
	if (fh->content)
		memcpy(ret_digest, digest, CONTENT_DIGEST_BYTES);
	return 0;
}
