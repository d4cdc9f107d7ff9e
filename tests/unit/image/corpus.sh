#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Images written by erofs-utils 1.9.3, held against their manifests: EROFS_CORPUS names a folder of
# NAME.erofs, NAME.jsonl and, where there is an extra device, NAME.blob or NAME.tar.
. "${srcdir:-.}/tests/lib.sh"
compare=$builddir/tests/unit/image/compare-manifest
[ -x "$compare" ] || skip "built without json-c"
[ -d "${EROFS_CORPUS:-}" ] || skip "EROFS_CORPUS names no folder of images with manifests"
passed=0 failed=0 skipped=0
for manifest in "$EROFS_CORPUS"/*.jsonl; do
	name=${manifest%.jsonl}
	device=
	[ -e "$name.blob" ] && device=$name.blob
	[ -e "$name.tar" ] && device=$name.tar
	status=0
	"$compare" "$name.erofs" "$manifest" ${device:+"$device"} >"$work/log" 2>&1 || status=$?
	case $status in
	0) passed=$((passed + 1)) ;;
	77) skipped=$((skipped + 1)); echo "skipped ${name##*/}: $(tail -n 1 "$work/log")" ;;
	*) failed=$((failed + 1)); echo "FAIL ${name##*/}:"; head -n 20 "$work/log" ;;
	esac
done
echo "$passed images as their manifests say, $failed not, $skipped skipped"
[ "$passed" -gt 0 ] || fail "no image was compared"
[ "$failed" = 0 ] || fail "$failed images differ from their manifests"
# The comparison itself must be able to fail.
for manifest in "$EROFS_CORPUS"/*.jsonl; do break; done
sed '2s/"uid": 0/"uid": 77/; 3d' "$manifest" >"$work/wrong.jsonl"
"$compare" "${manifest%.jsonl}.erofs" "$work/wrong.jsonl" >"$work/log" 2>&1 &&
	fail "a wrong manifest passes"
exit 0
