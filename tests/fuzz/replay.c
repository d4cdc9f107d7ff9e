/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a fuzz target without a fuzzer: TARGET [--mutate=N] [--truncate=STEP] FILE|FOLDER...
 * runs each file as it is, then cut short at every STEP bytes, then N times with bytes changed at
 * places that depend on N alone. An input that takes too long ends the program. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/fuzz/fuzz.h"

#define SECONDS_PER_INPUT 20

struct plan {
	unsigned long mutations;
	size_t truncate_step;
	unsigned long inputs;
};

/* What is running, for the message of the alarm. */
static const char *current_name;
static char current_step[64];

static void too_slow(int signal_number)
{
	static const char text[] = " takes too long\n";
	ssize_t n = 0;

	(void)signal_number;
	n += write(STDERR_FILENO, current_name, strlen(current_name));
	n += write(STDERR_FILENO, current_step, strlen(current_step));
	n += write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(n > 0 ? 1 : 2);
}

static void run(struct plan *plan, const uint8_t *bytes, size_t size)
{
	/* A copy of exactly this size, so that the address sanitizer sees the end. */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		exit(2);
	memcpy(copy, bytes, size);
	alarm(SECONDS_PER_INPUT);
	LLVMFuzzerTestOneInput(copy, size);
	alarm(0);
	free(copy);
	plan->inputs++;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Changes one to eight places: a bit, a byte, or a run that becomes zeros or ones. */
static void mutate(uint8_t *bytes, size_t size, uint64_t seed)
{
	uint64_t state = seed * 0x9E3779B97F4A7C15ull + 1;
	unsigned int places = 1 + next_random(&state) % 8;

	for (unsigned int i = 0; i < places; i++) {
		size_t at = next_random(&state) % size;
		uint64_t how = next_random(&state) % 8;
		size_t run_bytes = size - at < 8 ? size - at : 8;

		if (how < 4)
			bytes[at] ^= (uint8_t)(1u << next_random(&state) % 8);
		else if (how < 6)
			bytes[at] = (uint8_t)next_random(&state);
		else
			memset(bytes + at, how == 6 ? 0 : 0xFF, run_bytes);
	}
}

static void run_mutations(struct plan *plan, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		exit(2);
	for (unsigned long i = 0; size && i < plan->mutations; i++) {
		memcpy(copy, bytes, size);
		mutate(copy, size, i);
		snprintf(current_step, sizeof(current_step), ", mutation %lu,", i);
		run(plan, copy, size);
	}
	free(copy);
}

static void run_truncated(struct plan *plan, const uint8_t *bytes, size_t size)
{
	for (size_t cut = 0; plan->truncate_step && cut < size; cut += plan->truncate_step) {
		snprintf(current_step, sizeof(current_step), " cut to %zu", cut);
		run(plan, bytes, cut);
	}
}

static int run_file(struct plan *plan, const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	struct stat st;
	size_t size;

	if (!file || fstat(fileno(file), &st) < 0 ||
	    !(bytes = malloc((size_t)st.st_size + 1))) {
		perror(path);
		return 2;
	}
	size = fread(bytes, 1, (size_t)st.st_size, file);
	fclose(file);
	current_name = path;
	current_step[0] = '\0';
	run(plan, bytes, size);
	run_truncated(plan, bytes, size);
	run_mutations(plan, bytes, size);
	free(bytes);
	return 0;
}

static int run_folder(struct plan *plan, const char *path)
{
	struct dirent **names;
	int count = scandir(path, &names, NULL, alphasort);
	int status = 0;

	if (count < 0) {
		perror(path);
		return 2;
	}
	for (int i = 0; i < count; i++) {
		char *name;

		if (names[i]->d_name[0] != '.' && asprintf(&name, "%s/%s", path, names[i]->d_name) > 0) {
			status |= run_file(plan, name);
			free(name);
		}
		free(names[i]);
	}
	free(names);
	return status;
}

int main(int argc, char **argv)
{
	struct plan plan = { 0 };
	int status = 0;

	signal(SIGALRM, too_slow);
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (sscanf(argv[i], "--mutate=%lu", &plan.mutations) == 1 ||
		    sscanf(argv[i], "--truncate=%zu", &plan.truncate_step) == 1)
			continue;
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			status |= run_folder(&plan, argv[i]);
		else
			status |= run_file(&plan, argv[i]);
	}
	printf("%s: %lu inputs\n", argv[0], plan.inputs);
	return status ? status : plan.inputs ? 0 : 2;
}
