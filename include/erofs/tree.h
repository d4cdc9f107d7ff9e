/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* tree.h -- WHAT to build: a tree of nodes loaded from a source. How it is laid out is build.h.
 *
 * A tree lives in one arena and dies at once. It is used by one thread, except that a finished tree
 * may be read by any number. */
#ifndef EROFS_TREE_H
#define EROFS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <erofs/ishare.h>
#include <erofs/report.h>

#ifdef __cplusplus
extern "C" {
#endif

struct erofs_tree;

/* Ownership as the image shall have it: force first, then add the offset. */
struct erofs_owner_rules {
	bool force_uid, force_gid;
	uint32_t uid, gid;
	uint32_t uid_offset, gid_offset;
};

/* Timestamps as the image shall have them. No clock is read in the library. */
enum erofs_time_rule {
	EROFS_TIME_KEEP = 0,	/* as in the source */
	EROFS_TIME_FIXED,	/* every node gets @seconds, 0 ns */
	EROFS_TIME_CLAMP,	/* later than @seconds becomes @seconds, 0 ns; earlier is kept */
};

struct erofs_time_rules {
	enum erofs_time_rule rule;
	int64_t seconds;
};

/* A file of the host, as stat(2) tells it apart. */
struct erofs_file_identity {
	uint64_t device, inode;
};

/* 0 in a member is what a source is like without it. How the structure grows: erofs.h. */
struct erofs_tree_options {
	size_t struct_size;			/* sizeof(struct erofs_tree_options) */
	const char *const *exclude_paths;	/* relative to the root, exact; a directory goes whole */
	size_t exclude_path_count;
	const char *const *exclude_regexes;	/* POSIX extended, unanchored, on the relative path */
	size_t exclude_regex_count;
	bool hard_dereference;			/* every name becomes an inode of its own */
	bool drop_xattrs;			/* -x -1 */
	const char *reserved_xattr;		/* fingerprint name: dropped from any source, counted */
	/* SELinux file_contexts(5) file, NULL = none. What is wrong in it, libselinux prints by itself, unless the
	 * program has it told by selinux_set_callback(3). */
	const char *file_contexts;
	const char *mount_point;		/* prefix for these look-ups, NULL = "/" */
	/* Android's table of owner, mode and capabilities, "PATH UID GID MODE [capabilities=MASK]" by lines,
	 * which must have every file; NULL = none. It overrides the source and the rules of owner. */
	const char *fs_config_file;
	struct erofs_owner_rules owner;
	struct erofs_time_rules time;
	/* Leave out overlayfs whiteouts (character devices 0:0) and the attribute
	 * trusted.overlay.opaque. Otherwise whiteouts are kept, and a directory that holds one gets an
	 * empty trusted.overlay.origin, which is what makes overlayfs look for them. */
	bool strip_overlay;
	/* Files that must not become part of the image although they lie in the source: the image and
	 * the blob being written. */
	const struct erofs_file_identity *skip;
	size_t skip_count;
	/* Images as sources: their file data stays where it is, and the new image refers to them as its extra
	 * devices, in their order. Otherwise it is copied. */
	bool refer_to_images;
	/* The images come from somebody who is trusted. Fingerprints of such files, and of those whose compressed
	 * data is carried over, are taken for true when they are made with this algorithm ("sha256"). NULL: none
	 * are, content is read instead, and compressed data is not carried over into an image with fingerprints.
	 * Those of other data that is copied are computed in any case. */
	const char *trust_algorithm;
	/* An image that the tree is to be added to, NULL = none, and where in its file it starts. Directories
	 * of both merge, else the new one wins; the builder appends to that very file. */
	const char *base_image;
	uint64_t base_offset_bytes;
	uint8_t reserved[8];			/* 0; see erofs.h */
};

struct erofs_tree_summary {
	uint64_t nodes;			/* inodes, the root included */
	uint64_t names;			/* directory entries */
	uint64_t content_bytes;		/* sum of the sizes of regular inodes */
	uint64_t reserved_xattrs;	/* dropped because they bore the fingerprint name */
	uint64_t foreign_xattrs;	/* dropped because EROFS has no prefix for their namespace */
	/* Of images as sources; else 0. */
	uint64_t compressed_files;	/* there, their data not left where it is ... */
	uint64_t carried_files;		/* ... and those of them that erofs_build can store undecoded */
	uint32_t block_bits;		/* log2 of the block size of the last one */
	const char *ishare_xattr;	/* fingerprints' name in the last one with any; the tree's own */
	const char *volume_label;	/* of an archive, cut to 15 bytes; NULL = none */
};

/* Loads the directory @path (a symbolic link to one is refused with -ENOTDIR, as erofs-utils does;
 * "LINK/" works). Names are sorted, hard links found by (device, inode). The files stay where they
 * are and are read during the build: the directory must not change in between, and a file that does
 * is an error then. @report is borrowed for the life of the tree. -EINVAL: a bad regex, an owner
 * out of range; others from reading the source, with the path in the message. */
int erofs_tree_load_directory(const char *path, const struct erofs_tree_options *options,
	const struct erofs_report *report, struct erofs_tree **ret);

/* Loads @count EROFS images, the first one lowest, into one tree as overlayfs would show them: a later
 * entry wins, directories merge (with the attributes of the upper one), whiteouts and opaque directories
 * hide what is below. Rules of owner and time in @options do not concern them. The images are read during
 * the build. -EUCLEAN: an image is damaged; -EOPNOTSUPP: a file cannot be referred to, compressed or with
 * its end behind its inode; -EINVAL: with refer_to_images, devices of devices. */
int erofs_tree_load_images(const char *const *paths, size_t count,
	const struct erofs_tree_options *options, const struct erofs_report *report,
	struct erofs_tree **ret);

/* What becomes of an archive. */
enum erofs_archive_form {
	EROFS_ARCHIVE_FULL = 0,	/* an image with all content */
	EROFS_ARCHIVE_INDEX,	/* content stays in the archive, an extra device of the image; 512-byte blocks */
	EROFS_ARCHIVE_HEADERS,	/* as the index of an archive in which no member has data: files are holes */
};

/* How an archive is packed. */
enum erofs_archive_packing {
	EROFS_ARCHIVE_DETECT = 0, /* gzip, xz, lzma, lzip, zstd, bzip2, lz4, or not at all */
	EROFS_ARCHIVE_GZIP,	/* gzip, or not at all */
	EROFS_ARCHIVE_XZ,	/* xz, lzma or lzip */
};

struct erofs_intake; /* build.h */

/* As erofs_tree_options. */
struct erofs_archive_options {
	size_t struct_size;		/* sizeof(struct erofs_archive_options) */
	enum erofs_archive_form form;
	enum erofs_archive_packing packing;
	/* The archive as it is unpacked goes to this file, too; NULL = nowhere. It takes its name when the tree is
	 * loaded, and nothing is left of it when that fails. */
	const char *unpacked_path;
	bool aufs;			/* ".wh." names are whiteouts and opaque marks (strip_overlay drops them) */
	/* Where a nameless file holds content that comes from a pipe or is unpacked: as large as all content
	 * together. NULL = /tmp. */
	const char *spool_directory;
	/* Of a root that the archive does not name, and of what it implies. */
	uint32_t root_uid, root_gid;
	int64_t root_mtime_seconds;
	/* All holes of all sparse files together: a larger sum is -EFBIG, since each of their bytes is hashed
	 * but costs an attacker nothing. 0 = no limit. */
	uint64_t max_hole_bytes;
	/* Index form: the algorithm that the image will be tagged with. What cannot be read a second time gets
	 * its fingerprint while it passes by. */
	enum erofs_digest_algorithm ishare;
	/* Ids of users and groups that an ACL of an archive names without number: true and *ret, or false, and
	 * the ACL is dropped with one counted warning. NULL = always false. */
	bool (*find_id)(void *user, bool is_group, const char *name, uint32_t *ret);
	void *find_id_user;
	/* The archive must be packed with gzip, and this file gets the points from which parts of it can be
	 * unpacked, as SOCI snapshotters read them; otherwise as unpacked_path. */
	const char *gzinfo_path;
	/* Told of temporary files of both, as erofs_build_options.temporary. */
	void (*temporary)(void *user, const char *path, enum erofs_temporary_state state);
	void *temporary_user;
	/* File data goes to the image in the order of the archive, as it comes; the tree is for that image only,
	 * and to be freed before. NULL = it stays, or goes to the spool. Full form only. */
	struct erofs_intake *intake;
	uint8_t reserved[sizeof(void *)]; /* 0; see erofs.h */
};

/* Loads a tar archive (ustar, PAX, GNU) from @fd, which is read from where it stands and taken over, also when
 * that fails; @name is for messages and borrowed for the life of the tree. A regular file that is not packed
 * is read in place during the build and must not change; everything else is read once, to its end.
 *
 * Later members replace earlier ones, a directory updates one that is there; missing parents are implied.
 * Paths are resolved within the root without following links. A member below another file, a hard link without
 * a target, and a sum or a size that is wrong are errors; the end of the input at the border of a block is a
 * warning. @report is borrowed for the life of the tree. -EUCLEAN: not a sound archive; -EOPNOTSUPP: packed,
 * and built without what unpacks it. */
int erofs_tree_load_archive(int fd, const char *name, const struct erofs_tree_options *options,
	const struct erofs_archive_options *archive, const struct erofs_report *report,
	struct erofs_tree **ret);

const struct erofs_tree_summary *erofs_tree_summary(const struct erofs_tree *tree);

void erofs_tree_free(struct erofs_tree *tree); /* NULL is a no-op */

#ifdef __cplusplus
}
#endif

#endif
