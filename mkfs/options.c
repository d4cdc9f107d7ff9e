/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option table of mkfs.erofs and the loop over the command line. */
#include "mkfs/options.h"

#include <stdlib.h>
#include "mkfs/apply.h"
#include "mkfs/oci.h"
#include "mkfs/outcome.h"
#include "mkfs/source.h"

static const struct cli_option table[] = {
	{ 'V', 'V', "version", CLI_NONE, NULL, "print the version and exit" },
	{ 'h', 'h', "help", CLI_NONE, NULL, "print this help and exit" },
	{ 'b', 'b', NULL, CLI_REQUIRED, "#", "block size, 512 to 64K (default: this host's page)" },
	{ 'C', 'C', NULL, CLI_REQUIRED, "#", "size of physical clusters, up to 1M (default: a block)" },
	{ 'd', 'd', NULL, CLI_REQUIRED, "#", "verbosity, 0 to 9 (default: 2)" },
	{ 'E', 'E', NULL, CLI_REQUIRED, "X[,...]", "extended options, see below" },
	{ 'L', 'L', NULL, CLI_REQUIRED, "LABEL", "volume label, at most 15 bytes" },
	{ 'T', 'T', NULL, CLI_REQUIRED, "#", "fixed time stamp, for the image and its files" },
	{ 'm', 'm', NULL, CLI_REQUIRED, "#[:X]",
		"inodes in an inode that is compressed in clusters of # bytes; X: as of -z, or the number "
		"of one that is given there (default: the first)" },
	{ 'z', 'z', NULL, CLI_REQUIRED, "X[,level][,...]",
		"compress files by algorithm X, see below" },
	{ OPT_ALL_TIME, 0, "all-time", CLI_NONE, NULL, "the build time is that of all files, too" },
	{ OPT_MKFS_TIME, 0, "mkfs-time", CLI_NONE, NULL, "the build time is that of the image only" },
	{ 'U', 'U', NULL, CLI_REQUIRED, "UUID", "UUID of the image, or \"clear\", or \"random\" (default)" },
	{ 'x', 'x', NULL, CLI_REQUIRED, "#",
		"share extended attributes that more than # files have (default: 2); below 0: none of the source's" },
	{ OPT_ISHARE, 0, "ishare", CLI_OPTIONAL, "ALG[,name=X]",
		"give each file a fingerprint for page cache sharing. ALG: sha256 (default), sha512, "
		"blake2b512 or none; only sha256 shares with images from other builders. X: extended "
		"attribute that holds it (default: " EROFS_ISHARE_DEFAULT_XATTR ")" },
	{ OPT_XATTR_INODE_DIGEST, 0, "xattr-inode-digest", CLI_OPTIONAL, "X",
		"the same as --ishare=sha256[,name=X]" },
	{ OPT_ISHARE_TRUST, 0, "ishare-trust", CLI_NONE, NULL,
		"believe fingerprints of source images that stay where they are; else content is read" },
	{ OPT_MZ, 0, "MZ", CLI_OPTIONAL, "0|i|id", "keep inode metadata in one zone at the end" },
	{ OPT_ALL_ROOT, 0, "all-root", CLI_NONE, NULL, "all files belong to root" },
	{ OPT_ASYNC_QUEUE_LIMIT, 0, "async-queue-limit", CLI_REQUIRED, "#",
		"a power of two; without effect: the queue is bounded anyway" },
	{ OPT_TAR, 0, "tar", CLI_OPTIONAL, "f|i[,MAP]|headerball",
		"SOURCE, or standard input, is a tar archive, packed or not. --tar=f: with its content "
		"(default); --tar=i: the archive stays a device of the image, in blocks of 512 bytes; "
		"--tar=i,MAP: blocks are reserved, and MAP says what belongs there; "
		"--tar=headerball: an archive of headers without data" },
	{ OPT_AUFS, 0, "aufs", CLI_NONE, NULL,
		"in archives, .wh. names are whiteouts and opaque marks" },
	{ OPT_UNGZIP, 0, "ungzip", CLI_OPTIONAL, "FILE",
		"the archive is packed with gzip or not at all; unpacked, it goes to FILE, too" },
	{ OPT_UNXZ, 0, "unxz", CLI_OPTIONAL, "FILE", "the same with xz, its older format, or lzip" },
	{ OPT_GZINFO, 0, "gzinfo", CLI_OPTIONAL, "FILE",
		"as --ungzip; FILE gets the points from which parts of the archive can be unpacked" },
	{ OPT_BLOBDEV, 0, "blobdev", CLI_REQUIRED, "FILE", "write the chunks of files to FILE" },
	{ OPT_BLOCK_LIST_FILE, 0, "block-list-file", CLI_REQUIRED, "FILE",
		"list the blocks of each file in FILE, as Android's tools do" },
	{ OPT_CHUNKSIZE, 0, "chunksize", CLI_REQUIRED, "#",
		"store files as chunks of # bytes, equal ones once, holes as holes" },
	{ OPT_COMPRESS_HINTS, 0, "compress-hints", CLI_REQUIRED, "FILE",
		"choose algorithms and physical clusters by path, see below" },
	{ OPT_CLEAN, 0, "clean", CLI_OPTIONAL, "data|rvsp|0",
		"build from scratch (default); file data is copied (data), or gets blocks that are not "
		"written (rvsp); without a value, data of source images stays where it is" },
	{ OPT_DSUNIT, 0, "dsunit", CLI_REQUIRED, "#", "align file data to # blocks" },
	{ OPT_EXCLUDE_PATH, 0, "exclude-path", CLI_REQUIRED, "PATH", "leave out PATH, relative to SOURCE" },
	{ OPT_EXCLUDE_REGEX, 0, "exclude-regex", CLI_REQUIRED, "REGEX",
		"leave out paths that match the extended regular expression" },
	{ OPT_FILE_CONTEXTS, 0, "file-contexts", CLI_REQUIRED, "FILE",
		"label files by an SELinux file_contexts file" },
	{ OPT_FORCE_UID, 0, "force-uid", CLI_REQUIRED, "#", "all files belong to user #" },
	{ OPT_FORCE_GID, 0, "force-gid", CLI_REQUIRED, "#", "all files belong to group #" },
	{ OPT_FS_CONFIG_FILE, 0, "fs-config-file", CLI_REQUIRED, "FILE",
		"take owners, modes and capabilities from Android's table FILE" },
	{ OPT_FSALIGNBLKS, 0, "fsalignblks", CLI_REQUIRED, "#",
		"make the size of the image a multiple of # blocks" },
	{ OPT_UID_OFFSET, 0, "uid-offset", CLI_REQUIRED, "#", "add # to all user ids" },
	{ OPT_GID_OFFSET, 0, "gid-offset", CLI_REQUIRED, "#", "add # to all group ids" },
	{ OPT_HARD_DEREFERENCE, 0, "hard-dereference", CLI_NONE, NULL, "make hard links separate files" },
	{ OPT_IGNORE_MTIME, 0, "ignore-mtime", CLI_NONE, NULL, "files have the build time" },
	{ OPT_INCREMENTAL, 0, "incremental", CLI_OPTIONAL, "data|rvsp|0",
		"add to the image FILE; file data is stored (data), or gets blocks that are not written" },
	{ OPT_PRESERVE_MTIME, 0, "preserve-mtime", CLI_NONE, NULL, "files keep their time (default)" },
	{ OPT_MAX_EXTENT_BYTES, 0, "max-extent-bytes", CLI_REQUIRED, "#",
		"a piece of a compressed file has at most # bytes of it; below 0: needs -E48bit" },
	{ OPT_MOUNT_POINT, 0, "mount-point", CLI_REQUIRED, "PATH",
		"where the image will be mounted, for labels, tables and lists (default: /)" },
	{ OPT_OCI_LAYERS, 0, "oci-layers", CLI_REQUIRED, "DIR",
		"SOURCE is a container image, each layer of which becomes an image in DIR, named by "
		"its diff id; there is no FILE" },
	{ OPT_OCI_LAYOUT, 0, "oci-layout", CLI_OPTIONAL, "REF|PLATFORM",
		"SOURCE is a container image, all layers of which become one: an OCI layout, as a "
		"directory or archive, or from docker save. REF, or OS/ARCH[/VARIANT]: which one" },
	{ OPT_OFFSET, 0, "offset", CLI_REQUIRED, "#", "the image begins at byte # of FILE" },
	{ OPT_OVLFS_STRIP, 0, "ovlfs-strip", CLI_OPTIONAL, "0|1",
		"leave out overlayfs whiteouts and opaque marks" },
	{ OPT_PRODUCT_OUT, 0, "product-out", CLI_REQUIRED, "PATH",
		"accepted for Android's builds; without effect" },
	{ OPT_QUIET, 0, "quiet", CLI_NONE, NULL, "print errors only" },
	{ OPT_ROOT_XATTR_ISIZE, 0, "root-xattr-isize", CLI_REQUIRED, "#",
		"extended attributes of the root take at least # bytes" },
	{ OPT_SORT, 0, "sort", CLI_REQUIRED, "path|none",
		"order of file data from archives; \"none\": as it comes, in one pass, with -Enoinline_data" },
	{ OPT_VMDK_DESC, 0, "vmdk-desc", CLI_REQUIRED, "FILE",
		"describe the image and its devices as one virtual disk in FILE" },
	{ OPT_WORKERS, 0, "workers", CLI_REQUIRED, "#",
		"threads; the bytes of the image do not depend on them (default: all processors)" },
	{ OPT_XATTR_PREFIX, 0, "xattr-prefix", CLI_REQUIRED, "X",
		"store extended attribute names that begin with X in short form" },
	{ OPT_ZD, 0, "zD", CLI_OPTIONAL, "0|1", "compress directories" },
	{ OPT_ZFEATURE_BITS, 0, "zfeature-bits", CLI_REQUIRED, "#", "extended options as a bit mask" },
	/* Known, refused with a reason, not shown: callers probe --help for what a build can do. */
	{ OPT_OCI, 0, "oci", CLI_OPTIONAL, "X", NULL },
	{ OPT_S3, 0, "s3", CLI_REQUIRED, "X", NULL },
	{ OPT_RANDOM_ALGORITHMS, 0, "random-algorithms", CLI_NONE, NULL, NULL },
	{ OPT_RANDOM_PCLUSTERBLKS, 0, "random-pclusterblks", CLI_NONE, NULL, NULL },
	/* Other names, not shown either. */
	{ OPT_UNGZIP, 0, "gzip", CLI_NONE, NULL, NULL },
	{ OPT_UNXZ, 0, "unlzma", CLI_NONE, NULL, NULL },
};

