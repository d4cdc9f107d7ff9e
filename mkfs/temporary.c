/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where temporary files go. */
#include "mkfs/options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER_DIRECTORY "/tmp"

char *temporary_directory(const struct mkfs_options *options)
{
	const char *tmpdir = getenv("TMPDIR"), *slash = strrchr(options->destination, '/');
	struct stat st;
	char *beside;

	if (tmpdir && *tmpdir)
		return strdup(tmpdir);
	if (stat(options->destination, &st) == 0 && !S_ISREG(st.st_mode))
		return strdup(OTHER_DIRECTORY);
	if (!slash)
		beside = strdup(".");
	else
		beside = strndup(options->destination, slash == options->destination ? 1 :
			(size_t)(slash - options->destination));
	/* A file there may be writable although the directory is not. */
	if (beside && access(beside, W_OK | X_OK) < 0) {
		free(beside);
		return strdup(OTHER_DIRECTORY);
	}
	return beside;
}
