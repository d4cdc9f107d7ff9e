/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Data that is in the image before its tree is known (tree/intake.h), and how the build goes on from there. */
#ifndef EROFS_BUILD_INTAKE_H
#define EROFS_BUILD_INTAKE_H

#include "tree/intake.h"
#include "write/write.h"

/* The output of the tree's intake becomes the writer's, with what it has handed out. */
int erofs_intake_take_over(struct writer *w);

#endif
