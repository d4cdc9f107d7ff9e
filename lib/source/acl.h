/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* POSIX ACLs: from the text that archives have to the attribute that the kernel reads. */
#ifndef EROFS_SOURCE_ACL_H
#define EROFS_SOURCE_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EROFS_XATTR_ACL_ACCESS "system.posix_acl_access"
#define EROFS_XATTR_ACL_DEFAULT "system.posix_acl_default"
/* As many entries as an attribute of 64 KiB holds. */
#define EROFS_ACL_MAX_ENTRIES 8191u

struct erofs_acl_names {
	bool (*find_id)(void *user, bool is_group, const char *name, uint32_t *ret); /* may be NULL */
	void *user;
};

/* Encodes @text, "user::rwx,group:staff:r-x:50,..." with commas or newlines. The id behind the permissions
 * beats the name; a name that is a number is one. *ret is to be freed; *ret_bytes is 0 and *ret NULL for an
 * ACL that says no more than a mode does. -EINVAL: not an ACL; -ENOENT: a name that nobody knows. Reports
 * nothing. */
int erofs_acl_encode(const char *text, const struct erofs_acl_names *names, uint8_t **ret,
	size_t *ret_bytes);

#endif
