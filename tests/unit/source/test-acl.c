/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACLs of archives: text in, attribute out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "source/acl.h"

static bool find_id(void *user, bool is_group, const char *name, uint32_t *ret)
{
	(void)user;
	*ret = is_group ? 50 : 40;
	return !strcmp(name, is_group ? "staff" : "lisa");
}

static const struct erofs_acl_names names = { find_id, NULL };

static int encode(const char *text, uint8_t *ret, size_t *ret_bytes)
{
	uint8_t *acl = NULL;
	int r = erofs_acl_encode(text, &names, &acl, ret_bytes);

	if (r == 0 && *ret_bytes)
		memcpy(ret, acl, *ret_bytes);
	free(acl);
	return r;
}

/* As setfacl -m u:lisa:r-x,g:staff:rw and getxattr show it, whatever the order of the text. */
static void entries_are_sorted_and_numbered(void **state)
{
	static const uint8_t expected[] = { 2, 0, 0, 0,
		1, 0, 7, 0, 0xff, 0xff, 0xff, 0xff, 2, 0, 5, 0, 40, 0, 0, 0,
		2, 0, 4, 0, 0xe8, 3, 0, 0, 4, 0, 5, 0, 0xff, 0xff, 0xff, 0xff,
		8, 0, 6, 0, 50, 0, 0, 0, 0x10, 0, 7, 0, 0xff, 0xff, 0xff, 0xff,
		0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
	static const char *const texts[] = {
		"user::rwx,user:lisa:r-x,user:1000:r--,group::r-x,group:staff:rw-,mask::rwx,other::---",
		"other::---\nmask::rwx\ng:staff:rw-\ng::r-x\nu:x:r--:1000\nu:lisa:rx\nu::rwx\n",
		"default:user::rwx,default:user:lisa:r-x:40,default:user::r--:1000,"
		"default:group::r-x,default:group:staff:rw-,default:mask::rwx,default:other::---" };
	uint8_t acl[256];
	size_t bytes;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(encode(texts[i], acl, &bytes), 0);
		assert_int_equal(bytes, sizeof(expected));
		assert_memory_equal(acl, expected, bytes);
	}
	assert_int_equal(encode(texts[2], acl, &bytes), -EINVAL);
}

static void what_a_mode_says_is_no_acl(void **state)
{
	uint8_t acl[256];
	size_t bytes = 1;

	(void)state;
	assert_int_equal(encode("user::rwx,group::r-x,other:r--", acl, &bytes), 0);
	assert_int_equal(bytes, 0);
}

static void others_are_errors(void **state)
{
	static const struct {
		const char *text;
		int error;
	} rows[] = {
		{ "", -EINVAL }, { "user::rwx", -EINVAL }, { "user::rwx,group::r-x,other::q", -EINVAL },
		{ "user::rwx,group::r-x,other::r--,user:lisa:r--", -EINVAL },
		{ "user::rwx,user::rwx,group::r-x,other::r--", -EINVAL },
		{ "user::rwx,group::r-x,other::r--,mask::r--,user:lisa:r--,user:40:r--", -EINVAL },
		{ "user::rwx,group::r-x,other::r--,mask::r--,user:tom:r--", -ENOENT },
		{ "user::rwx,group::r-x,other::r--,mask::r--,user:4294967295:r--", -ENOENT },
		{ "nobody", -EINVAL }, { ":::::", -EINVAL }, { "mask:x:rwx", -EINVAL },
	};
	uint8_t acl[256];
	size_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (encode(rows[i].text, acl, &bytes) != rows[i].error)
			fail_msg("%s", rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_sorted_and_numbered),
		cmocka_unit_test(what_a_mode_says_is_no_acl),
		cmocka_unit_test(others_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
