/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* The walk over a directory tree, depth first with a stack of its own: neither the depth of the tree nor
 * the length of its paths is limited by the host. */
#include "source/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "source/beneath.h"
#include "source/listing.h"
#include "tree/order.h"
#include "tree/path.h"
#include "source/xattr_read.h"

/* Ancestors whose descriptors stay open; others are found again through "..". */
#define OPEN_LEVELS 32u
#define PROGRESS_STEP 4096u

/* A directory that was read and whose subdirectories are being visited. */
struct frame {
	struct erofs_node *node;
	uint32_t next_edge;
	int fd;
	size_t path_bytes;
};

struct scan {
	struct erofs_loader *loader;
	const struct erofs_report *report;
	struct erofs_xattr_reader xattrs;
	struct erofs_listing listing;
	struct erofs_path path;	/* of the file in hand, from the caller's current directory */
	size_t relative_at;	/* where in it the part below the root begins */
	struct frame *frames;
	size_t depth, capacity;
	bool met_whiteout;
};

static int fail_at(const struct scan *scan, int error, const char *what)
{
	return erofs_fail_errno(scan->report, error, "%s: %s", scan->path.text, what);
}

static int fail_changed(const struct scan *scan)
{
	return erofs_fail(scan->report, -ESTALE, "%s: changed while being read", scan->path.text);
}

static const char *relative_path(const struct scan *scan)
{
	return scan->path.bytes > scan->relative_at ? scan->path.text + scan->relative_at : "";
}

static struct erofs_entry describe(const struct stat *st)
{
	return (struct erofs_entry){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size_bytes = (uint64_t)st->st_size,
		.mtime_seconds = st->st_mtim.tv_sec,
		.mtime_nsec = (uint32_t)st->st_mtim.tv_nsec,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.rdev_major = major(st->st_rdev),
		.rdev_minor = minor(st->st_rdev),
		.linked = st->st_nlink > 1,
	};
}

static int read_target(struct scan *scan, int dir, const char *name, struct erofs_node *node)
{
	char target[PATH_MAX];
	ssize_t bytes = readlinkat(dir, name, target, sizeof(target));

	if (bytes < 0)
		return fail_at(scan, -errno, "cannot read symbolic link");
	if ((size_t)bytes == sizeof(target))
		return fail_at(scan, -ENAMETOOLONG, "cannot read symbolic link");
	node->target = erofs_arena_string(&scan->loader->tree->arena, target, (size_t)bytes);
	node->size_bytes = (uint64_t)bytes;
	return node->target ? 0 : -ENOMEM;
}

static int read_xattr(struct scan *scan, const struct erofs_xattr_site *site, const char *attribute)
{
	ssize_t bytes;

	if (!erofs_loader_wants_xattr(scan->loader, attribute, site->path))
		return 0;
	bytes = erofs_xattr_reader_get(&scan->xattrs, site, attribute);
	if (bytes == -ENODATA)
		return fail_changed(scan);
	if (bytes < 0)
		return erofs_fail_errno(scan->report, (int)bytes, "%s: cannot read extended attribute %s",
			scan->path.text, attribute);
	return erofs_xattr_draft_set(&scan->loader->draft, attribute, scan->xattrs.value,
		(uint32_t)bytes);
}

static int read_xattrs(struct scan *scan, int dir, const char *name, struct erofs_node *node)
{
	struct erofs_xattr_site site = { dir, name, scan->path.text };
	ssize_t bytes;

	if (scan->loader->options->drop_xattrs)
		return 0;
	bytes = erofs_xattr_reader_list(&scan->xattrs, &site);
	if (bytes < 0)
		return fail_at(scan, (int)bytes, "cannot list extended attributes");
	erofs_xattr_draft_reset(&scan->loader->draft);
	for (const char *p = scan->xattrs.names; p < scan->xattrs.names + bytes; p += strlen(p) + 1) {
		int r = read_xattr(scan, &site, p);

		if (r < 0)
			return r;
	}
	return erofs_loader_set_xattrs(scan->loader, node);
}

/* The node for the file @name in @dir that @st describes, complete but for the content of directories. */
static int make_node(struct scan *scan, int dir, const char *name, const struct stat *st,
	struct erofs_node **ret)
{
	struct erofs_entry entry = describe(st);
	struct erofs_node *node;
	bool known;
	int r;

