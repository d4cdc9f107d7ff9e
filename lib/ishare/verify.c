/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Are the fingerprints of an image true? The threads that hash take inodes in any order; findings are
 * sent afterwards, in tree order, so that the outcome does not depend on how many threads there are. */
#include "ishare/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include "base/cleanup.h"
#include "base/options.h"
#include "base/report.h"
#include "base/workers.h"

/* Larger files are hashed first: one of them met last would leave the other threads idle. */
#define LARGE_BYTES (4u << 20)

struct verification {
	struct erofs_image *img;
	const struct erofs_report *report;
	struct erofs_verify_items items;
	struct erofs_verify_item **order; /* items in the order of work */
	pthread_mutex_t lock;		  /* around progress */
	uint64_t done_bytes;
};

struct worker {
	struct erofs_reader *rd;
	struct erofs_digest_set digests;
};

static void close_worker(void *user, void *state)
{
	struct worker *w = state;

	(void)user;
	erofs_reader_free(w->rd);
	erofs_digest_set_fini(&w->digests);
	free(w);
}

static int open_worker(void *user, void **ret_state)
{
	struct verification *v = user;
	struct worker *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	erofs_digest_set_init(&w->digests);
	r = erofs_reader_new(v->img, &w->rd);
	if (r < 0) {
		free(w);
		return r;
	}
	*ret_state = w;
	return 0;
}

static void show_progress(struct verification *v, uint64_t size_bytes)
{
	if (!v->report || !v->report->progress)
		return;
	pthread_mutex_lock(&v->lock);
	v->done_bytes += size_bytes;
	erofs_progress(v->report, "verifying fingerprints", v->done_bytes, v->items.bytes);
	pthread_mutex_unlock(&v->lock);
}

static int check_item(void *user, void *state, uint64_t number)
{
	struct verification *v = user;
	struct worker *w = state;
	struct erofs_verify_item *item = v->order[number];
	int r = erofs_verify_item(w->rd, &w->digests, item);

	if (!item->oversized)
		show_progress(v, item->size_bytes);
	return r;
}

static int plan_order(struct verification *v)
{
	uint64_t n = 0;

	v->order = calloc(v->items.count + 1, sizeof(struct erofs_verify_item *));
	if (!v->order)
		return -ENOMEM;
	for (struct erofs_verify_item *i = v->items.first; i; i = i->next)
		if (i->size_bytes >= LARGE_BYTES)
			v->order[n++] = i;
	for (struct erofs_verify_item *i = v->items.first; i; i = i->next)
		if (i->size_bytes < LARGE_BYTES)
			v->order[n++] = i;
	return 0;
}

static int check_all(struct verification *v, unsigned int workers)
{
	const struct erofs_workers_job job = {
		.user = v, .open = open_worker, .close = close_worker, .prepare = check_item
	};
	int r = plan_order(v);

	if (r < 0)
		return r;
	pthread_mutex_init(&v->lock, NULL);
	r = erofs_workers_run(&job, v->items.count, workers);
	pthread_mutex_destroy(&v->lock);
	free(v->order);
	return r;
}

/* How an outcome is reported. A rule of NULL: not at all. */
static const struct outcome_rule {
	const char *rule;
	enum erofs_severity severity;
	const char *text; /* for items without one of their own */
} outcome_rules[] = {
	[EROFS_VERIFY_NOTHING] = { NULL, EROFS_SEVERITY_NOTE, NULL },
	[EROFS_VERIFY_TRUE] = { NULL, EROFS_SEVERITY_NOTE, NULL },
	[EROFS_VERIFY_TRUE_HEX] = { "ishare-hex", EROFS_SEVERITY_NOTE, NULL },
	[EROFS_VERIFY_FORGED] = { "ishare-forged", EROFS_SEVERITY_ERROR, NULL },
	[EROFS_VERIFY_MISSING] = { "ishare-missing", EROFS_SEVERITY_ERROR, "no fingerprint" },
	[EROFS_VERIFY_MALFORMED] = { "ishare-malformed", EROFS_SEVERITY_ERROR, NULL },
	/* The kernel shares by it all the same, and whoever knows the algorithm can be deceived by it. */
	[EROFS_VERIFY_UNKNOWN] = { "ishare-unknown", EROFS_SEVERITY_ERROR, NULL },
	[EROFS_VERIFY_MISPLACED] = { "ishare-misplaced", EROFS_SEVERITY_ERROR, NULL },
	[EROFS_VERIFY_UNREADABLE] = { "ishare-unreadable", EROFS_SEVERITY_ERROR, NULL },
	[EROFS_VERIFY_OVERSIZED] = { "ishare-oversized", EROFS_SEVERITY_ERROR, NULL },
};

