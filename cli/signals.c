/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A handler that unlinks temporary files.
 *
 * The handler and the thread that makes a file run at the same time, and a file must not appear after the
 * handler has looked. So each says what it is about to do before it looks at the other: the thread that it
 * is making a file, the handler that the process is to end. Who sees the other leaves the end to it, or
 * does it for it. Names are copied, because their owner runs on while the handler does. */
#include "cli/signals.h"

#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* The image and its blob, what an archive unpacks to and its points, the descriptor of a disk, and one page more. */
#define FILES 6

enum { FREE = 0, BEING_MADE, THERE };

static struct {
	atomic_int state;
	char path[PATH_MAX];
} files[FILES];

/* The signal that ends the process, 0 = none yet. */
static atomic_int ending;

static void end(int signal_number)
{
	for (int i = 0; i < FILES; i++)
		if (atomic_load(&files[i].state) == THERE)
			unlink(files[i].path);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void handle(int signal_number)
{
	atomic_store(&ending, signal_number);
	for (int i = 0; i < FILES; i++)
		if (atomic_load(&files[i].state) == BEING_MADE)
			return;
	end(signal_number);
}

void cli_signals_install(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = handle };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction old;

		/* One that is ignored (nohup) stays so. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

/* False when there is no such file. */
static bool set_state(const char *path, int from, int to)
{
	for (int i = 0; i < FILES; i++) {
		if (atomic_load(&files[i].state) != from)
			continue;
		if (from == FREE && strlen(path) < sizeof(files[i].path))
			strcpy(files[i].path, path);
		else if (strcmp(files[i].path, path))
			continue;
		atomic_store(&files[i].state, to);
		return true;
	}
	return false;
}

void cli_signals_temporary(void *user, const char *path, enum erofs_temporary_state state)
{
	int signal_number;

	(void)user;
	switch (state) {
	case EROFS_TEMPORARY_COMING:
		set_state(path, FREE, BEING_MADE);
		break;
	case EROFS_TEMPORARY_MADE:
		set_state(path, BEING_MADE, THERE);
		break;
	case EROFS_TEMPORARY_GONE:
		/* What could not be made may have the name of another file that is there. */
		if (!set_state(path, BEING_MADE, FREE))
			set_state(path, THERE, FREE);
		break;
	}
	signal_number = atomic_load(&ending);
	if (signal_number)
		end(signal_number);
}