	r = erofs_loader_node(scan->loader, &entry, scan->path.text, &node, &known);
	if (r == 0 && !known && S_ISLNK(st->st_mode))
		r = read_target(scan, dir, name, node);
	if (r == 0 && !known)
		r = read_xattrs(scan, dir, name, node);
	if (r < 0)
		return r;
	if (!known && scan->loader->tree->node_count % PROGRESS_STEP == 0)
		erofs_progress(scan->report, "scanning", scan->loader->tree->node_count, 0);
	*ret = node;
	return 0;
}

static bool is_skipped(const struct scan *scan, const struct stat *st)
{
	const struct erofs_tree_options *options = scan->loader->options;

	for (size_t i = 0; i < options->skip_count; i++) {
		if (options->skip[i].inode != st->st_ino || options->skip[i].device != st->st_dev)
			continue;
		erofs_say(scan->report, EROFS_LEVEL_INFO,
			"%s: is being written and therefore left out", scan->path.text);
		return true;
	}
	return false;
}

/* A character device 0:0 hides a file of a lower layer of an overlayfs. */
static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

/* 1 = @ret_edge was filled in, 0 = the file is left out. */
static int scan_entry(struct scan *scan, int dir, const char *name, struct erofs_edge *ret_edge)
{
	struct erofs_edge edge = { .name_bytes = (uint32_t)strlen(name) };
	struct stat st;
	int r;

	if (erofs_excludes_match(scan->loader->excludes, relative_path(scan)))
		return 0;
	r = erofs_loader_check_name(scan->loader, name, scan->path.text);
	if (r < 0)
		return r;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? fail_changed(scan) : fail_at(scan, -errno, "cannot stat");
	if (is_skipped(scan, &st))
		return 0;
	if (is_whiteout(&st)) {
		if (scan->loader->options->strip_overlay)
			return 0;
		scan->met_whiteout = true;
	}
	r = make_node(scan, dir, name, &st, &edge.node);
	if (r < 0)
		return r;
	edge.name = erofs_arena_string(&scan->loader->tree->arena, name, edge.name_bytes);
	if (!edge.name)
		return -ENOMEM;
	*ret_edge = edge;
	return 1;
}

static int scan_entries(struct scan *scan, int dir, struct erofs_node *node)
{
	size_t path_bytes = scan->path.bytes;

	for (size_t i = 0; i < scan->listing.count; i++) {
		const char *name = erofs_listing_name(&scan->listing, i);
		int r = erofs_path_push(&scan->path, name);

		if (r == 0)
			r = scan_entry(scan, dir, name, &node->edges[node->edge_count]);
		if (r < 0)
			return r;
		node->edge_count += (uint32_t)r;
		erofs_path_cut(&scan->path, path_bytes);
	}
	return 0;
}

/* A directory that is written to can deliver a name twice. */
static bool has_duplicates(const struct erofs_node *node)
{
	for (uint32_t i = 1; i < node->edge_count; i++)
		if (!strcmp(node->edges[i - 1].name, node->edges[i].name))
			return true;
	return false;
}

static int read_directory(struct scan *scan, int dir, struct erofs_node *node)
{
	int r = erofs_listing_read(&scan->listing, dir);

	if (r < 0)
		return fail_at(scan, r, "cannot read directory");
	if (scan->listing.count > UINT32_MAX)
		return fail_at(scan, -EFBIG, "too many names");
	scan->met_whiteout = false;
	node->edges = erofs_arena_alloc(&scan->loader->tree->arena,
		scan->listing.count * sizeof(*node->edges));
	if (!node->edges)
		return -ENOMEM;
	r = scan_entries(scan, dir, node);
	if (r < 0)
		return r;
	erofs_edges_sort(node->edges, node->edge_count);
	if (has_duplicates(node))
		return fail_changed(scan);
	/* overlayfs looks for whiteouts only in directories that have an origin. */
	if (scan->met_whiteout)
		return erofs_loader_mark(scan->loader, node, EROFS_XATTR_OVERLAY_ORIGIN, "");
	return 0;
}

static bool is_same_file(int fd, const struct erofs_node *node)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_ino == node->source_inode &&
		st.st_dev == node->source_device;
}