static void report_item(struct verification *v, const struct erofs_verify_item *item)
{
	const struct outcome_rule *rule = &outcome_rules[item->outcome];
	/* Said once for the whole image when it has no fingerprints at all. */
	bool said = item->outcome == EROFS_VERIFY_MISSING && !erofs_ishare_xattr_name(v->img);

	struct erofs_finding finding = { rule->rule, rule->severity, item->nid, item->path, NULL };

	if (rule->rule && !said)
		erofs_found(v->report, &finding, "%s", item->text ? item->text : rule->text);
	finding.rule = "ishare-duplicate";
	finding.severity = EROFS_SEVERITY_ERROR;
	if (item->claims > 1)
		erofs_found(v->report, &finding, "%" PRIu32 " fingerprints on one inode", item->claims);
}

static void count_item(struct erofs_ishare_verify_summary *sum,
	const struct erofs_verify_item *item)
{
	enum erofs_verify_outcome o = item->outcome;
	bool is_true = o == EROFS_VERIFY_TRUE || o == EROFS_VERIFY_TRUE_HEX;

	sum->files += item->regular;
	sum->tagged += item->regular && item->claims && o != EROFS_VERIFY_MISPLACED;
	sum->verified += is_true;
	sum->forged += o == EROFS_VERIFY_FORGED;
	sum->missing += o == EROFS_VERIFY_MISSING;
	sum->duplicate += item->claims > 1;
	sum->malformed += o == EROFS_VERIFY_MALFORMED;
	sum->unknown += o == EROFS_VERIFY_UNKNOWN;
	sum->hex += o == EROFS_VERIFY_TRUE_HEX;
	sum->misplaced += o == EROFS_VERIFY_MISPLACED;
	sum->unreadable += o == EROFS_VERIFY_UNREADABLE;
	sum->oversized += o == EROFS_VERIFY_OVERSIZED;
	if (is_true || o == EROFS_VERIFY_FORGED)
		sum->bytes += item->size_bytes;
}

static void report_all(struct verification *v, struct erofs_ishare_verify_summary *ret)
{
	const struct erofs_finding none = { .rule = "ishare-missing", .severity = EROFS_SEVERITY_ERROR };
	struct erofs_ishare_verify_summary sum = { 0 };

	for (struct erofs_verify_item *i = v->items.first; i; i = i->next)
		count_item(&sum, i);
	if (!erofs_ishare_xattr_name(v->img) && sum.files)
		erofs_found(v->report, &none, "the image carries no fingerprints");
	for (struct erofs_verify_item *i = v->items.first; i; i = i->next)
		report_item(v, i);
	*ret = sum;
}

static int read_options(const struct erofs_ishare_verify_options *options,
	const struct verification *v, struct erofs_ishare_verify_options *ret)
{
	int r = erofs_options_take(options, EROFS_OPTIONS_BYTES(*ret), "verify options", v->report, ret);

	if (r == 0 && !ret->max_bytes)
		ret->max_bytes = (1ull << 40) + 64 * erofs_image_size_bytes(v->img);
	return r;
}

int erofs_ishare_verify(struct erofs_image *img, const struct erofs_ishare_verify_options *options,
	const struct erofs_report *report, struct erofs_ishare_verify_summary *ret)
{
	struct verification v = { .img = img, .report = report };
	struct erofs_ishare_verify_options opt;
	int r = read_options(options, &v, &opt);

	if (r < 0)
		return r;
	erofs_verify_items_init(&v.items, opt.max_bytes);
	r = erofs_verify_scan(img, &v.items);
	if (r == 0)
		r = check_all(&v, opt.workers);
	if (r == 0)
		report_all(&v, ret);
	else if (r == -ENOMEM)
		erofs_fail_errno(report, r, "%s", erofs_image_path(img));
	erofs_verify_items_fini(&v.items);
	return r;
}
