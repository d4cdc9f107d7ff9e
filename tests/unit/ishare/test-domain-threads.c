/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many threads on one domain: mounts come and go, caches are small, every byte is compared. Worth most
 * under the thread sanitizer. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "tests/unit/ishare/tiny-image.h"

#define PAGE 4096
#define FILES 12
#define THREADS 4
#define ROUNDS 6
#define READS 60

static uint8_t contents[FILES][40000];
static char names[FILES][8];

struct scene {
	struct erofs_domain *dom;
	struct tiny_image images[2];
	struct erofs_domain_mount *standing; /* mounted all the time, used by all threads */
	atomic_int wrong;
};

/* Assertions of cmocka belong to the main thread; threads count what is wrong. */
static void check(struct scene *s, bool good)
{
	if (!good)
		atomic_fetch_add(&s->wrong, 1);
}

static size_t size_of(size_t i)
{
	return (i * 12345) % sizeof(contents[i]) + 1;
}

static void read_some(struct scene *s, struct erofs_domain_mount *mnt, struct erofs_reader *rd,
	unsigned int *seed)
{
	size_t i = (size_t)rand_r(seed) % FILES;
	uint64_t at = (uint64_t)rand_r(seed) % size_of(i);
	size_t size = (size_t)rand_r(seed) % 20000 + 1, left = size_of(i) - (size_t)at;
	struct erofs_domain_file *file;
	static _Thread_local uint8_t buffer[20001];
	bool splice = rand_r(seed) % 8 == 0;
	ssize_t n;

	if (erofs_domain_open(mnt, rd, tiny_nid(i), &file) < 0) {
		check(s, false);
		return;
	}
	n = splice ? erofs_domain_splice(file, at, buffer, size) :
		     erofs_domain_read(file, at, buffer, size);
	check(s, n == (ssize_t)(size < left ? size : left));
	check(s, n > 0 && !memcmp(buffer, contents[i] + at, (size_t)n));
	erofs_domain_close(file);
}

/* A round: a mount of its own beside the standing one. */
static void play_round(struct scene *s, unsigned int *seed)
{
	struct erofs_image *img = s->images[rand_r(seed) % 2].img;
	struct erofs_domain_mount *mnt;
	struct erofs_reader *own, *standing;

	if (erofs_domain_mount(s->dom, img, "id", &mnt) < 0 || erofs_reader_new(img, &own) < 0 ||
	    erofs_reader_new(s->images[0].img, &standing) < 0) {
		check(s, false);
		return;
	}
	for (int i = 0; i < READS; i++) {
		read_some(s, mnt, own, seed);
		read_some(s, s->standing, standing, seed);
	}
	erofs_domain_unmount(mnt);
	erofs_reader_free(own);
	erofs_reader_free(standing);
}

struct player {
	struct scene *scene;
	unsigned int seed;
	pthread_t thread;
};

static void *play(void *arg)
{
	struct player *p = arg;

	for (int i = 0; i < ROUNDS; i++)
		play_round(p->scene, &p->seed);
	return NULL;
}

static void open_images(struct scene *s)
{
	static struct tiny_file files[FILES];
	const struct tiny_spec spec = { .files = files, .file_count = FILES };

	for (size_t i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "f%02zu", i);
		for (size_t k = 0; k < sizeof(contents[i]); k++)
			contents[i][k] = (uint8_t)(k * (i + 3) + k / PAGE);
		files[i] = (struct tiny_file){ .name = names[i], .content = contents[i],
			.size_bytes = size_of(i) };
		tiny_tag(&files[i], EROFS_DIGEST_SHA256);
	}
	tiny_open(&spec, &s->images[0]);
	tiny_open(&spec, &s->images[1]);
}

