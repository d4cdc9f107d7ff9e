/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and numbers of the format: types, xattr prefixes, filter bits, the Linux release needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <erofs/features.h>

static void types_of_modes(void **state)
{
	(void)state;
	assert_int_equal(erofs_type_of_mode(S_IFREG | 0644), EROFS_TYPE_REGULAR);
	assert_int_equal(erofs_type_of_mode(S_IFDIR | 01777), EROFS_TYPE_DIRECTORY);
	assert_int_equal(erofs_type_of_mode(S_IFCHR), EROFS_TYPE_CHAR);
	assert_int_equal(erofs_type_of_mode(S_IFBLK), EROFS_TYPE_BLOCK);
	assert_int_equal(erofs_type_of_mode(S_IFIFO), EROFS_TYPE_FIFO);
	assert_int_equal(erofs_type_of_mode(S_IFSOCK), EROFS_TYPE_SOCKET);
	assert_int_equal(erofs_type_of_mode(S_IFLNK | 0777), EROFS_TYPE_SYMLINK);
	assert_int_equal(erofs_type_of_mode(0644), EROFS_TYPE_UNKNOWN);
	assert_int_equal(erofs_type_of_mode(0170000), EROFS_TYPE_UNKNOWN);
}

static void short_prefixes_of_names(void **state)
{
	static const struct {
		const char *name;
		unsigned int index;
		uint32_t skip;
	} cases[] = {
		{ "user.k", EROFS_XATTR_INDEX_USER, 5 },
		{ "user.", EROFS_XATTR_INDEX_USER, 5 },
		{ "user", EROFS_XATTR_INDEX_HIDDEN, 0 },
		{ "trusted.overlay.opaque", EROFS_XATTR_INDEX_TRUSTED, 8 },
		{ "security.selinux", EROFS_XATTR_INDEX_SECURITY, 9 },
		{ "system.posix_acl_access", EROFS_XATTR_INDEX_ACL_ACCESS, 23 },
		{ "system.posix_acl_default", EROFS_XATTR_INDEX_ACL_DEFAULT, 24 },
		{ "system.posix_acl_access2", EROFS_XATTR_INDEX_HIDDEN, 0 },
		{ "system.posix_acl", EROFS_XATTR_INDEX_HIDDEN, 0 },
		{ "erofs.fingerprint.v1", EROFS_XATTR_INDEX_HIDDEN, 0 },
		{ "", EROFS_XATTR_INDEX_HIDDEN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t skip = 1234;

		assert_int_equal(erofs_xattr_index_of(cases[i].name, &skip), cases[i].index);
		assert_int_equal(skip, cases[i].skip);
		assert_memory_equal(erofs_xattr_prefix_text(cases[i].index), cases[i].name, skip);
	}
	assert_string_equal(erofs_xattr_prefix_text(EROFS_XATTR_INDEX_HIDDEN), "");
	assert_string_equal(erofs_xattr_prefix_text(EROFS_XATTR_INDEX_LUSTRE), "");
	assert_string_equal(erofs_xattr_prefix_text(0x85), "");
}

static void filter_bits(void **state)
{
	static const struct {
		unsigned int index, bit;
		const char *rest;
	} vectors[] = { /* section 15.7 */
		{ EROFS_XATTR_INDEX_USER, 14, "k" },
		{ EROFS_XATTR_INDEX_HIDDEN, 8, "erofs.fingerprint.v1" },
		{ EROFS_XATTR_INDEX_SECURITY, 11, "selinux" },
		{ EROFS_XATTR_INDEX_TRUSTED, 20, "overlay.opaque" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		assert_int_equal(erofs_xattr_filter_bit(vectors[i].index, vectors[i].rest,
			(uint32_t)strlen(vectors[i].rest)), vectors[i].bit);
}

/* Section 14. */
static void linux_releases(void **state)
{
	static const struct {
		uint32_t compat, incompat, algorithms;
		const char *release;
	} cases[] = {
		{ EROFS_COMPAT_SB_CHKSUM | EROFS_COMPAT_MTIME, EROFS_INCOMPAT_CHUNKED_FILE, 0, "5.15" },
		{ 0, EROFS_INCOMPAT_LZ4_0PADDING, 0, "5.4" },
		{ 0, EROFS_INCOMPAT_COMPR_CFGS, 0, "5.13" },
		{ 0, EROFS_INCOMPAT_DEVICE_TABLE, 0, "5.16" },
		{ 0, EROFS_INCOMPAT_ZTAILPACKING | EROFS_INCOMPAT_CHUNKED_FILE, 0, "5.17" },
		{ 0, EROFS_INCOMPAT_FRAGMENTS, 0, "6.1" },
		{ EROFS_COMPAT_ISHARE_XATTRS | EROFS_COMPAT_XATTR_FILTER | EROFS_COMPAT_PLAIN_XATTR_PFX,
			EROFS_INCOMPAT_XATTR_PREFIXES, 0, "6.4" },
		{ 0, EROFS_INCOMPAT_48BIT | EROFS_INCOMPAT_FRAGMENTS, 0, "6.15" },
		{ 0, EROFS_INCOMPAT_METABOX | EROFS_INCOMPAT_48BIT, 0, "6.17" },
		{ EROFS_COMPAT_SHARED_EA_IN_METABOX, EROFS_INCOMPAT_48BIT, 0, "6.17" },
		{ 0, EROFS_INCOMPAT_COMPR_CFGS, 1u << EROFS_ALGORITHM_LZMA, "5.16" },
		{ 0, EROFS_INCOMPAT_COMPR_CFGS, 1u << EROFS_ALGORITHM_DEFLATE, "6.6" },
		{ 0, EROFS_INCOMPAT_COMPR_CFGS,
			1u << EROFS_ALGORITHM_ZSTD | 1u << EROFS_ALGORITHM_LZ4, "6.10" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(erofs_minimum_linux(cases[i].compat, cases[i].incompat,
			cases[i].algorithms), cases[i].release);
}

static void plain_images_need_no_release(void **state)
{
	(void)state;
	assert_null(erofs_minimum_linux(0, 0, 0));
	assert_null(erofs_minimum_linux(EROFS_COMPAT_ISHARE_XATTRS | EROFS_COMPAT_MTIME, 0, 0));
}

static void features_have_names(void **state)
{
	(void)state;
	assert_string_equal(erofs_compat_name(0), "sb_csum");
	assert_string_equal(erofs_compat_name(5), "ishare_xattrs");
	assert_null(erofs_compat_name(6));
	assert_null(erofs_compat_name(31));
	assert_string_equal(erofs_incompat_name(5), "fragments dedupe");
	assert_string_equal(erofs_incompat_name(8), "metabox");
	assert_null(erofs_incompat_name(9));
	for (unsigned int bit = 0; EROFS_INCOMPAT_KNOWN >> bit; bit++)
		assert_non_null(erofs_incompat_name(bit));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_of_modes),
		cmocka_unit_test(short_prefixes_of_names),
		cmocka_unit_test(filter_bits),
		cmocka_unit_test(linux_releases),
		cmocka_unit_test(plain_images_need_no_release),
		cmocka_unit_test(features_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
