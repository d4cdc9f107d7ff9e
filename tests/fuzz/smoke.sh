#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# smoke.sh [SECONDS]: builds the library with clang for libFuzzer and lets every target run for a while
# (default 20 s) from its corpus. Run by `make fuzz-smoke` in the build directory.
set -eu
seconds=${1:-20}
source=$(cd "${srcdir:-.}" && pwd)
targets=${FUZZ_TARGETS:-$(cd "$source/tests/fuzz" && grep -l LLVMFuzzerTestOneInput ./*.c | sed 's|^\./||; s|\.c$||; /^replay$/d')}
flags='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined'
command -v clang >/dev/null || { echo "fuzz-smoke: no clang" >&2; exit 77; }

mkdir -p fuzz-build
cd fuzz-build
[ -f Makefile ] || "$source/configure" -q CC=clang CFLAGS="$flags -fsanitize=fuzzer-no-link"
make -s liberofs-objects.la
for target in $targets; do
	./libtool --quiet --mode=link clang $flags -fsanitize=fuzzer -I. -I"$source" -I"$source/include" \
		-I"$source/lib" "$source/tests/fuzz/$target.c" liberofs-objects.la -o "fuzz-$target"
	mkdir -p "found-$target"
	echo "== $target"
	"./fuzz-$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=512 -max_len=65536 \
		-print_final_stats=1 "found-$target" "$source/tests/fuzz/corpus/$target" 2>&1 |
		grep -E '^(stat::number_of|stat::peak|SUMMARY|ERROR|ALARM)|==ERROR|artifact_prefix' || :
	for crash in crash-* timeout-* oom-* leak-*; do
		[ ! -e "$crash" ] || { echo "fuzz-smoke: $target: $PWD/$crash" >&2; exit 1; }
	done
done
