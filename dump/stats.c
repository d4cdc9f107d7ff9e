/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -S: how many files of which kind and size. Counts are of names: a hard link counts each time. */
#include "dump.h"

#include <inttypes.h>
#include <string.h>

#define SIZE_ROWS 17 /* below 1 KB, then powers of two, then 32 MB and more */
#define TYPE_COUNT (EROFS_TYPE_SYMLINK + 1)
#define BAR_WIDTH 50

static const char *const suffixes[] = { ".txt", ".so", ".xml", ".apk", ".odex", ".vdex", ".oat",
	".rc", ".otf" };
#define SUFFIX_COUNT (sizeof(suffixes) / sizeof(suffixes[0]))

struct stats {
	const struct dump_target *target;
	uint64_t names;
	uint64_t types[TYPE_COUNT];
	uint64_t compressed, uncompressed;
	uint64_t original_bytes, disk_bytes;	/* of regular files */
	uint64_t original_rows[SIZE_ROWS], disk_rows[SIZE_ROWS];
	uint64_t suffix_rows[SUFFIX_COUNT + 1];	/* the last one: all others */
	uint64_t damaged;
};

static unsigned int size_row(uint64_t bytes)
{
	unsigned int row = 0;

	for (uint64_t kb = bytes >> 10; kb && row < SIZE_ROWS - 1; kb >>= 1)
		row++;
	return row;
}

static size_t suffix_row(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t i = 0;

	while (i < SUFFIX_COUNT && (!dot || strcmp(dot, suffixes[i])))
		i++;
	return i;
}

/* Sums of a hostile image stop at the largest number. */
static void add(uint64_t *sum, uint64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = UINT64_MAX;
}

static void count_disk_bytes(struct stats *s, const struct erofs_inode *inode)
{
	uint64_t bytes = dump_disk_bytes(s->target->img, inode);

	add(&s->disk_bytes, bytes);
	s->disk_rows[size_row(bytes)]++;
}

static void count_layout(struct stats *s, const struct erofs_inode *inode)
{
	if (inode->layout == EROFS_LAYOUT_COMPRESSED_FULL ||
	    inode->layout == EROFS_LAYOUT_COMPRESSED_COMPACT)
		s->compressed++;
	else
		s->uncompressed++;
}

static int count_entry(void *user, const struct erofs_walk_entry *entry)
{
	struct stats *s = user;
	const struct erofs_inode *inode = entry->inode;
	enum erofs_file_type type = erofs_type_of_mode(inode->mode);

	s->names++;
	s->types[type]++;
	count_layout(s, inode);
	if (type != EROFS_TYPE_REGULAR)
		return EROFS_WALK_CONTINUE;
	add(&s->original_bytes, inode->size_bytes);
	s->original_rows[size_row(inode->size_bytes)]++;
	s->suffix_rows[suffix_row(entry->name)]++;
	count_disk_bytes(s, inode);
	return EROFS_WALK_CONTINUE;
}

static int count_damage(void *user, const struct erofs_walk_entry *entry, int error)
{
	struct stats *s = user;

	(void)entry;
	(void)error;
	s->damaged++;
	return 0;
}

