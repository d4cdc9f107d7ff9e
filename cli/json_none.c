/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --json in a build without json-c: a clear answer, and no conditions in the programs. */
#include "cli/json.h"
#include "cli/cli.h"

#include <errno.h>

struct cli_json *cli_json_new(FILE *out)
{
	(void)out;
	cli_error("--json needs json-c, which this program was built without");
	return NULL;
}

void cli_json_open_object(struct cli_json *j, const char *key)
{
	(void)j;
	(void)key;
}

void cli_json_open_array(struct cli_json *j, const char *key)
{
	(void)j;
	(void)key;
}

void cli_json_close(struct cli_json *j)
{
	(void)j;
}

void cli_json_text(struct cli_json *j, const char *key, const char *bytes)
{
	(void)j;
	(void)key;
	(void)bytes;
}

void cli_json_bytes(struct cli_json *j, const char *key, const char *bytes, size_t count)
{
	(void)j;
	(void)key;
	(void)bytes;
	(void)count;
}

void cli_json_u64(struct cli_json *j, const char *key, uint64_t value)
{
	(void)j;
	(void)key;
	(void)value;
}

void cli_json_i64(struct cli_json *j, const char *key, int64_t value)
{
	(void)j;
	(void)key;
	(void)value;
}

void cli_json_bool(struct cli_json *j, const char *key, bool value)
{
	(void)j;
	(void)key;
	(void)value;
}

void cli_json_ratio(struct cli_json *j, const char *key, double value)
{
	(void)j;
	(void)key;
	(void)value;
}

int cli_json_finish(struct cli_json *j)
{
	(void)j;
	return -ENOTSUP;
}
