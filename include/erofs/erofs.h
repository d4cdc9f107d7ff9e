/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* erofs.h -- everything the library offers.
 *
 * What holds for all functions: they return 0 or what their comment says, or a negative errno, which a message has
 * described (report.h); any that returns int may also return -ENOMEM, some without a message. Text is
 * NUL-terminated. What is returned as const is borrowed: of the object that it was asked of, or constant. Sections
 * of the format are explained in docs/sections.md. docs/example.c is a program to begin with.
 *
 * Threads: an image is immutable and belongs to all of them. A reader, what was opened with it (directories,
 * attributes) and each function that takes it are for one thread at a time; so are trees while they are loaded,
 * groups and differences while they are made. Functions without such an argument may be called from any thread.
 *
 * Structures of options begin with struct_size, which the caller sets to sizeof; all else that is not set is 0,
 * as after `struct erofs_build_options o = { .struct_size = sizeof(o) }`. From the first release on members are
 * only appended, in the place of what is reserved at the end, and 0 in a new one means what was before it. So a
 * program and a library of different releases work together: members that the program does not know are 0, and
 * to set one that the library does not know, or reserved bytes, is -EOPNOTSUPP. Before the first release nothing
 * of this holds between builds.
 *
 * Structures that the library fills in memory of the caller, the summaries above all, and those that are members
 * of others or of arrays (erofs_owner_rules, erofs_compression) have the size of the headers that the library
 * was built with: when one of them grows, the library's soname changes. */
#ifndef EROFS_EROFS_H
#define EROFS_EROFS_H

#include <erofs/build.h>
#include <erofs/check.h>
#include <erofs/codec.h>
#include <erofs/data.h>
#include <erofs/dir.h>
#include <erofs/domain.h>
#include <erofs/features.h>
#include <erofs/file.h>
#include <erofs/image.h>
#include <erofs/inode.h>
#include <erofs/ishare.h>
#include <erofs/map.h>
#include <erofs/oci.h>
#include <erofs/report.h>
#include <erofs/text.h>
#include <erofs/tree.h>
#include <erofs/version.h>
#include <erofs/walk.h>
#include <erofs/xattr.h>

#endif
