/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A handler that unlinks temporary files. It works on copies of their names, because the thread that owns
 * the originals runs on while the handler does. */
#include "config.h"
#include "mkfs/signals.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The image and the blob. */
#define FILES 2

static struct {
	volatile sig_atomic_t exists;
	char path[PATH_MAX];
} files[FILES];

static void remove_files(int signal_number)
{
	for (int i = 0; i < FILES; i++)
		if (files[i].exists)
			unlink(files[i].path);
	/* The default action was restored by SA_RESETHAND. */
	raise(signal_number);
}

void signals_install(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = remove_files, .sa_flags = (int)SA_RESETHAND };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction old;

		/* One that is ignored (nohup) stays so. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

void signals_temporary(void *user, const char *path, bool exists)
{
	(void)user;
	for (int i = 0; i < FILES; i++) {
		if (exists && !files[i].exists && strlen(path) < sizeof(files[i].path)) {
			strcpy(files[i].path, path);
			files[i].exists = 1;
			return;
		}
		if (!exists && files[i].exists && !strcmp(files[i].path, path)) {
			files[i].exists = 0;
			return;
		}
	}
}