const struct cli_program mkfs_program = {
	.name = "mkfs.erofs",
	.usage = "[OPTIONS] FILE SOURCE(s)",
	.about = "Make FILE an EROFS image of a directory, tar archive or container image, or of\n"
		 "images in layers.",
	.epilogue =
		"Extended options (-E), each of them off with ^ before its name:\n"
		" inline_data            tails of files stand behind their inodes (default)\n"
		" noinline_data          the opposite\n"
		" force-inode-compact    32-byte inodes only; implies --ignore-mtime\n"
		" force-inode-extended   64-byte inodes only\n"
		" force-inode-blockmap   4-byte block addresses for chunks\n"
		" force-chunk-indexes    8-byte indexes for chunks\n"
		" nosbcrc                no superblock checksum\n"
		" xattr-name-filter      fast answers for absent attributes (default)\n"
		" plain-xattr-prefixes   long attribute prefixes outside of any inode\n"
		" dedupe                 store equal blocks, or with -z equal ranges, once\n"
		" dedupe-files           store equal files once (default)\n"
		" carry                  compressed files of images stay so (default)\n"
		" 48bit                  addresses of 48 bits, times in 32-byte inodes\n"
		" dot-omitted            no \".\" in directories; implies 48bit\n"
		" ztailpacking           with -z: ends of files stand behind their indexes\n"
		" fragments[=#]          with -z: ends of files and small files in one inode,\n"
		"                        compressed in clusters of # bytes (default: as -C)\n"
		" all-fragments[=#]      with -z: whole files of any size there\n"
		" fragdedupe[=X]         nothing twice there; X: inode (whole files only) or full\n"
		"                        (default)\n"
		" legacy-compress        with -z: index of 8 bytes for each block, not of 2 or 4\n"
		"The extended options of compression have no effect without compression.\n"
		"\n"
		"Compression (-z): algorithm, then a level, or key=value pairs:\n"
		" level=#                how hard to try\n"
		" dictsize=#             size of the window\n"
		" lc=#, lp=#, pb=#       as of xz, for MicroLZMA\n"
		"Several algorithms are separated by colons; the first serves all files but those\n"
		"that --compress-hints chooses for. A line of its FILE is a rule, the first match\n"
		"counts: PCLUSTER_BYTES [NUMBER_OF_ALGORITHM] REGEX; 0 bytes: not compressed.\n",
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.usage_status = MKFS_USAGE,
};