/* The packed inode has no name, but it holds the tails of files: its blocks are theirs. */
static int count_packed(struct stats *s)
{
	const struct erofs_super *sb = erofs_image_super(s->target->img);
	struct erofs_inode inode;

	if (!(sb->incompat & EROFS_INCOMPAT_FRAGMENTS) || !sb->packed_nid)
		return 0;
	if (erofs_inode_read(s->target->rd, sb->packed_nid, &inode) < 0)
		return -1;
	count_layout(s, &inode);
	count_disk_bytes(s, &inode);
	return 0;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_row(const char *label, uint64_t count, uint64_t total)
{
	static const char hashes[BAR_WIDTH + 1] = "##################################################";
	double share = percent(count, total);
	int bar = (int)(share * BAR_WIDTH / 100);

	if (bar > BAR_WIDTH)
		bar = BAR_WIDTH;
	printf("%s\t%-11" PRIu64 " %8.2f%% |%-50.*s|\n", label, count, share, bar, hashes);
}

static void print_sizes(const char *title, const uint64_t rows[SIZE_ROWS], uint64_t total)
{
	printf("\n%s file size distribution:\n", title);
	printf("%-16s %11s %16s |%-50s|\n", ">=(KB) .. <(KB) ", "count", "ratio", "distribution");
	for (unsigned int i = 0; i < SIZE_ROWS; i++) {
		unsigned int from = i ? 1u << (i - 1) : 0;
		char label[32];

		if (i == SIZE_ROWS - 1)
			snprintf(label, sizeof(label), "%6u ..       ", from);
		else
			snprintf(label, sizeof(label), "%6u .. %-6u", from, 1u << i);
		print_row(label, rows[i], total);
	}
}

static void print_suffixes(const struct stats *s)
{
	uint64_t total = s->types[EROFS_TYPE_REGULAR];

	printf("\nFile type distribution:\n");
	printf("%-16s %11s %16s |%-50s|\n", "type", "count", "ratio", "distribution");
	for (size_t i = 0; i <= SUFFIX_COUNT; i++) {
		char label[32];

		snprintf(label, sizeof(label), "%-17s", i < SUFFIX_COUNT ? suffixes[i] : "others");
		print_row(label, s->suffix_rows[i], total);
	}
}

static void print_stats(const struct stats *s)
{
	uint64_t total = s->types[EROFS_TYPE_REGULAR];

	printf("Filesystem total file count:\t\t%" PRIu64 "\n", s->names);
	for (unsigned int i = 0; i < TYPE_COUNT; i++)
		printf("Filesystem %s count:\t\t%" PRIu64 "\n", dump_type_name(i), s->types[i]);
	printf("%-40s%" PRIu64 "\n", "Filesystem compressed files:", s->compressed);
	printf("%-40s%" PRIu64 "\n", "Filesystem uncompressed files:", s->uncompressed);
	printf("%-40s%" PRIu64 " Bytes\n", "Filesystem total original file size:",
		s->original_bytes);
	printf("%-40s%" PRIu64 " Bytes\n", "Filesystem total file size:", s->disk_bytes);
	printf("%-40s%.2f%%\n", "Filesystem compress rate:",
		percent(s->disk_bytes, s->original_bytes));
	print_sizes("Original", s->original_rows, total);
	print_sizes("On-disk", s->disk_rows, total);
	print_suffixes(s);
}

static void json_rows(struct cli_json *j, const char *key, const uint64_t rows[SIZE_ROWS])
{
	cli_json_open_array(j, key);
	for (unsigned int i = 0; i < SIZE_ROWS; i++) {
		cli_json_open_object(j, NULL);
		cli_json_u64(j, "from", i ? 1024ull << (i - 1) : 0);
		cli_json_u64(j, "count", rows[i]);
		cli_json_close(j);
	}
	cli_json_close(j);
}

static void json_stats(struct cli_json *j, const struct stats *s)
{
	cli_json_open_object(j, "statistics");
	cli_json_u64(j, "names", s->names);
	cli_json_open_object(j, "types");
	for (unsigned int i = 0; i < TYPE_COUNT; i++)
		cli_json_u64(j, dump_type_name(i), s->types[i]);
	cli_json_close(j);
	cli_json_u64(j, "compressed", s->compressed);
	cli_json_u64(j, "uncompressed", s->uncompressed);
	cli_json_u64(j, "original_bytes", s->original_bytes);
	cli_json_u64(j, "disk_bytes", s->disk_bytes);
	cli_json_ratio(j, "ratio", percent(s->disk_bytes, s->original_bytes) / 100);
	json_rows(j, "original_sizes", s->original_rows);
	json_rows(j, "disk_sizes", s->disk_rows);
	cli_json_open_object(j, "suffixes");
	for (size_t i = 0; i <= SUFFIX_COUNT; i++)
		cli_json_u64(j, i < SUFFIX_COUNT ? suffixes[i] : "others", s->suffix_rows[i]);
	cli_json_close(j);
	cli_json_close(j);
}

int dump_stats(struct dump_target *t)
{
	struct stats s = { .target = t };
	const struct erofs_walk_visitor visitor = {
		.user = &s, .entry = count_entry, .error = count_damage,
	};
	int r = erofs_walk(t->rd, erofs_image_super(t->img)->root_nid, &visitor);

	if (r < 0)
		return cli_error("cannot walk the image: %s", strerror(-r));
	if (count_packed(&s) < 0)
		s.damaged++;
	if (t->json)
		json_stats(t->json, &s);
	else
		print_stats(&s);
	return s.damaged ? cli_error("the statistics lack %" PRIu64 " that could not be read",
				   s.damaged) : DUMP_OK;
}
