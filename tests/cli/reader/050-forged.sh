#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An image whose content was changed after it was tagged: with verification its file is left out and everyone
# reads their own bytes; without, as in the kernel, one of the two reads the other's.
. "${srcdir:-.}/tests/lib.sh"

cd "$work"
mkdir tree
yes honest | head -c 50000 > tree/file
yes other | head -c 50000 > tree/second
"$MKFS" --quiet --ishare=sha256 -E^inline_data honest tree
LC_ALL=C sed 's/^honest$/FORGED/' honest > forged
[ "$(wc -c < honest)" = "$(wc -c < forged)" ] || fail "this sed changes sizes"
! cmp -s honest forged || fail "the content was not found in the image"

for order in 'honest forged' 'forged honest'; do
	# shellcheck disable=SC2086 # two names
	expect_status 0 "$READ" replay --threads=1 $order
	grep -q 'shared and unshared are equal' out || fail "verified: $order"
	grep -q 'not shared: 1 files whose content does not have its fingerprint' out ||
		{ cat out >&2; fail "not counted: $order"; }
	[ "$(grep -c '<W> .*forged: nid [0-9]*: content does not have its fingerprint' err)" = 1 ] ||
		{ cat err >&2; fail "not named: $order"; }
	# 13 pages each: three of the four files are different ones.
	grep -q '^shared  *39 ' out || { cat out >&2; fail "figures: $order"; }

	# shellcheck disable=SC2086
	expect_status 1 "$READ" replay --no-verify --threads=1 $order
	grep -q 'reads failed or differ' out || fail "unverified: $order"
	grep -q 'nid [0-9]*: shared and unshared reads at 0 differ' err || { cat err >&2; fail "not named"; }
done
# A domain shares among its own mounts only; the report believes what it is told.
expect_status 0 "$DUMP" --ishare-groups honest forged
grep -q '50.0 %' out || { cat out >&2; fail "the report verifies"; }
