/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Build time, times of files, UUID: everything that comes from outside of the command line and source. */
#include "mkfs/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define EPOCH_VARIABLE "SOURCE_DATE_EPOCH"

int apply_time(struct mkfs_options *options, const char *value)
{
	uint64_t seconds = 0;
	int status = parse_number(value, INT64_MAX, "UNIX timestamp", &seconds);

	options->have_time = true;
	options->time_seconds = (int64_t)seconds;
	return status;
}

int apply_all_time(struct mkfs_options *options, const char *value)
{
	(void)value;
	options->files_time = FILES_TIME_BUILD;
	return MKFS_GO_ON;
}

int apply_mkfs_time(struct mkfs_options *options, const char *value)
{
	(void)value;
	options->files_time = FILES_TIME_SOURCE;
	return MKFS_GO_ON;
}

/* Decimal digits only; empty reads as 0, as numbers in options do. */
static bool parse_epoch(const char *text, int64_t *ret)
{
	uint64_t seconds = 0;

	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9' || seconds > (INT64_MAX - 9) / 10)
			return false;
		seconds = seconds * 10 + (uint64_t)(*p - '0');
	}
	*ret = (int64_t)seconds;
	return true;
}

/* SOURCE_DATE_EPOCH beats every option: later times become it, earlier ones stay. */
static int take_epoch(struct mkfs_options *options, const char *text)
{
	int64_t seconds;

	if (!parse_epoch(text, &seconds))
		return cli_refuse(&mkfs_program, "environment variable $" EPOCH_VARIABLE " %s is invalid", text);
	options->build.build_time_seconds = seconds;
	options->tree.time = (struct erofs_time_rules){ EROFS_TIME_CLAMP, seconds };
	return MKFS_GO_ON;
}

static int complete_times(struct mkfs_options *options)
{
	const char *epoch = getenv(EPOCH_VARIABLE);
	bool all = options->files_time == FILES_TIME_BUILD ||
		(options->files_time == FILES_TIME_DEFAULT && options->have_time);
	int64_t now;

	if (epoch)
		return take_epoch(options, epoch);
	now = options->have_time ? options->time_seconds : (int64_t)time(NULL);
	options->build.build_time_seconds = now;
	if (all)
		options->tree.time = (struct erofs_time_rules){ EROFS_TIME_FIXED, now };
	return MKFS_GO_ON;
}

/* Version 4, variant 1. */
static int complete_uuid(struct mkfs_options *options)
{
	uint8_t *uuid = options->build.uuid;

	if (options->have_uuid)
		return MKFS_GO_ON;
	if (getrandom(uuid, sizeof(options->build.uuid), 0) != sizeof(options->build.uuid))
		return cli_refuse(&mkfs_program, "no random UUID: %s", strerror(errno));
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	return MKFS_GO_ON;
}

int mkfs_options_complete(struct mkfs_options *options)
{
	int status = complete_times(options);

	return status == MKFS_GO_ON ? complete_uuid(options) : status;
}
