/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each file by its identity, or when it is not there yet, by its directory and name. Pipes and character devices take
 * whatever comes. */
#include "mkfs/files.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40
#define OUTPUTS_MAX 10

struct file {
	const char *role, *path;
	bool exists;
	struct stat st;			/* of the file, or of its directory */
	char name[NAME_MAX + 1];	/* of one that is to come */
};

/* What the symbolic link @path leads to, in place of it. */
static bool follow(char *path)
{
	char target[PATH_MAX];
	ssize_t bytes = readlink(path, target, sizeof(target) - 1);
	char *slash = strrchr(path, '/');
	size_t kept = slash ? (size_t)(slash - path) + 1 : 0;

	if (bytes <= 0)
		return false;
	target[bytes] = '\0';
	if (*target == '/')
		kept = 0;
	if (kept + (size_t)bytes >= PATH_MAX)
		return false;
	memcpy(path + kept, target, (size_t)bytes + 1);
	return true;
}

/* False for what is no file at all, which whoever opens it will say. */
static bool find_new(struct file *file)
{
	char path[PATH_MAX];
	char *slash;

	if (strlen(file->path) >= sizeof(path))
		return false;
	strcpy(path, file->path);
	for (int i = 0; i < LINKS_MAX && follow(path); i++)
		continue;
	slash = strrchr(path, '/');
	if (strlen(slash ? slash + 1 : path) > NAME_MAX)
		return false;
	strcpy(file->name, slash ? slash + 1 : path);
	if (slash)
		slash[slash == path] = '\0';
	return stat(slash ? path : ".", &file->st) == 0;
}

static bool find(const char *role, const char *path, struct file *ret)
{
	*ret = (struct file){ .role = role, .path = path };
	if (!path || !*path)
		return false;
	ret->exists = stat(path, &ret->st) == 0;
	return ret->exists ? S_ISREG(ret->st.st_mode) || S_ISBLK(ret->st.st_mode) : find_new(ret);
}

static bool is_same(const struct file *a, const struct file *b)
{
	if (a->exists != b->exists)
		return false;
	if (a->exists && S_ISBLK(a->st.st_mode) && S_ISBLK(b->st.st_mode))
		return a->st.st_rdev == b->st.st_rdev;
	return a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino && !strcmp(a->name, b->name);
}

/* ---- one against the others ---- */

struct outputs {
	struct file list[OUTPUTS_MAX];
	size_t count;
	const char *added_to;		/* stays as it is: may be read */
};

static int add_output(struct outputs *outputs, const char *role, const char *path)
{
	struct file *file = &outputs->list[outputs->count];

	if (!find(role, path, file))
		return MKFS_GO_ON;
	for (size_t i = 0; i < outputs->count; i++) {
		if (!is_same(file, &outputs->list[i]))
			continue;
		cli_error("%s: %s and %s are one file", path, outputs->list[i].role, role);
		return MKFS_FAILED;
	}
	outputs->count++;
	return MKFS_GO_ON;
}

static int check_input(const struct outputs *outputs, const struct file *input)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].path == outputs->added_to || !is_same(input, &outputs->list[i]))
			continue;
		cli_error("%s: is %s, and would be overwritten by %s", input->path, input->role,
			outputs->list[i].role);
		return MKFS_FAILED;
	}
	return MKFS_GO_ON;
}

static int check_path(const struct outputs *outputs, const char *role, const char *path)
{
	struct file input;

	return find(role, path, &input) && input.exists ? check_input(outputs, &input) : MKFS_GO_ON;
}

/* ---- all of them ---- */

static int add_annotation(struct outputs *outputs, const char *image, char *path)
{
	snprintf(path, PATH_MAX, "%s.json", image);
	return add_output(outputs, "its annotation", path);
}

static int add_outputs(const struct mkfs_options *options, struct outputs *outputs, char *annotation)
{
	const struct {
		const char *role, *path;
	} files[] = {
		{ "the image", options->destination },
		{ "its blob", options->build.blob_path },
		{ "what the archive unpacks to", options->tar ? options->archive.unpacked_path : NULL },
		{ "the map of --tar", options->tar_map },
		{ "the file of --gzinfo", options->tar ? options->archive.gzinfo_path : NULL },
		{ "the file of --vmdk-desc", options->vmdk_path },
		{ "the file of --block-list-file", options->block_list_path },
	};
	int status = MKFS_GO_ON;

	for (size_t i = 0; status == MKFS_GO_ON && i < sizeof(files) / sizeof(files[0]); i++)
		status = add_output(outputs, files[i].role, files[i].path);
	if (status == MKFS_GO_ON && options->oci.is_source && *options->destination)
		status = add_annotation(outputs, options->destination, annotation);
	return status;
}

static int check_sources(const struct mkfs_options *options, const struct outputs *outputs)
{
	struct file input = { .role = "the source", .path = "standard input", .exists = true };
	int status = MKFS_GO_ON;

	for (size_t i = 0; status == MKFS_GO_ON && i < options->sources.count; i++)
		status = check_path(outputs, "a source", options->sources.list[i]);
	if (status == MKFS_GO_ON && options->tar && !options->sources.count &&
	    fstat(STDIN_FILENO, &input.st) == 0)
		status = check_input(outputs, &input);
	return status;
}

int files_check(const struct mkfs_options *options)
{
	struct outputs outputs = { .added_to = options->incremental ? options->destination : NULL };
	char annotation[PATH_MAX];
	int status = add_outputs(options, &outputs, annotation);

	if (status == MKFS_GO_ON)
		status = check_sources(options, &outputs);
	if (status == MKFS_GO_ON)
		status = check_path(&outputs, "the file of --file-contexts", options->tree.file_contexts);
	if (status == MKFS_GO_ON)
		status = check_path(&outputs, "the file of --fs-config-file", options->tree.fs_config_file);
	if (status == MKFS_GO_ON)
		status = check_path(&outputs, "the file of --compress-hints", options->build.compress_hints);
	return status;
}