static void run(uint64_t cache_bytes, bool verify, bool count_only)
{
	const struct erofs_domain_options options = { .struct_size = sizeof(options),
		.share = true, .cache_bytes = cache_bytes, .verify = verify, .count_only = count_only };
	struct scene s = { .wrong = 0 };
	struct player players[THREADS];
	struct erofs_domain_stats stats;

	open_images(&s);
	assert_int_equal(erofs_domain_new(&options, NULL, &s.dom), 0);
	assert_int_equal(erofs_domain_mount(s.dom, s.images[0].img, "id", &s.standing), 0);
	for (unsigned int i = 0; i < THREADS; i++) {
		players[i] = (struct player){ .scene = &s, .seed = i + 1 };
		assert_int_equal(pthread_create(&players[i].thread, NULL, play, &players[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(players[i].thread, NULL);
	assert_int_equal(s.wrong, 0);
	erofs_domain_stats(s.dom, &stats);
	assert_int_equal(stats.forged_inodes, 0);
	if (cache_bytes)
		assert_true(stats.pages_peak <= cache_bytes / PAGE);
	erofs_domain_unmount(s.standing);
	erofs_domain_stats(s.dom, &stats);
	assert_int_equal(stats.pages_cached, 0);
	assert_int_equal(stats.members, 0);
	assert_int_equal(stats.shared_inodes, 0);
	assert_int_equal(stats.groups, 0);
	erofs_domain_free(s.dom);
	tiny_close(&s.images[0]);
	tiny_close(&s.images[1]);
}

/* ---- all at one file ---- */

#define RACES 60
#define BIG (70 * PAGE + 5) /* more than is read between two visits to the lock */

static uint8_t big[BIG];

struct race {
	struct scene *scene;
	struct erofs_domain_mount *mounts[2];
	struct erofs_image *imgs[2];
	pthread_barrier_t start;
};

struct racer {
	struct race *race;
	unsigned int number;
	pthread_t thread;
	uint8_t buffer[BIG];
};

/* Opens and reads the whole file, on the mark; everyone must get all of it. */
static void *run_racer(void *arg)
{
	struct racer *r = arg;
	struct erofs_domain_mount *mnt = r->race->mounts[r->number % 2];
	struct erofs_domain_file *file = NULL;
	struct erofs_reader *rd = NULL;
	bool good;

	memset(r->buffer, 0xEE, sizeof(r->buffer));
	good = erofs_reader_new(r->race->imgs[r->number % 2], &rd) == 0;
	pthread_barrier_wait(&r->race->start);
	good = good && erofs_domain_open(mnt, rd, tiny_nid(0), &file) == 0 &&
	       erofs_domain_file_shares(file) &&
	       erofs_domain_read(file, 0, r->buffer, BIG) == BIG &&
	       !memcmp(r->buffer, big, BIG);
	check(r->race->scene, good);
	erofs_domain_close(file);
	erofs_reader_free(rd);
	return NULL;
}

static void race_once(struct race *race, struct racer *racers)
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(erofs_domain_mount(race->scene->dom, race->imgs[i], "id",
			&race->mounts[i]), 0);
	for (unsigned int i = 0; i < THREADS; i++) {
		racers[i].race = race;
		racers[i].number = i;
		assert_int_equal(pthread_create(&racers[i].thread, NULL, run_racer, &racers[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(racers[i].thread, NULL);
	erofs_domain_unmount(race->mounts[0]);
	erofs_domain_unmount(race->mounts[1]);
}

static void races(uint64_t cache_bytes, bool verify)
{
	const struct erofs_domain_options options = { .struct_size = sizeof(options),
		.share = true, .cache_bytes = cache_bytes, .verify = verify };
	struct tiny_file f = { .name = "f", .content = big, .size_bytes = BIG };
	const struct tiny_spec spec = { .files = &f, .file_count = 1 };
	static struct racer racers[THREADS];
	struct scene s = { .wrong = 0 };
	struct race race = { .scene = &s };

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7 + i / PAGE);
	tiny_tag(&f, EROFS_DIGEST_SHA256);
	tiny_open(&spec, &s.images[0]);
	tiny_open(&spec, &s.images[1]);
	race.imgs[0] = s.images[0].img;
	race.imgs[1] = s.images[1].img;
	assert_int_equal(erofs_domain_new(&options, NULL, &s.dom), 0);
	pthread_barrier_init(&race.start, NULL, THREADS);
	for (int i = 0; i < RACES; i++)
		race_once(&race, racers);
	pthread_barrier_destroy(&race.start);
	assert_int_equal(s.wrong, 0);
	erofs_domain_free(s.dom);
	tiny_close(&s.images[0]);
	tiny_close(&s.images[1]);
}

/* Pages that another thread is filling are waited for. */
static void test_races_for_pages(void **state)
{
	(void)state;
	races(0, false);
	races(100 * PAGE, false);
}

/* An inode that another thread is verifying is waited for. */
static void test_races_for_inodes(void **state)
{
	(void)state;
	races(0, true);
}

static void test_unbounded(void **state)
{
	(void)state;
	run(0, false, false);
}

static void test_small_cache(void **state)
{
	(void)state;
	run(7 * PAGE, false, false);
}

static void test_verified(void **state)
{
	(void)state;
	run(20 * PAGE, true, false);
}

static void test_counting(void **state)
{
	(void)state;
	run(0, false, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_races_for_pages),
		cmocka_unit_test(test_races_for_inodes),
		cmocka_unit_test(test_unbounded),
		cmocka_unit_test(test_small_cache),
		cmocka_unit_test(test_verified),
		cmocka_unit_test(test_counting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
