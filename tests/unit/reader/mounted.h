/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mount of images in memory, without a session. */
#ifndef TESTS_MOUNTED_H
#define TESTS_MOUNTED_H

#include "reader/mount.h"
#include "tests/unit/image/sample.h"

#define MOUNTED_MAX 3

struct mounted {
	struct sample samples[MOUNTED_MAX];
	struct mount_image images[MOUNTED_MAX];
	struct mount m;
};

/* @count images, each with a root that has nothing but itself; they are filled before mounted_open. */
static inline void mounted_init(struct mounted *t, uint32_t count)
{
	static const struct sample_entry empty[] = { { ".", SAMPLE_ROOT, EROFS_TYPE_DIRECTORY },
		{ "..", SAMPLE_ROOT, EROFS_TYPE_DIRECTORY } };

	*t = (struct mounted){ .m = { .images = t->images, .image_count = count, .uid = 7, .gid = 8 } };
	for (uint32_t i = 0; i < count; i++) {
		sample_init(&t->samples[i], 8);
		sample_dir(&t->samples[i], SAMPLE_ROOT, 1, empty, 2);
	}
}

static inline void mounted_open(struct mounted *t)
{
	static char *const names[MOUNTED_MAX] = { (char *)"first", (char *)"second", (char *)"third" };

	for (uint32_t i = 0; i < t->m.image_count; i++) {
		sample_open(&t->samples[i]);
		t->images[i].img = t->samples[i].img;
		t->images[i].name = names[i];
		pthread_mutex_init(&t->images[i].lock, NULL);
	}
}

static inline void mounted_fini(struct mounted *t)
{
	for (uint32_t i = 0; i < t->m.image_count; i++) {
		while (t->images[i].idle_count)
			erofs_reader_free(t->images[i].idle[--t->images[i].idle_count]);
		pthread_mutex_destroy(&t->images[i].lock);
		sample_fini(&t->samples[i]);
	}
}

#endif
