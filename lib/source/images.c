/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* A reader is costly to make, so those that are not in use are kept: as many as were in use at a time. */
#include "source/images.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct idle_reader {
	struct erofs_reader *rd;
	struct idle_reader *next;
};

struct erofs_images {
	size_t count;
	pthread_mutex_t lock;		/* of the lists */
	struct source {
		struct erofs_image *img;
		struct idle_reader *idle;
	} list[];
};

int erofs_images_open(const char *const *paths, size_t count, const struct erofs_report *report,
	struct erofs_images **ret)
{
	struct erofs_images *images = calloc(1, sizeof(*images) + count * sizeof(images->list[0]));
	int r = 0;

	if (!images)
		return -ENOMEM;
	pthread_mutex_init(&images->lock, NULL);
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = erofs_image_open(paths[i], NULL, report, &images->list[i].img);
		images->count = i + (r == 0);
	}
	if (r < 0)
		erofs_images_close(images);
	else
		*ret = images;
	return r;
}

static void free_idle(struct idle_reader *idle)
{
	while (idle) {
		struct idle_reader *next = idle->next;

		erofs_reader_free(idle->rd);
		free(idle);
		idle = next;
	}
}

void erofs_images_close(struct erofs_images *images)
{
	if (!images)
		return;
	for (size_t i = 0; i < images->count; i++) {
		free_idle(images->list[i].idle);
		erofs_image_close(images->list[i].img);
	}
	pthread_mutex_destroy(&images->lock);
	free(images);
}

size_t erofs_images_count(const struct erofs_images *images)
{
	return images->count;
}

struct erofs_image *erofs_images_get(const struct erofs_images *images, size_t index)
{
	return images->list[index].img;
}

int erofs_images_borrow(struct erofs_images *images, size_t index, struct erofs_reader **ret)
{
	struct source *source = &images->list[index];
	struct idle_reader *idle;

	pthread_mutex_lock(&images->lock);
	idle = source->idle;
	if (idle)
		source->idle = idle->next;
	pthread_mutex_unlock(&images->lock);
	if (!idle)
		return erofs_reader_new(source->img, ret);
	*ret = idle->rd;
	free(idle);
	return 0;
}

void erofs_images_give_back(struct erofs_images *images, size_t index, struct erofs_reader *rd)
{
	struct source *source = &images->list[index];
	struct idle_reader *idle = malloc(sizeof(*idle));

	erofs_reader_set_report(rd, NULL);
	if (!idle) {
		erofs_reader_free(rd);
		return;
	}
	idle->rd = rd;
	pthread_mutex_lock(&images->lock);
	idle->next = source->idle;
	source->idle = idle;
	pthread_mutex_unlock(&images->lock);
}