static int apply(struct mkfs_options *options, int code, const char *value)
{
	apply_function *function = apply_function_of(code);

	return function ? function(options, value) : refuse_option(code);
}

static int read_options(struct mkfs_options *options, struct cli_parser *parser)
{
	int status = MKFS_GO_ON, code;
	const char *value;

	while (status == MKFS_GO_ON && !options->stop) {
		code = cli_next(parser, &value);
		if (code == -1)
			return MKFS_GO_ON;
		status = code == '?' ? MKFS_USAGE : apply(options, code, value);
	}
	return status;
}

static int read_operands(struct mkfs_options *options, struct cli_parser *parser)
{
	int count;
	char **operands = cli_operands(parser, &count);
	int first = options->oci.layers ? 0 : 1; /* images of layers have names already */

	if (count < first)
		return cli_usage_error(&mkfs_program, "missing argument: FILE");
	options->destination = first ? operands[0] : "";
	for (int i = first; i < count; i++)
		options->sources.list[options->sources.count++] = operands[i];
	return source_check(options);
}

static bool allocate_lists(struct mkfs_options *options, int argc)
{
	struct string_list *lists[] = { &options->exclude_paths, &options->exclude_regexes,
		&options->xattr_prefixes, &options->sources };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		lists[i]->list = calloc((size_t)argc + 1, sizeof(char *));
		if (!lists[i]->list)
			return false;
	}
	return true;
}