/* Takes over @fd, also when it fails. */
static int push_frame(struct scan *scan, int fd, struct erofs_node *node)
{
	auto_fd int dir = fd;
	int r;

	if (scan->depth == scan->capacity) {
		size_t capacity = 2 * scan->capacity + 64;
		void *frames = reallocarray(scan->frames, capacity, sizeof(*scan->frames));

		if (!frames)
			return -ENOMEM;
		scan->frames = frames;
		scan->capacity = capacity;
	}
	r = read_directory(scan, dir, node);
	if (r < 0)
		return r;
	if (scan->depth >= OPEN_LEVELS) {
		struct frame *old = &scan->frames[scan->depth - OPEN_LEVELS];

		if (old->fd >= 0)
			close(old->fd);
		old->fd = -1;
	}
	scan->frames[scan->depth++] = (struct frame){ node, 0, dir, scan->path.bytes };
	dir = -1;
	return 0;
}

static int enter(struct scan *scan, const struct frame *parent, const struct erofs_edge *edge)
{
	int fd, r = erofs_path_push(&scan->path, edge->name);

	if (r < 0)
		return r;
	fd = erofs_open_entry(parent->fd, edge->name, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fail_at(scan, fd, "cannot open directory");
	if (!is_same_file(fd, edge->node)) {
		close(fd);
		return fail_changed(scan);
	}
	return push_frame(scan, fd, edge->node);
}

/* Back to the parent, whose descriptor may have been closed meanwhile. */
static int leave(struct scan *scan)
{
	auto_fd int child = scan->frames[--scan->depth].fd;
	struct frame *parent = scan->depth ? &scan->frames[scan->depth - 1] : NULL;

	if (!parent)
		return 0;
	erofs_path_cut(&scan->path, parent->path_bytes);
	if (parent->fd >= 0)
		return 0;
	parent->fd = erofs_open_entry(child, "..", O_RDONLY | O_DIRECTORY);
	if (parent->fd < 0)
		return fail_at(scan, parent->fd, "cannot return to directory");
	return is_same_file(parent->fd, parent->node) ? 0 : fail_changed(scan);
}

static const struct erofs_edge *next_subdirectory(struct frame *frame)
{
	while (frame->next_edge < frame->node->edge_count) {
		const struct erofs_edge *edge = &frame->node->edges[frame->next_edge++];

		if (S_ISDIR(edge->node->mode))
			return edge;
	}
	return NULL;
}

static int walk(struct scan *scan)
{
	int r = 0;

	while (r == 0 && scan->depth) {
		struct frame *top = &scan->frames[scan->depth - 1];
		const struct erofs_edge *edge = next_subdirectory(top);

		r = edge ? enter(scan, top, edge) : leave(scan);
	}
	return r;
}

static int scan_root(struct scan *scan, int root)
{
	struct erofs_tree *tree = scan->loader->tree;
	struct stat st;
	int copy, r;

	if (fstat(root, &st) < 0)
		return fail_at(scan, -errno, "cannot stat");
	r = make_node(scan, root, "", &st, &tree->root);
	if (r < 0)
		return r;
	tree->root->parent = tree->root;
	tree->root->name = "";
	copy = erofs_open_entry(root, ".", O_RDONLY | O_DIRECTORY);
	if (copy < 0)
		return fail_at(scan, copy, "cannot open directory");
	return push_frame(scan, copy, tree->root);
}

static void scan_fini(struct scan *scan)
{
	while (scan->depth) {
		int fd = scan->frames[--scan->depth].fd;

		if (fd >= 0)
			close(fd);
	}
	free(scan->frames);
	free(scan->path.text);
	erofs_listing_fini(&scan->listing);
	erofs_xattr_reader_fini(&scan->xattrs);
}

int erofs_source_dir_scan(struct erofs_loader *loader, int root, const char *path)
{
	struct scan scan = { .loader = loader, .report = loader->tree->report };
	int r;

	erofs_listing_init(&scan.listing);
	r = erofs_path_push(&scan.path, path);
	if (r == 0) {
		scan.relative_at = scan.path.bytes + (scan.path.text[scan.path.bytes - 1] != '/');
		r = erofs_xattr_reader_init(&scan.xattrs, root);
	}
	if (r == 0)
		r = scan_root(&scan, root);
	if (r == 0)
		r = walk(&scan);
	scan_fini(&scan);
	return r;
}
