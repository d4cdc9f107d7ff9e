#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every header compiles alone and twice; the public ones also as C++, where they are usable as they are.
# Structures of options can grow.
. "${srcdir:-.}/tests/lib.sh"

cc=${CC:-cc}
cd "$srcdir"

# compile COMPILER FILE: $flags apply.
compile() {
	# shellcheck disable=SC2086
	$1 $flags -fsyntax-only "$2" 2>"$work/err" || { cat "$work/err" >&2; return 1; }
}

flags="-std=gnu11 -Wall -Wextra -Wstrict-prototypes -Werror -Iinclude"
for h in include/erofs/*.h; do
	printf '#include <%s>\n#include <%s>\nextern int unused;\n' "${h#include/}" "${h#include/}" > "$work/x.c"
	compile "$cc" "$work/x.c" || fail "$h does not stand alone"
done
flags="$flags -Ilib -I. -I$builddir -D_GNU_SOURCE"
for h in lib/*/*.h cli/*.h; do
	printf '#include "%s"\n#include "%s"\nextern int unused;\n' "${h#lib/}" "${h#lib/}" > "$work/x.c"
	compile "$cc" "$work/x.c" || fail "$h does not stand alone"
done
[ "$(sed -n 's/^#include <\(.*\)>$/\1/p' include/erofs/erofs.h | sort)" = \
	"$(cd include && find erofs -name '*.h' ! -name erofs.h | sort)" ] ||
	fail "erofs.h does not include all public headers"

# Members that are appended to a structure of options must not come to stand in padding, which callers may leave
# as it is: each structure ends with bytes reserved for them.
awk '/^struct .* \{$/ { name = $2 } /^\tsize_t struct_size;/ { print name }' include/erofs/*.h > "$work/options"
[ "$(wc -l < "$work/options")" -ge 7 ] || fail "hardly any structure of options: this test has gone blind"
{
	echo '#include <erofs/erofs.h>'
	while read -r name; do
		printf '_Static_assert(offsetof(struct %s, reserved) + sizeof(((struct %s *)0)->reserved) ==' "$name" "$name"
		printf ' sizeof(struct %s), "reserved");\n' "$name"
	done < "$work/options"
} > "$work/options.c"
compile "$cc" "$work/options.c" || fail "a structure of options does not end with its reserved bytes"

for h in include/erofs/*.h; do
	case $h in */erofs.h | */report.h) continue ;; esac
	[ "$(grep -c '^extern "C" {$' "$h")" = 1 ] || fail "$h declares functions of C++"
done

command -v g++ >/dev/null 2>&1 || exit 0
flags="-std=c++11 -Wall -Wextra -Werror -Iinclude"
for h in include/erofs/*.h; do
	printf '#include <%s>\n' "${h#include/}" > "$work/x.cc"
	compile g++ "$work/x.cc" || fail "$h is no C++"
done
