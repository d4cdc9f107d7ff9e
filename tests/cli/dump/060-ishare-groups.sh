#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --ishare-groups: totals, groups and members against what sha256sum and awk say of the trees.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/dump/tree.sh"
need sha256sum
make_tree "$work/a"
cp -a "$work/a" "$work/b"
seq 5 3000 > "$work/b/dir/hello.txt"
cp "$work/b/dir/seq.txt" "$work/b/copy"
head -c 50000 /dev/urandom > "$work/b/own"
for t in a b; do "$MKFS" --quiet --ishare=sha256 "$work/$t.erofs" "$work/$t"; done

# One line per inode: image, digest, size, name. Hard links count once.
for t in a b; do
	(cd "$work/$t" && find . -type f -size +0 -printf '%i %P\n' | LC_ALL=C sort -k1,1n -k2 | awk '!seen[$1]++ { print $2 }' |
		while read -r f; do echo "$t $(sha256sum < "$f" | cut -d' ' -f1) $(stat -c %s "$f") $f"; done)
done > "$work/inodes"
awk 'function pages(n) { return int((n + 4095) / 4096) * 4096 }
	{ files++; unshared += pages($3); if (!copies[$2]++) shared += pages($3) }
	END { for (d in copies) groups += copies[d] > 1
		printf "\"files\":%d,\n\"tagged\":%d,\n\"groups\":%d,\n", files, files, groups
		printf "\"unshared_bytes\":%d,\n\"shared_bytes\":%d,\n\"saved_bytes\":%d,\n", unshared, shared, unshared - shared
		printf "\"reduction\":%.6f},\n", (unshared - shared) / unshared }' "$work/inodes" > "$work/expected"

"$DUMP" --ishare-groups --csv "$work/a.erofs" "$work/b.erofs" > "$work/csv"
[ "$(head -1 "$work/csv")" = fingerprint,size,class,copies,saved_bytes,image,path ] || fail "head of the CSV"
# Every member is in the group of its digest; hard links appear under one of their names.
awk '{ copies[$2]++; line[NR] = $0 } END { for (i = 1; i <= NR; i++) { split(line[i], f, " ")
	if (copies[f[2]] > 1) printf "sha256:%s %d plain %d %s\n", f[2], f[3], copies[f[2]], f[1] } }' "$work/inodes" |
	LC_ALL=C sort > "$work/members"
sed 1d "$work/csv" | tr -d '"' | awk -F, '{ n = split($6, p, "/"); sub(/\.erofs$/, "", p[n]); print $1, $2, $3, $4, p[n] }' |
	LC_ALL=C sort > "$work/listed"
same "$work/listed" "$work/members"
sed 1d "$work/csv" | cut -d, -f5 | sort -rnc || fail "the largest saving is not first"

"$DUMP" --ishare-groups "$work/a.erofs" "$work/b.erofs" > "$work/text"
grep -qE '^saved +[0-9.]+ [kKMG]B  [0-9.]+ %$' "$work/text" || fail "no saving in the text"
[ "$("$DUMP" --ishare-groups --top=2 "$work/a.erofs" "$work/b.erofs" | grep -c ' copies of ')" = 2 ] || fail "--top=2"
groups=$(sed -n 's/^"groups":\([0-9]*\),$/\1/p' "$work/expected")
[ "$("$DUMP" --ishare-groups --top=0 "$work/a.erofs" "$work/b.erofs" | grep -c ' copies of ')" = "$groups" ] || fail "--top=0"

# One image alone shares with itself only what it holds twice.
"$DUMP" --ishare-groups --csv "$work/a.erofs" | sed 1d > "$work/csv"
[ ! -s "$work/csv" ] || fail "equal files where there are none: $(cat "$work/csv")"

# Untagged files are near misses, never members.
"$MKFS" --quiet "$work/u.erofs" "$work/a"
"$DUMP" --ishare-groups "$work/a.erofs" "$work/u.erofs" > "$work/text"
grep -qE '^saved +0 bytes  0\.0 %$' "$work/text" || { cat "$work/text"; fail "untagged files share"; }
grep -qE '^ +[0-9]+ untagged, [0-9]+ files' "$work/text" || fail "no near misses"

got=0; "$DUMP" --ishare-groups --json "$work/a.erofs" "$work/b.erofs" > "$work/json" 2> "$work/err" || got=$?
if [ $got != 0 ] && grep -q 'built without' "$work/err"; then
	echo "a build without json-c: --json not tested"
	exit 0
fi
[ $got = 0 ] || fail "--json: $(cat "$work/err")"
sed -n '/^"totals":{$/,/^"reduction"/p' "$work/json" | sed 1d > "$work/totals"
same "$work/totals" "$work/expected"
[ "$(grep -c '^{"fingerprint":"sha256:' "$work/json")" = "$groups" ] || fail "groups in JSON"
