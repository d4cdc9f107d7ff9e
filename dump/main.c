/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump.erofs: shows what an image holds and what images share. */
#include "dump.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include "cli/signals.h"

/* The actions in the order in which erofs-utils prints them. */
static int run_actions(struct dump_target *t)
{
	const struct dump_options *o = t->options;
	int status = DUMP_OK;

	if (o->udev)
		return dump_udev(t);
	if (o->cat)
		return dump_cat(t);
	if (o->ishare)
		return dump_ishare(t);
	if (o->super)
		status = dump_super(t);
	if (o->stats && status == DUMP_OK)
		status = dump_stats(t);
	if ((o->by_nid || o->path) && status == DUMP_OK)
		status = dump_inode(t);
	return status;
}

/* Wraps the actions into one JSON object when that is asked for. */
static int run_target(struct dump_target *t)
{
	int status, r;

	if (!t->options->json)
		return run_actions(t);
	t->json = cli_json_new(stdout);
	if (!t->json)
		return DUMP_FAILED;
	cli_json_open_object(t->json, NULL);
	status = run_actions(t);
	cli_json_close(t->json);
	r = cli_json_finish(t->json);
	/* A stream that failed is told about at the end, for text and JSON alike. */
	return r < 0 && r != -EIO ? cli_error("cannot print JSON: %s", strerror(-r)) : status;
}

static int run_image(const struct dump_options *o, const struct erofs_report *report)
{
	struct dump_target t = { .options = o, .report = report };
	int status;

	/* udev asks every block device: no EROFS there is not worth a line. */
	if (erofs_image_open(o->operands[0], &o->image, o->udev ? NULL : report, &t.img) < 0)
		return DUMP_FAILED;
	if (erofs_reader_new(t.img, &t.rd) < 0)
		status = cli_out_of_memory();
	else
		status = run_target(&t);
	erofs_reader_free(t.rd);
	erofs_image_close(t.img);
	return status;
}

int main(int argc, char **argv)
{
	struct dump_options options;
	struct cli_reporter reporter;
	int status;

	/* A closed pipe is a write error like a full disk. */
	signal(SIGPIPE, SIG_IGN);
	cli_signals_install();
	tzset();
	status = dump_options_parse(argc, argv, &options);
	if (status < 0) {
		cli_reporter_init(&reporter);
		if (options.quiet) {
			reporter.progress = false;
			reporter.level = 0;
		}
		status = options.groups ? dump_groups(&options, &reporter) :
			options.diff ? dump_diff(&options, &reporter) :
				       run_image(&options, &reporter.report);
	}
	dump_options_fini(&options);
	return cli_flush_stdout(status);
}
