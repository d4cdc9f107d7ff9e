/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sharing report as one self-contained page: no scripts, no other files, nothing of a name that a
 * browser could take for markup. */
#include "groups.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define EXAMPLES 8

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" "
	"content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	"<title>EROFS page cache sharing</title>\n<style>\n"
	":root { color-scheme: light dark }\n"
	"body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }\n"
	"table { border-collapse: collapse; width: 100%; margin: 1rem 0 }\n"
	"th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; "
	"vertical-align: top }\n"
	".n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }\n"
	"code { font-size: .85em; overflow-wrap: anywhere }\n"
	".bar { display: flex; height: 2rem; border-radius: .3rem; overflow: hidden; "
	"background: #2f6f4f }\n"
	".bar div { background: #b8c4bd }\n"
	".key span { display: inline-block; width: .9em; height: .9em; margin: 0 .4em 0 1em }\n"
	"</style>\n</head>\n<body>\n<h1>Page cache sharing</h1>\n";

/* Text for an element or attribute: first safe for a terminal, then for markup. */
static int put(const char *bytes, FILE *out)
{
	char *text = erofs_text_escape(bytes);

	if (!text)
		return -ENOMEM;
	for (const char *p = text; *p; p++) {
		switch (*p) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*p, out);
		}
	}
	free(text);
	return 0;
}

static void put_totals(const struct erofs_ishare_groups *g, FILE *out)
{
	const struct erofs_ishare_totals *t = erofs_ishare_groups_totals(g);
	double percent = 100 * dump_reduction(t);
	char unshared[DUMP_SIZE_TEXT], shared[DUMP_SIZE_TEXT], saved[DUMP_SIZE_TEXT];

	dump_format_size(t->unshared_bytes, unshared);
	dump_format_size(t->shared_bytes, shared);
	dump_format_size(t->saved_bytes, saved);
	fprintf(out,
		"<p>%zu images hold %" PRIu64 " files, %" PRIu64 " of them with a fingerprint. "
		"Each with a page cache of its own they take <b>%s</b>; in one sharing domain "
		"<b>%s</b>. That saves <b>%s, %.1f %%</b>.</p>\n",
		erofs_ishare_groups_image_count(g), t->files, t->tagged, unshared, shared, saved,
		percent);
	fprintf(out,
		"<div class=\"bar\" role=\"img\" aria-label=\"%.1f %% saved\">"
		"<div style=\"width: %.3f%%\"></div></div>\n"
		"<p class=\"key\"><span style=\"background: #b8c4bd\"></span>still needed, %s"
		"<span style=\"background: #2f6f4f\"></span>saved, %s</p>\n",
		percent, 100 - percent, shared, saved);
}

static int put_images(const struct erofs_ishare_groups *g, FILE *out)
{
	int r = 0;

	fputs("<h2>Images</h2>\n<table>\n<tr><th class=\"n\">#<th>Path<th class=\"n\">Files"
	      "<th class=\"n\">Tagged<th class=\"n\">Page cache</tr>\n", out);
	for (size_t i = 0; r == 0 && i < erofs_ishare_groups_image_count(g); i++) {
		const struct erofs_ishare_image_facts *f = erofs_ishare_groups_image(g, i);
		char size[DUMP_SIZE_TEXT];

		fprintf(out, "<tr><td class=\"n\">%zu<td><code>", i);
		r = put(f->path, out);
		fprintf(out, "</code><td class=\"n\">%" PRIu64 "<td class=\"n\">%" PRIu64
			     "<td class=\"n\">%s</tr>\n",
			f->files, f->tagged, dump_format_size(f->bytes, size));
	}
	fputs("</table>\n", out);
	return r;
}

static int put_members(const struct erofs_ishare_member *members, size_t count, FILE *out)
{
	size_t shown = count > EXAMPLES ? EXAMPLES : count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < shown; i++) {
		fprintf(out, "%s<code>%" PRIu32 ":", i ? "<br>" : "", members[i].image);
		r = put(members[i].path, out);
		fputs("</code>", out);
	}
	if (count > shown)
		fprintf(out, "<br>and %zu more", count - shown);
	return r;
}

