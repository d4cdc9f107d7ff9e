#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/layout.md: how a file is laid out depends on its content and the options alone, so that equal files of
# different images are in one sharing class: not on names, times, modes, attributes, neighbours or workers.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/compressed/tree.sh"
can_encode deflate || skip "a build without DEFLATE"

a=$work/a b=$work/b
mkdir -p "$a" "$b/deeper/still"
for n in 1 900 4095 4096 4097 5000 8200 30000 70000 300000; do
	text $n $n > "$a/text$n"
	{ noise $((n / 2)); text $((n / 2)) 1; } > "$a/half$n"
	noise $n > "$a/noise$n"
	# Hardly worth it, or just not.
	{ noise $((n - n / 50)); head -c $((n / 50)) /dev/zero; } > "$a/little$n"
done
{ noise 5000000; text 100000 7; } > "$a/segments"
text 5000000 8 > "$b/0first"; noise 3001 > "$b/1second"; text 100 1 > "$b/deeper/still/more"
for f in "$a"/*; do
	name=${f##*/}
	cp "$f" "$b/deeper/x$name"
	chmod 600 "$b/deeper/x$name"
	touch -d @12345 "$b/deeper/x$name"
	setfattr -n user.long -v "$(head -c 700 /dev/zero | tr '\0' v)" "$b/deeper/x$name" 2>/dev/null || :
done

# class IMAGE PATH: whether it is compressed, and how its extents are cut.
class() {
	"$DUMP" --path="$2" -e "$1" | awk '/Layout:/ { print /Layout: [13]/ ? "compressed" : "plain" }
		/^ *[0-9]+:.*\|/ { if (compressed) print $3 } /Layout: [13]/ { compressed = 1 }'
}
compressed=0 plain=0
for options in "" "-Eztailpacking" "-Elegacy-compress" "-C65536" "-Efragments -C16384" "-E48bit -C16384" \
	"-E48bit,ztailpacking" "--max-extent-bytes=10000" "-b1024 -C8192"; do
	case $options in *48bit*) algorithm=zstd ;; *) algorithm=deflate,5 ;; esac
	can_encode "${algorithm%,*}" || continue
	case $options in *-b*) ;; *) options="$options -b4096" ;; esac
	# shellcheck disable=SC2086 # several
	"$MKFS" --quiet -z$algorithm $options --workers=1 "$work/a.img" "$a" || fail "$options"
	# shellcheck disable=SC2086
	"$MKFS" --quiet -z$algorithm $options --workers=3 --ishare "$work/b.img" "$b" || fail "$options"
	for f in "$a"/*; do
		name=${f##*/}
		class "$work/a.img" "/$name" > "$work/class-a"
		class "$work/b.img" "/deeper/x$name" > "$work/class-b"
		cmp -s "$work/class-a" "$work/class-b" ||
			{ diff "$work/class-a" "$work/class-b"; fail "$name with $options"; }
		case $(head -n 1 "$work/class-a") in
		compressed) compressed=$((compressed + 1)) ;;
		plain) plain=$((plain + 1)) ;;
		*) fail "no class of $name" ;;
		esac
	done
done
{ [ $compressed -gt 50 ] && [ $plain -gt 50 ]; } || fail "$compressed compressed, $plain plain: no test of choices"
