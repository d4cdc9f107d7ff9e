/* SPDX-License-Identifier: GPL-2.0-or-later */
/* read.erofs: the reference reader. */
#include "reader.h"

#include <pthread.h>
#include <signal.h>

int reader_open_image(const struct reader_options *options, const char *path, size_t first_device,
	const struct erofs_report *report, struct erofs_image **ret)
{
	struct erofs_image_options o = options->image;
	struct erofs_image *img;
	uint32_t count;

	/* Only the image tells how many devices are its own. */
	if (erofs_image_open(path, &o, report, &img) < 0)
		return READER_FAILED;
	count = erofs_image_super(img)->device_count;
	if (!count || first_device == options->device_count) {
		*ret = img;
		return READER_OK;
	}
	erofs_image_close(img);
	if (options->device_count - first_device < count)
		return cli_error("%s: %u extra devices are needed, %zu are left", path,
			(unsigned int)count, options->device_count - first_device);
	o.device_paths = options->devices + first_device;
	o.device_count = count;
	return erofs_image_open(path, &o, report, ret) < 0 ? READER_FAILED : READER_OK;
}

int reader_open_images(const struct reader_options *options, const struct erofs_report *report,
	struct erofs_image **ret)
{
	size_t used = 0;

	for (int i = 0; i < options->operand_count; i++) {
		size_t left = options->device_count - used;
		uint32_t devices;

		if (reader_open_image(options, options->operands[i], used, report, &ret[i]) != READER_OK)
			return READER_FAILED;
		devices = erofs_image_super(ret[i])->device_count;
		used += devices < left ? devices : left;
	}
	return used == options->device_count ? READER_OK :
					       cli_error("%zu extra devices belong to no image",
						       options->device_count - used);
}

int reader_new_domain(const struct reader_options *options, bool share, uint64_t cache_bytes,
	const struct erofs_report *report, struct erofs_domain **ret)
{
	const struct erofs_domain_options o = {
		.struct_size = sizeof(o),
		.rules = options->rules,
		.cache_bytes = cache_bytes,
		.share = share,
		.verify = share && options->verify,
		/* What would be cached without sharing is measured, not held. */
		.count_only = !share,
	};

	return erofs_domain_new(&o, report, ret) < 0 ? cli_out_of_memory() : READER_OK;
}

/* What is shared ends with the program, so that any id does for those who do not care. */
const char *reader_domain_id(const struct reader_options *options, uint32_t image)
{
	size_t count = options->domain_id_count;

	return count ? options->domain_ids[image < count ? image : count - 1] : "read.erofs";
}

/* Several images, and the domain, speak at once; the reporter is used by one at a time. */
struct locked_report {
	struct cli_reporter reporter;
	pthread_mutex_t lock;
};

static void locked_message(void *user, enum erofs_level level, const char *text)
{
	struct locked_report *l = user;

	pthread_mutex_lock(&l->lock);
	l->reporter.report.message(l->reporter.report.user, level, text);
	pthread_mutex_unlock(&l->lock);
}

static void locked_progress(void *user, const char *phase, uint64_t done, uint64_t total)
{
	struct locked_report *l = user;

	pthread_mutex_lock(&l->lock);
	l->reporter.report.progress(l->reporter.report.user, phase, done, total);
	pthread_mutex_unlock(&l->lock);
}

static int run_command(const struct reader_options *options, const struct erofs_report *report)
{
	switch (options->command) {
	case READER_CAT:
		return reader_cat(options, report);
	case READER_MOUNT:
		return reader_mount(options, report);
	default:
		return reader_replay(options, report);
	}
}

static int run(const struct reader_options *options)
{
	struct locked_report locked;
	const struct erofs_report report = {
		.user = &locked, .message = locked_message, .progress = locked_progress
	};
	int status;

	cli_reporter_init(&locked.reporter);
	locked.reporter.level = options->level;
	if (options->quiet) {
		locked.reporter.progress = false;
		locked.reporter.level = 0;
	}
	pthread_mutex_init(&locked.lock, NULL);
	status = run_command(options, &report);
	pthread_mutex_destroy(&locked.lock);
	return status;
}

int main(int argc, char **argv)
{
	struct reader_options options;
	int status;

	/* A closed pipe is a write error like a full disk. */
	signal(SIGPIPE, SIG_IGN);
	status = reader_options_parse(argc, argv, &options);
	if (status < 0)
		status = run(&options);
	reader_options_fini(&options);
	return cli_flush_stdout(status);
}