int mkfs_options_read(struct mkfs_options *options, int argc, char **argv)
{
	struct cli_parser *parser = cli_parser_new(&mkfs_program, argc, argv);
	int status;

	*options = (struct mkfs_options){
		.tree = { .struct_size = sizeof(options->tree) },
		.build = { .struct_size = sizeof(options->build), .xattr_tolerance = 2 },
		.argv0 = argc > 0 ? argv[0] : mkfs_program.name,
		.debug_level = 2,
	};
	if (!parser || !allocate_lists(options, argc)) {
		cli_parser_free(parser);
		return cli_out_of_memory();
	}
	status = read_options(options, parser);
	if (status == MKFS_GO_ON)
		status = read_operands(options, parser);
	cli_parser_free(parser);
	return status == MKFS_GO_ON ? mkfs_options_validate(options) : status;
}

void mkfs_options_fini(struct mkfs_options *options)
{
	for (size_t i = 0; i < options->text_count; i++)
		free(options->texts[i]);
	free(options->texts);
	free(options->compressions);
	free(options->exclude_paths.list);
	free(options->exclude_regexes.list);
	free(options->xattr_prefixes.list);
	free(options->sources.list);
	free(options->base_ishare_xattr);
	free(options->map_text);
	vmdk_close(options);
	oci_close(options);
}
