/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of mkfs.erofs as plain data. */
#ifndef MKFS_OPTIONS_H
#define MKFS_OPTIONS_H

#include <erofs/build.h>
#include "cli/cli.h"
#include "cli/page.h"

/* Exit statuses; MKFS_GO_ON is none of them: there is work to do. */
enum {
	MKFS_GO_ON = -1,
	MKFS_OK = 0,
	MKFS_FAILED = 1,
	MKFS_USAGE = 2,
};

/* A list of borrowed strings that grows. */
struct string_list {
	const char **list;
	size_t count;
};

enum files_time {
	FILES_TIME_DEFAULT = 0,	/* as -T: its time when it is given, the source's otherwise */
	FILES_TIME_BUILD,	/* --all-time */
	FILES_TIME_SOURCE,	/* --mkfs-time */
};

/* --clean and --incremental: what becomes of file data. */
enum content_mode {
	CONTENT_DEFAULT = 0,	/* stored; of images as sources: left where it is */
	CONTENT_DATA,		/* stored */
	CONTENT_RESERVED,	/* "rvsp": blocks are reserved for it */
	CONTENT_NONE,		/* "0" */
};

/* A container image as the source (oci.c). */
struct mkfs_oci {
	bool is_source;
	const char *selector;		/* which of the images there, NULL = the usual one */
	const char *layers;		/* directory for an image of each layer, NULL = one of all */
	struct erofs_oci_image *image;	/* opened for the run, then owned */
	size_t layer;			/* in hand, with layers */
};

struct mkfs_options {
	struct erofs_tree_options tree;
	struct erofs_build_options build;
	bool tar;			/* --tar: the source is an archive */
	struct mkfs_oci oci;
	struct erofs_archive_options archive;
	struct string_list exclude_paths, exclude_regexes, xattr_prefixes;
	const char *argv0;
	const char *destination;
	struct string_list sources;	/* operands after it: source.h */
	enum content_mode content;
	bool incremental;		/* FILE is added to */
	const char *tar_map;		/* --tar=i,MAP: what belongs into the blocks of the image; NULL = none */
	char *map_text;			/* what it will say; owned */
	bool sort_none;			/* data in the order of an archive, where the layout permits */
	bool have_ishare;		/* --ishare or its alias: else tagged sources decide */
	bool ishare_trust;
	char *base_ishare_xattr;	/* --incremental: of FILE, when nothing else is said */
	const char *vmdk_path;
	struct cli_page vmdk;		/* open until it is written, if one was asked for */
	const char *block_list_path;
	int debug_level;
	bool quiet;
	bool stop;		/* --help or --version was printed */
	bool have_time;		/* -T */
	int64_t time_seconds;
	enum files_time files_time;
	bool have_uuid;
	uint64_t block_size_bytes;
	uint64_t pcluster_bytes; /* -C: checked, else without effect on an uncompressed image */
	bool unaligned_extents;	/* asked for by --max-extent-bytes; nothing but 48bit makes them */
	uint64_t fragment_pcluster_bytes; /* -Efragments=: 0 = that of -C */
	const char *metabox;	 /* -m, complete; NULL = not given */
	struct erofs_compression metabox_compression;
	struct erofs_compression *compressions;
	size_t compression_count;
	char **texts;		 /* of -z, cut into names */
	size_t text_count;
};

extern const struct cli_program mkfs_program;

/* What one option does: MKFS_GO_ON, or an exit status after a message. */
typedef int apply_function(struct mkfs_options *options, const char *value);

/* Reads the command line and checks that it makes sense. MKFS_GO_ON, or an exit status. */
int mkfs_options_read(struct mkfs_options *options, int argc, char **argv);
void mkfs_options_fini(struct mkfs_options *options);

/* What one option cannot be without the others: after all were seen. */
int mkfs_options_validate(struct mkfs_options *options);
/* Block size of this host unless given, build time, UUID, times of files (time.c). */
int mkfs_options_complete(struct mkfs_options *options);

/* Whole numbers up to @max; otherwise a usage error "invalid WHAT VALUE". */
int parse_number(const char *value, uint64_t max, const char *what, uint64_t *ret);
int parse_bytes(const char *value, uint64_t max, const char *what, uint64_t *ret);

/* Whether fingerprints of others can have the name of those in the image @path: MKFS_GO_ON, or a message. */
int ishare_check_name(const char *path, const char *name);

/* Options that need more than a line: -E (extended.c), fingerprints (ishare.c). */
apply_function apply_extended, apply_zfeature_bits, apply_ishare, apply_inode_digest,
	apply_ishare_trust;

/* -z and what goes with it (compress.c), and the compressors of this build for --version and --help. */
apply_function apply_metabox, apply_compression, apply_compress_hints, apply_max_extent;
/* -m, after all options were seen. */
int validate_metabox(struct mkfs_options *options);
void print_compressors(void);
void print_compressor_help(void);

/* TMPDIR, or beside the image, where there must be room for as much anyway; to be freed (temporary.c). */
char *temporary_directory(const struct mkfs_options *options);

/* What this build does not have (unsupported.c): MKFS_FAILED after "OPTION[=VALUE]: this build cannot ABILITY".
 * @value may be NULL. */
int refuse(const char *option, const char *value, const char *ability);
/* The same for an option that is refused whatever its value. */
int refuse_option(int code);

/* Codes of options without a letter. */
enum mkfs_option_code {
	OPT_ALL_ROOT = 128,
	OPT_ALL_TIME,
	OPT_ASYNC_QUEUE_LIMIT,
	OPT_AUFS,
	OPT_BLOBDEV,
	OPT_BLOCK_LIST_FILE,
	OPT_CHUNKSIZE,
	OPT_CLEAN,
	OPT_COMPRESS_HINTS,
	OPT_DSUNIT,
	OPT_EXCLUDE_PATH,
	OPT_EXCLUDE_REGEX,
	OPT_FILE_CONTEXTS,
	OPT_FORCE_GID,
	OPT_FORCE_UID,
	OPT_FS_CONFIG_FILE,
	OPT_FSALIGNBLKS,
	OPT_GID_OFFSET,
	OPT_GZINFO,
	OPT_HARD_DEREFERENCE,
	OPT_IGNORE_MTIME,
	OPT_INCREMENTAL,
	OPT_ISHARE,
	OPT_MAX_EXTENT_BYTES,
	OPT_ISHARE_TRUST,
	OPT_MKFS_TIME,
	OPT_MOUNT_POINT,
	OPT_MZ,
	OPT_OCI_LAYERS,
	OPT_OCI_LAYOUT,
	OPT_OFFSET,
	OPT_OVLFS_STRIP,
	OPT_PRESERVE_MTIME,
	OPT_PRODUCT_OUT,
	OPT_QUIET,
	OPT_ROOT_XATTR_ISIZE,
	OPT_SORT,
	OPT_TAR,
	OPT_UID_OFFSET,
	OPT_UNGZIP,
	OPT_UNXZ,
	OPT_VMDK_DESC,
	OPT_WORKERS,
	OPT_XATTR_INODE_DIGEST,
	OPT_XATTR_PREFIX,
	OPT_ZFEATURE_BITS,
	OPT_ZD,
	OPT_OCI, /* from here on: refused */
	OPT_RANDOM_ALGORITHMS,
	OPT_RANDOM_PCLUSTERBLKS,
	OPT_S3,
	OPT_END,
};

#endif
