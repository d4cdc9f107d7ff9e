#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --ishare-diff: the cost of a new version against what sha256sum and awk say of the trees, both sides of
# the budget, and the reason for what might be shared and is not.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/dump/tree.sh"
need sha256sum
make_tree "$work/old"
cp -a "$work/old" "$work/new"
seq 5 3000 > "$work/new/dir/hello.txt"		# changed
cp "$work/new/dir/seq.txt" "$work/new/copy"	# reused
head -c 50000 /dev/urandom > "$work/new/own"	# added
cp "$work/new/own" "$work/new/own2"		# repeated
printf 'new' > "$work/new/a|b<i>*\`@name"
for t in old new; do "$MKFS" --quiet --ishare=sha256 "$work/$t.erofs" "$work/$t"; done

# digest and pages of each inode, hard links once; awk keeps what the old tree has not.
list() {
	(cd "$1" && find . -type f -size +0 -printf '%i %P\n' | sort -k1,1n -u | sed 's/^[0-9]* //' |
		while read -r f; do echo "$(sha256sum < "$f" | cut -d' ' -f1) $(stat -c %s "$f")"; done)
}
list "$work/old" > "$work/old.list"; list "$work/new" > "$work/new.list"
unshared=$(awk 'NR == FNR { old[$1]; next } !($1 in old) && !seen[$1]++ { n += int(($2 + 4095) / 4096) * 4096 }
	END { print n }' "$work/old.list" "$work/new.list")
[ "$unshared" -gt 60000 ] || fail "the trees do not differ: $unshared"

# The budget is exact, and the report is printed on both sides of it.
expect_status 0 "$DUMP" --ishare-diff --max-unshared="$unshared" "$work/old.erofs" "$work/new.erofs"
grep -qE '^budget .* kept$' "$work/out" || fail "a kept budget is not told"
expect_status 1 "$DUMP" --ishare-diff "$work/old.erofs" "$work/new.erofs" --max-unshared=$((unshared - 1))
grep -qx "<E> erofs: $work/new.erofs: $unshared unshared bytes, more than the $((unshared - 1)) of --max-unshared" \
	"$work/err" || { cat "$work/err"; fail "what is over budget"; }
grep -qE '^budget .* EXCEEDED$' "$work/out" || fail "an exceeded budget is not told"
expect_status 0 "$DUMP" --ishare-diff --max-unshared=1m "$work/old.erofs" "$work/new.erofs"
expect_status 0 "$DUMP" --ishare-diff --max-unshared=0 "$work/new.erofs" "$work/new.erofs"
expect_status 0 "$DUMP" --ishare-diff --max-unshared=0 "$work/old.erofs" "$work/new.erofs" "$work/new.erofs"
# unshared = shared(both) - shared(old): the same figures as the groups.
for cause in changed added; do
	expect_status 0 "$DUMP" --ishare-diff --top=0 "$work/old.erofs" "$work/new.erofs"
	grep -qE "  $cause " "$work/out" || fail "nothing is $cause"
done
grep -qE '  changed  +/dir/hello.txt$' "$work/out" || fail "the changed file"
grep -qE '  added  +/own2?$' "$work/out" || fail "the added file"
[ "$(grep -c ' /own2*$' "$work/out")" = 1 ] || fail "a copy within the image is counted twice"

# Markdown: no name can end its cell or call anybody.
expect_status 1 "$DUMP" --ishare-diff --markdown --max-unshared=4k "$work/old.erofs" "$work/new.erofs"
grep -q '^### Page cache: over budget, ' "$work/out" || fail "head of the comment"
grep -qF '<code>/a&#124;b&#60;i&#62;&#42;&#96;&#64;name</code> |' "$work/out" || { cat "$work/out"; fail "a name in Markdown"; }

# Reasons: no tag on either side, another class, another algorithm.
why() { # why CAUSE OLD NEW
	expect_status 0 "$DUMP" --ishare-diff --top=0 "$2" "$3"
	grep -qE "^ +[0-9.]+ [kKMG]?B[a-z]* +$1 +/lib.so" "$work/out" || { cat "$work/out"; fail "/lib.so is not $1"; }
}
"$MKFS" --quiet "$work/untagged.erofs" "$work/old"
why untagged "$work/untagged.erofs" "$work/old.erofs"
why untagged "$work/old.erofs" "$work/untagged.erofs"
bytes=$(list "$work/old" | awk '{ n += int(($2 + 4095) / 4096) * 4096 } END { print n }')
expect_status 1 "$DUMP" --ishare-diff --max-unshared=$((bytes - 1)) "$work/old.erofs" "$work/untagged.erofs"
expect_status 0 "$DUMP" --ishare-diff --max-unshared="$bytes" "$work/old.erofs" "$work/untagged.erofs"
"$MKFS" --quiet --ishare=sha512 "$work/sha512.erofs" "$work/old"
why algorithm-mismatch "$work/old.erofs" "$work/sha512.erofs"
if can_build -zdeflate; then
	"$MKFS" --quiet -zdeflate --ishare=sha256 "$work/z.erofs" "$work/old"
	expect_status 0 "$DUMP" --ishare-diff --top=0 "$work/old.erofs" "$work/z.erofs"
	grep -qE ' class-mismatch +/dir/seq.txt  \(0:/(dir/seq.txt|hard)\)$' "$work/out" ||
		{ cat "$work/out"; fail "no class mismatch"; }
fi

for args in '' "$work/new.erofs" "--max-unshared=x $work/old.erofs $work/new.erofs" \
	"--max-unshared= $work/old.erofs $work/new.erofs" "--json --markdown $work/old.erofs $work/new.erofs" \
	"--csv $work/old.erofs $work/new.erofs" "-s $work/old.erofs $work/new.erofs" \
	"--ishare-groups $work/old.erofs $work/new.erofs"; do
	# shellcheck disable=SC2086
	expect_status 2 "$DUMP" --ishare-diff $args
done
expect_status 2 "$DUMP" --max-unshared=1 "$work/new.erofs"
expect_status 2 "$DUMP" --markdown "$work/new.erofs"
expect_status 1 "$DUMP" --ishare-diff "$work/old.erofs" "$work/missing"

got=0; "$DUMP" --ishare-diff --json "$work/old.erofs" "$work/new.erofs" > "$work/json" 2> "$work/err" || got=$?
[ $got = 0 ] || { grep -q 'built without' "$work/err" && skip "a build without json-c: --json not tested"; fail "--json"; }
command -v python3 >/dev/null 2>&1 || skip "no python3: JSON not looked into"
python3 - "$DUMP" "$work" "$unshared" <<'END'
import json, subprocess, sys
dump, work, unshared = sys.argv[1], sys.argv[2], int(sys.argv[3])
def run(*args, status=0):
    p = subprocess.run([dump, '--json', *args], capture_output=True)
    assert p.returncode == status, p
    return json.loads(p.stdout)
old, new = work + '/old.erofs', work + '/new.erofs'
d = run('--ishare-diff', old, new)
assert list(d) == ['images', 'totals', 'causes', 'max_unshared_bytes', 'within_budget', 'unshared'], list(d)
t = d['totals']
assert t['unshared']['bytes'] == unshared == sum(f['bytes'] for f in d['unshared'])
for key in 'bytes', 'files':
    assert t['all'][key] == t['reused'][key] + t['repeated'][key] + t['unshared'][key]
    assert t['unshared'][key] == sum(c[key] for c in d['causes'].values())
assert t['all'] == {'files': d['images'][1]['files'], 'bytes': d['images'][1]['bytes']}
assert t['repeated']['files'] == 1 and d['within_budget'] is True and d['max_unshared_bytes'] is None
both, alone = (run('--ishare-groups', *i)['totals']['shared_bytes'] for i in ((old, new), (old,)))
assert unshared == both - alone
files = {f['path']: f for f in d['unshared']}
assert files['/dir/hello.txt']['cause'] == 'changed'
assert files['/dir/hello.txt']['other'] == {'image': 0, 'path': '/dir/hello.txt'}
assert list(files['/dir/hello.txt']) == ['path', 'size', 'bytes', 'cause', 'near_miss', 'fingerprint', 'other']
d = run('--ishare-diff', '--max-unshared=1', old, work + '/sha512.erofs', status=1)
assert d['within_budget'] is False and d['max_unshared_bytes'] == 1
assert d['causes']['algorithm-mismatch']['files'] == d['totals']['unshared']['files'] > 5
assert all(f['near_miss'] for f in d['unshared'])
END
