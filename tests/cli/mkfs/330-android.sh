#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What Android's build asks for: owners, modes and capabilities from a table, a list of blocks, and the command
# line of its tools as it is.
. "${srcdir:-.}/tests/lib.sh"

mkdir -p "$work/src/bin" "$work/src/etc"
seq 1 20000 > "$work/src/bin/tool"
echo conf > "$work/src/etc/conf"
ln -s tool "$work/src/bin/link"
printf '%s\n' '# a comment' '' 'vendor 0 2000 755 selabel=u:object_r:vendor_file:s0 capabilities=0x0' \
	'vendor/bin 0 2000 751' 'vendor/bin/tool 1000 3003 4750 capabilities=0x1000002000' \
	'/vendor/bin/link 0 2000 777' 'vendor/etc 0 0 0755' 'vendor/etc/conf 0 0 644' > "$work/table"
: > "$work/hints"
set -- -b 4096 --mount-point vendor --product-out "$work" --fs-config-file "$work/table" \
	-T 1230768000 -U 3f4a1f2e-0000-4000-8000-000000000001 --block-list-file "$work/list" "$work/img" "$work/src"
z=
! can_encode lz4hc || z="-z lz4hc --compress-hints $work/hints -C 16384"
# shellcheck disable=SC2086
expect_status 0 "$MKFS" $z "$@"
expect_status 0 "$FSCK" --extract "$work/img"
mode() { "$DUMP" --path="$1" "$work/img" | sed -n 's/^Uid: \([0-9]*\) *Gid: \([0-9]*\) *Access: \([0-7]*\).*/\1 \2 \3/p'; }
[ "$(mode /)" = "0 2000 0755" ] || fail "the root: $(mode /)"
[ "$(mode /bin)" = "0 2000 0751" ] || fail "a directory: $(mode /bin)"
[ "$(mode /bin/tool)" = "1000 3003 0750" ] || fail "a file: $(mode /bin/tool)"
grep -q '^/vendor/bin/tool [0-9]' "$work/list" || { cat "$work/list"; fail "no list of blocks"; }

# The blocks that are listed are those of the file.
expect_status 0 "$MKFS" --quiet -Enoinline_data "$@"
ranges=$(sed -n 's,^/vendor/bin/tool ,,p' "$work/list")
first=${ranges%-*} last=${ranges#*-}
dd if="$work/img" bs=4096 skip="$first" count=$((last - first + 1)) status=none | cmp -n "$(wc -c < "$work/src/bin/tool")" - "$work/src/bin/tool" ||
	fail "blocks $ranges"

# Bad tables.
for line in 'vendor 0 0' 'vendor 0 0 999' 'vendor -1 0 755' 'vendor 0 4294967295 755' 'vendor 0 0 755 capabilities=x'; do
	printf '%s\n' "$line" > "$work/table"
	expect_status 1 "$MKFS" --quiet "$work/new" "$work/src" --fs-config-file="$work/table"
	grep -q "$work/table: line 1: " "$work/err" || fail "message for $line"
	[ ! -e "$work/new" ] || fail "an image was made"
done
echo '/ 0 0 755' > "$work/table"
expect_status 1 "$MKFS" --quiet "$work/new" "$work/src" --fs-config-file="$work/table"
grep -q "$work/table: nothing about \"bin\"" "$work/err" || fail "a file that the table does not have"
expect_status 1 "$MKFS" --quiet "$work/new" "$work/src" --fs-config-file="$work/no"

# Capabilities as the kernel reads them.
need getcap
need_kernel_erofs
printf '%s\n' '/ 0 0 755' 'bin 0 0 755' 'bin/tool 0 0 755 capabilities=0x1000002000' 'bin/link 0 0 777' 'etc 0 0 755' 'etc/conf 0 0 644' > "$work/table"
expect_status 0 "$MKFS" --quiet "$work/img" "$work/src" --fs-config-file="$work/table"
mount_image "$work/img" "$work/m"
getcap "$work/m/bin/tool" | grep -q 'cap_net_raw,cap_block_suspend[+=]ep' || { getcap "$work/m/bin/tool"; fail "capabilities"; }
