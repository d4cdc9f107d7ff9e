/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* erofs.h -- everything the library offers. */
#ifndef EROFS_EROFS_H
#define EROFS_EROFS_H

#include <erofs/build.h>
#include <erofs/check.h>
#include <erofs/codec.h>
#include <erofs/data.h>
#include <erofs/dir.h>
#include <erofs/domain.h>
#include <erofs/features.h>
#include <erofs/image.h>
#include <erofs/inode.h>
#include <erofs/ishare.h>
#include <erofs/map.h>
#include <erofs/oci.h>
#include <erofs/report.h>
#include <erofs/tree.h>
#include <erofs/version.h>
#include <erofs/walk.h>
#include <erofs/xattr.h>

#endif