static int put_group(const struct erofs_ishare_group *group, FILE *out)
{
	char *fingerprint = erofs_fingerprint_text(group->value, group->value_bytes);
	char saved[DUMP_SIZE_TEXT], size[DUMP_SIZE_TEXT];
	int r;

	if (!fingerprint)
		return -ENOMEM;
	fprintf(out,
		"<tr><td class=\"n\">%s<td class=\"n\">%zu<td class=\"n\">%s<td>%s<td>",
		dump_format_size(group->saved_bytes, saved), group->member_count,
		dump_format_size(group->size_bytes, size), erofs_ishare_class_name(group->share_class));
	r = put_members(group->members, group->member_count, out);
	fputs("<br><code>", out);
	if (r == 0)
		r = put(fingerprint, out);
	fputs("</code></tr>\n", out);
	free(fingerprint);
	return r;
}

static int put_groups(const struct erofs_ishare_groups *g, uint64_t top, FILE *out)
{
	uint64_t count = erofs_ishare_groups_totals(g)->groups;
	const struct erofs_ishare_group *group;
	int r = 0;

	fprintf(out, "<h2>%s groups</h2>\n<p>%" PRIu64 " of %" PRIu64 ", by what they save.</p>\n",
		top && top < count ? "Largest" : "All", top && top < count ? top : count, count);
	fputs("<table>\n<tr><th class=\"n\">Saved<th class=\"n\">Copies<th class=\"n\">Size"
	      "<th>Class<th>Files</tr>\n", out);
	for (size_t i = 0; r == 0 && (!top || i < top) && (group = erofs_ishare_groups_get(g, i)); i++)
		r = put_group(group, out);
	fputs("</table>\n", out);
	return r;
}

static const char *explanation(enum erofs_ishare_near_miss_reason reason)
{
	static const char *const texts[DUMP_REASONS] = {
		[EROFS_NEAR_MISS_CLASS] = "equal content, but compressed in one image and plain in another",
		[EROFS_NEAR_MISS_SIZE] = "one fingerprint on files of different size: one of them is not true",
		[EROFS_NEAR_MISS_UNTAGGED] = "no fingerprint, but the size of another file",
		[EROFS_NEAR_MISS_ALGORITHM] = "equal size, but fingerprints of different algorithms",
		[EROFS_NEAR_MISS_HEX] = "hexadecimal form, which never equals the raw form",
	};

	return texts[reason];
}

/* The first near misses of one reason. */
static int put_reason(const struct erofs_ishare_groups *g, enum erofs_ishare_near_miss_reason reason,
	FILE *out)
{
	const struct erofs_ishare_near_miss *m;
	unsigned int shown = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && shown < EXAMPLES && (m = erofs_ishare_groups_near_miss(g, i)); i++) {
		if (m->reason != reason)
			continue;
		if (shown++)
			fputs("<br>", out);
		r = put_members(m->members, m->member_count, out);
	}
	return r;
}

static int put_near_misses(const struct erofs_ishare_groups *g, FILE *out)
{
	struct dump_near_misses n;
	int r = 0;

	fputs("<h2>Near misses</h2>\n", out);
	if (!erofs_ishare_groups_near_miss(g, 0)) {
		fputs("<p>None.</p>\n", out);
		return 0;
	}
	dump_count_near_misses(g, &n);
	fputs("<table>\n<tr><th>Reason<th class=\"n\">Cases<th class=\"n\">Files<th>For example</tr>\n",
		out);
	for (unsigned int i = 0; r == 0 && i < DUMP_REASONS; i++) {
		if (!n.sets[i])
			continue;
		fprintf(out, "<tr><td><b>%s</b><br>%s<td class=\"n\">%" PRIu64 "<td class=\"n\">%" PRIu64
			     "<td>",
			erofs_ishare_near_miss_name(i), explanation(i), n.sets[i], n.files[i]);
		r = put_reason(g, i, out);
		fputs("</tr>\n", out);
	}
	fputs("</table>\n", out);
	return r;
}

int dump_groups_html(const struct erofs_ishare_groups *g, uint64_t top, FILE *out)
{
	int r;

	fputs(head, out);
	put_totals(g, out);
	r = put_images(g, out);
	if (r == 0)
		r = put_groups(g, top, out);
	if (r == 0)
		r = put_near_misses(g, out);
	fputs("</body>\n</html>\n", out);
	return r;
}
