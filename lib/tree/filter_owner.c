/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Owner and time rules: pure functions of a node. */
#include "tree/filter_owner.h"

#include <errno.h>

/* The highest id is the system's "no id", (uid_t)-1. */
static int shift_id(uint32_t *id, bool force, uint32_t forced, uint32_t offset)
{
	uint64_t value = force ? forced : *id;

	if (offset) {
		value += offset;
		if (value >= UINT32_MAX)
			return -EINVAL;
	}
	*id = (uint32_t)value;
	return 0;
}

int erofs_owner_apply(const struct erofs_owner_rules *rules, struct erofs_node *node,
	const char **ret_what)
{
	int r;

	r = shift_id(&node->uid, rules->force_uid, rules->uid, rules->uid_offset);
	if (r < 0) {
		*ret_what = "uid";
		return r;
	}
	r = shift_id(&node->gid, rules->force_gid, rules->gid, rules->gid_offset);
	if (r < 0)
		*ret_what = "gid";
	return r;
}

void erofs_time_apply(const struct erofs_time_rules *rules, struct erofs_node *node)
{
	if (rules->rule == EROFS_TIME_KEEP)
		return;
	if (rules->rule == EROFS_TIME_CLAMP && node->mtime_seconds < rules->seconds)
		return;
	/* "Later than" the limit includes its own second when there are nanoseconds on top. */
	node->mtime_seconds = rules->seconds;
	node->mtime_nsec = 0;
}
