/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Reading through the page cache, up to BATCH pages between two visits to the lock: pages that are there
 * are pinned, pages that are not are inserted and filled, pages that another thread is filling are waited
 * for, and last, so that no two threads wait for each other. */
#include <erofs/domain.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include "ishare/shared_inode.h"

#define PAGE EROFS_ISHARE_PAGE_BYTES
#define BATCH 64u

/* How a page of a batch is had. */
enum source {
	SOURCE_CACHE,	/* there, or being filled by another thread */
	SOURCE_FILL,	/* inserted by us */
	SOURCE_DIRECT,	/* not cacheable now */
};

struct slot {
	enum source source;
	struct erofs_page *page;	/* pinned; NULL for DIRECT */
	uint8_t *buffer;		/* where its bytes go */
	uint32_t skip, size;		/* the part of the page that is wanted */
	bool failed;			/* could not be filled through the real inode */
};

struct batch {
	struct erofs_domain_file *file;
	struct erofs_mapping *mapping;
	struct erofs_domain_inode *real;	/* whom pages are filled through; NULL: nothing to fill */
	struct erofs_reader *real_reader;
	uint64_t first_index;
	unsigned int count;
	struct slot slots[BATCH];
};

static void plan_slots(struct batch *b, uint64_t offset, uint8_t *buffer, uint64_t size)
{
	b->first_index = offset / PAGE;
	b->count = 0;
	while (size && b->count < BATCH) {
		struct slot *s = &b->slots[b->count++];

		s->skip = (uint32_t)(offset % PAGE);
		s->size = size < PAGE - s->skip ? (uint32_t)size : PAGE - s->skip;
		s->buffer = buffer;
		s->page = NULL;
		s->failed = false;
		offset += s->size;
		buffer += s->size;
		size -= s->size;
	}
}

/* Pins or inserts every page; one visit to the lock. */
static void acquire(struct batch *b)
{
	struct erofs_domain_inode *ino = b->file->ino;
	struct erofs_domain *dom = ino->mnt->dom;
	bool shared = b->mapping != &ino->own;
	bool fills = false;

	pthread_mutex_lock(&dom->lock);
	for (unsigned int i = 0; i < b->count; i++) {
		struct slot *s = &b->slots[i];

		s->page = erofs_page_find(&dom->cache, b->mapping, b->first_index + i);
		s->source = SOURCE_CACHE;
		if (s->page)
			continue;
		s->page = erofs_page_insert(&dom->cache, b->mapping, b->first_index + i);
		s->source = s->page ? SOURCE_FILL : SOURCE_DIRECT;
		fills |= s->page != NULL;
	}
	b->real = NULL;
	if (fills && shared) {
		b->real = erofs_real_inode_get(ino->shared);
	} else if (fills) {
		b->real = ino;
		ino->users++;
	}
	pthread_mutex_unlock(&dom->lock);
}

/* The part of a page that this reader wants, from its own inode. */
static int read_direct(struct batch *b, struct slot *s, uint64_t index)
{
	ssize_t n = erofs_data_read(b->file->rd, &b->file->ino->inode, index * PAGE + s->skip,
		s->buffer, s->size);

	if (n < 0)
		return (int)n;
	return (size_t)n == s->size ? 0 : -EUCLEAN;
}

/* @size bytes of the real inode; what is past its end reads as zeros, as in a page of the kernel. */
static int read_real(struct batch *b, uint64_t offset, uint8_t *buffer, size_t size)
{
	ssize_t n = erofs_data_read(b->real_reader, &b->real->inode, offset, buffer, size);

	if (n < 0)
		return (int)n;
	memset(buffer + n, 0, size - (size_t)n);
	return 0;
}

/* Fills one page and takes the wanted part of it. */
static int fill_page(struct batch *b, struct slot *s, uint64_t index)
{
	int r;

	if (b->file->ino->mnt->dom->options.count_only)
		return read_real(b, index * PAGE + s->skip, s->buffer, s->size);
	r = read_real(b, index * PAGE, s->page->data, PAGE);
	if (r == 0)
		memcpy(s->buffer, s->page->data + s->skip, s->size);
	return r;
}

/* How many slots from @i on are filled in whole, and so can be read into the caller's buffer at once. */
static unsigned int run_length(const struct batch *b, unsigned int i)
{
	unsigned int n = 0;

	while (i + n < b->count && b->slots[i + n].source == SOURCE_FILL &&
	       b->slots[i + n].size == PAGE)
		n++;
	return n;
}

static void fill_run(struct batch *b, unsigned int i, unsigned int n)
{
	struct slot *s = &b->slots[i];
	bool keep = !b->file->ino->mnt->dom->options.count_only;
	int r = read_real(b, (b->first_index + i) * PAGE, s->buffer, (size_t)n * PAGE);

	for (unsigned int k = 0; k < n; k++) {
		s[k].failed = r < 0;
		if (r == 0 && keep)
			memcpy(s[k].page->data, s[k].buffer, PAGE);
	}
}

