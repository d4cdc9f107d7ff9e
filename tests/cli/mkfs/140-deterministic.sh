#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Same tree, same options, same bytes: whatever the order in which the files came about and however many
# workers there are.
. "${srcdir:-.}/tests/lib.sh"

# fill DIRECTORY NAME...
fill() {
	at=$1; shift
	mkdir -p "$at"
	for n; do
		mkdir -p "$at/${n%?}"
		seq "$n" $((n + 3 * n)) > "$at/${n%?}/$n"
		echo same > "$at/${n%?}/same$n"
	done
	ln "$at/10/101" "$at/link"
	ln "$at/10/101" "$at/15/another"
	find "$at" -exec touch -h -d @1000 {} +
}
# shellcheck disable=SC2046 # numbers
fill "$work/a" $(seq 100 199)
# shellcheck disable=SC2046
fill "$work/b" $(seq 199 -1 100)
for options in "" --ishare "--ishare --chunksize=4096" "--ishare=sha512 -Ededupe" "--MZ -E48bit"; do
	# shellcheck disable=SC2086
	set -- --quiet -T5 --mkfs-time -Uclear $options
	"$MKFS" "$@" --workers=1 "$work/img" "$work/a"
	for workers in 0 2 7; do
		"$MKFS" "$@" --workers=$workers "$work/img2" "$work/b"
		same "$work/img" "$work/img2"
	done
done
