#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Images of erofs-utils in the folder EROFS_CORPUS: all are sound, and all
# their content can be decoded.
. "${srcdir:-.}/tests/lib.sh"
corpus=${EROFS_CORPUS:-}
[ -d "$corpus" ] || skip "EROFS_CORPUS names no folder of images"

n=0
for image in "$corpus"/*.erofs; do
	base=${image%.erofs}
	set --
	for device in "$base.blob" "$base.tar"; do
		[ ! -e "$device" ] || set -- "$@" "--device=$device"
	done
	for mode in --no-xattrs --extract; do
		expect_status 0 "$FSCK" $mode "$@" "$image"
		[ ! -s "$work/err" ] && [ ! -s "$work/out" ] || fail "$image: $(cat "$work/err")"
	done
	# Without its devices the structure can still be checked; one too many is an error of the caller.
	expect_status 0 "$FSCK" "$image"
	expect_status 8 "$FSCK" "$@" "--device=$image" "$image"
	if [ $# -gt 0 ]; then
		expect_status 8 "$FSCK" --extract "$image"
		grep -q 'files are on extra devices, which --device did not give$' "$work/err" ||
			fail "$image: $(cat "$work/err")"
	fi
	n=$((n + 1))
done
[ $n -gt 0 ] || fail "an empty corpus"
echo "$n images"