static void fill_all(struct batch *b)
{
	unsigned int n;

	for (unsigned int i = 0; i < b->count; i += n) {
		struct slot *s = &b->slots[i];

		n = run_length(b, i);
		if (n) {
			fill_run(b, i, n);
			continue;
		}
		n = 1;
		if (s->source == SOURCE_FILL)
			s->failed = fill_page(b, s, b->first_index + i) < 0;
	}
}

/* A fill goes through the real inode's image, with a reader of that image. */
static void fill(struct batch *b)
{
	struct erofs_domain_mount *mnt = b->real->mnt;
	bool own = mnt == b->file->ino->mnt;
	int r = 0;

	b->real_reader = b->file->rd;
	if (!own)
		r = erofs_mount_reader_get(mnt, &b->real_reader);
	if (r < 0) {
		for (unsigned int i = 0; i < b->count; i++)
			b->slots[i].failed = b->slots[i].source == SOURCE_FILL;
		return;
	}
	fill_all(b);
	if (!own)
		erofs_mount_reader_put(mnt, b->real_reader);
}

/* Makes filled pages visible and lets the real inode go. */
static void publish(struct batch *b)
{
	struct erofs_domain *dom = b->file->ino->mnt->dom;

	pthread_mutex_lock(&dom->lock);
	for (unsigned int i = 0; i < b->count; i++) {
		struct slot *s = &b->slots[i];

		if (s->source != SOURCE_FILL)
			continue;
		if (s->failed)
			erofs_page_fail(&dom->cache, s->page);
		else
			s->page->state = EROFS_PAGE_UPTODATE;
	}
	erofs_real_inode_put(b->real);
	pthread_cond_broadcast(&dom->changed);
	pthread_mutex_unlock(&dom->lock);
}

static void await_fills(struct batch *b)
{
	struct erofs_domain *dom = b->file->ino->mnt->dom;

	pthread_mutex_lock(&dom->lock);
	for (unsigned int i = 0; i < b->count; i++) {
		struct slot *s = &b->slots[i];

		if (s->source != SOURCE_CACHE)
			continue;
		while (s->page->state == EROFS_PAGE_FILLING)
			pthread_cond_wait(&dom->changed, &dom->lock);
		s->failed = s->page->state == EROFS_PAGE_FAILED;
	}
	pthread_mutex_unlock(&dom->lock);
}

static void release(struct batch *b)
{
	struct erofs_domain *dom = b->file->ino->mnt->dom;

	pthread_mutex_lock(&dom->lock);
	for (unsigned int i = 0; i < b->count; i++)
		if (b->slots[i].page)
			erofs_page_unpin(b->slots[i].page);
	pthread_mutex_unlock(&dom->lock);
}

/* What is not in the caller's buffer yet. */
static int deliver(struct batch *b)
{
	bool keep = !b->file->ino->mnt->dom->options.count_only;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < b->count; i++) {
		struct slot *s = &b->slots[i];

		if (s->failed || s->source == SOURCE_DIRECT || (s->source == SOURCE_CACHE && !keep))
			r = read_direct(b, s, b->first_index + i);
		else if (s->source == SOURCE_CACHE)
			memcpy(s->buffer, s->page->data + s->skip, s->size);
	}
	return r;
}

static int read_batch(struct batch *b)
{
	int r;

	acquire(b);
	if (b->real) {
		fill(b);
		publish(b);
	}
	await_fills(b);
	r = deliver(b);
	release(b);
	return r;
}

static ssize_t read_mapping(struct erofs_domain_file *file, struct erofs_mapping *mapping,
	uint64_t offset, uint8_t *buffer, size_t size)
{
	uint64_t file_size = file->ino->inode.size_bytes;
	struct batch b = { .file = file, .mapping = mapping };
	size_t done = 0;

	if (offset >= file_size)
		return 0;
	if (size > file_size - offset)
		size = (size_t)(file_size - offset);
	if (size > SSIZE_MAX)
		size = SSIZE_MAX;
	while (done < size) {
		int r;

		plan_slots(&b, offset + done, buffer + done, size - done);
		r = read_batch(&b);
		if (r < 0)
			return r;
		for (unsigned int i = 0; i < b.count; i++)
			done += b.slots[i].size;
	}
	return (ssize_t)done;
}

ssize_t erofs_domain_read(struct erofs_domain_file *file, uint64_t offset, void *buffer,
	size_t size)
{
	struct erofs_domain_inode *ino = file->ino;

	return read_mapping(file, ino->shared ? &ino->shared->mapping : &ino->own, offset, buffer,
		size);
}

ssize_t erofs_domain_splice(struct erofs_domain_file *file, uint64_t offset, void *buffer,
	size_t size)
{
	return read_mapping(file, &file->ino->own, offset, buffer, size);
}
