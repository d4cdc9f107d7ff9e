/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make-tree DIRECTORY: fills it with files of every kind, size and attribute that this file system and
 * user can have. The same each time. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static void die(const char *name)
{
	fprintf(stderr, "make-tree: %s: %s\n", name, strerror(errno));
	exit(1);
}

/* What a user or file system may be refused without harm to the test. */
static void allow(int result, const char *name)
{
	if (result < 0 && errno != EPERM && errno != ENOTSUP && errno != EINVAL)
		die(name);
}

static void enter(const char *name)
{
	if (mkdir(name, 0755) < 0 || chdir(name) < 0)
		die(name);
}

static void leave(void)
{
	if (chdir("..") < 0)
		die("..");
}

/* @size bytes from @start on, which depend on @seed; a hole before. */
static void put(const char *name, uint64_t start, uint64_t size, uint32_t seed)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	static uint32_t block[16384];

	if (fd < 0)
		die(name);
	for (uint64_t at = 0; at < size;) {
		size_t n = size - at < sizeof(block) ? (size_t)(size - at) : sizeof(block);

		for (size_t i = 0; i < sizeof(block) / 4; i++)
			block[i] = (uint32_t)(at / 4 + i) * 2654435761u ^ seed * 40503u;
		if (pwrite(fd, block, n, (off_t)(start + at)) != (ssize_t)n)
			die(name);
		at += n;
	}
	if (close(fd) < 0)
		die(name);
}

static void make_names(void)
{
	char name[256];

	enter("names");
	for (int c = 1; c < 256; c++) {
		if (c == '/' || c == '.')
			continue;
		snprintf(name, sizeof(name), "%c", c);
		put(name, 0, 3, (uint32_t)c);
	}
	memset(name, 'n', 255);
	name[255] = '\0';
	for (int i = 0; i < 40; i++) {
		snprintf(name + 250, 6, "%05d", i);
		put(name, 0, 0, 0);
	}
	leave();
}

static void make_sizes(void)
{
	static const uint64_t around[] = { 512, 1024, 2048, 4032, 4096, 8192, 65536, 524288 };
	char name[32];

	enter("sizes");
	put("empty", 0, 0, 0);
	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		for (uint64_t n = around[i] - 1; n <= around[i] + 1; n++) {
			snprintf(name, sizeof(name), "%" PRIu64, n);
			put(name, 0, n, (uint32_t)n);
			snprintf(name, sizeof(name), "%" PRIu64 "-twin", n);
			put(name, 0, n, (uint32_t)n);
		}
	}
	put("large", 0, 3000000, 1);
	put("large-twin", 0, 3000000, 1);
	put("large-other", 0, 3000000, 2);
	put("sparse-end", 2000000, 1000000, 3);
	put("sparse-small", 20000, 10, 4);
	put("hole", 0, 0, 0);
	if (truncate("hole", 5000000) < 0 || truncate("sparse-end", 4000000) < 0)
		die("truncate");
	leave();
}

static void make_types(void)
{
	char target[4096], name[16];

	enter("types");
	allow(mknod("char", S_IFCHR | 0600, makedev(1, 3)), "char");
	allow(mknod("block", S_IFBLK | 0660, makedev(259, 70000)), "block");
	allow(mknod("fifo", S_IFIFO | 0644, 0), "fifo");
	allow(mknod("socket", S_IFSOCK | 0755, 0), "socket");
	memset(target, 't', sizeof(target));
	for (uint32_t n = 1; n < 4096; n = n * 2 + n % 3) {
		target[n] = '\0';
		snprintf(name, sizeof(name), "link%u", n);
		if (symlink(target, name) < 0)
			die(name);
		target[n] = 't';
	}
	put("linked", 0, 5000, 5);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "linked%d", i);
		if (link("linked", name) < 0)
			die(name);
	}
	leave();
}

static void set(const char *name, const char *xattr, const void *value, size_t size)
{
	allow(lsetxattr(name, xattr, value, size, 0), name);
}

static void make_xattrs(void)
{
	/* struct vfs_cap_data, revision 2: cap_net_bind_service, effective */
	static const uint8_t capability[20] = { 1, 0, 0, 2, 0, 4 };
	/* version 2: user::rw-, user:1000:r--, group::r--, mask::r--, other::r-- */
	static const uint8_t acl[] = { 2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 232, 3,
		0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 4, 0, 255,
		255, 255, 255 };
	char name[16];

	enter("xattrs");
	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "%d", i);
		put(name, 0, (uint64_t)i * 1000, (uint32_t)i);
		set(name, "user.common", "the same for all", 16);
		set(name, "user.own", name, strlen(name));
		set(name, "user.empty", "", 0);
		set(name, i % 2 ? "trusted.odd" : "trusted.overlay.even", "t", 1);
		set(name, "security.capability", capability, sizeof(capability));
		set(name, "system.posix_acl_access", acl, sizeof(acl));
	}
	if (mkdir("dir", 0750) < 0)
		die("dir");
	set("dir", "system.posix_acl_default", acl, sizeof(acl));
	set("dir", "user.common", "the same for all", 16);
	if (symlink("dir", "link") < 0)
		die("link");
	set("link", "trusted.link", "of a link", 9);
	leave();
}

static void make_attributes(void)
{
	static const int64_t times[] = { 0, -1, -2000000000, 1700000000, 4294967295, 4294967296,
		7000000000 };
	char name[16];

	enter("attributes");
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct timespec ts[2] = { { .tv_sec = times[i], .tv_nsec = i % 2 ? 0 : 123456789 } };

		ts[1] = ts[0];
		snprintf(name, sizeof(name), "time%zu", i);
		put(name, 0, 100, 1);
		allow(utimensat(AT_FDCWD, name, ts, AT_SYMLINK_NOFOLLOW), name);
	}
	for (unsigned int mode = 0; mode < 07777; mode += 0511) {
		snprintf(name, sizeof(name), "mode%o", mode);
		put(name, 0, 10, mode);
		allow(chown(name, mode * 20, 65536 + mode), name);
		if (chmod(name, mode) < 0)
			die(name);
	}
	leave();
}

static void make_directories(void)
{
	char name[32];

	enter("directories");
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "deep%d", i);
		enter(name);
		put("file", 0, 10, (uint32_t)i);
	}
	for (int i = 0; i < 50; i++)
		leave();
	enter("many");
	for (int i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "entry-%.*s%d", i % 11, "aaaaaaaaaa", i);
		if (mknod(name, S_IFREG | 0644, 0) < 0)
			die(name);
	}
	leave();
	leave();
}

int main(int argc, char **argv)
{
	umask(0);
	if (argc != 2 || chdir(argv[1]) < 0)
		die("usage: make-tree DIRECTORY");
	make_names();
	make_sizes();
	make_types();
	make_xattrs();
	make_attributes();
	make_directories();
	return 0;
}
