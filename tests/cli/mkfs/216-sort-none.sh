#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --sort=none: file data lies in the image in the order of the archive, written once and as it comes.
. "${srcdir:-.}/tests/lib.sh"
need tar

src=$work/src
mkdir -p "$src/d"
head -c 700000 /dev/urandom > "$src/z-large"
head -c 70000 /dev/urandom > "$src/y"; head -c 10 /dev/urandom > "$src/a"; : > "$src/empty"
cp "$src/y" "$src/d/y-copy"; cp "$src/z-large" "$src/d/large-copy"
# Holes where a copy was written and given back.
truncate -s 1500000 "$src/holes"; printf x | dd of="$src/holes" bs=1 seek=700001 conv=notrunc 2> /dev/null
truncate -s 3M "$src/hole"; ln "$src/y" "$src/d/link"; ln -s y "$src/l"
order='z-large y a d/y-copy d/large-copy holes hole empty d/link l'
# shellcheck disable=SC2086
tar -C "$src" -S --no-recursion --format=posix -cf "$work/t.tar" d $order

# Without room for a spool: there is none.
none() { TMPDIR=/nonexistent "$MKFS" --quiet -T0 -Uclear --tar=f --sort=none -Enoinline_data "$@" || fail "mkfs.erofs $*"; }
verify() {
	"$FSCK" --check-ishare "$work/img" > "$work/out" 2>&1 || { cat "$work/out"; fail "tags: $*"; }
	rm -rf "$work/tree"; mkdir "$work/tree"
	"$FSCK" --extract="$work/tree" "$work/img" > "$work/out" 2>&1 || { cat "$work/out"; fail "extract: $*"; }
	diff -r "$src" "$work/tree" || fail "content: $*"
}
place() { "$DUMP" -e --path="/$1" "$work/img" | sed -n 's/^ *0:[^:]*: *\([0-9]*\)\.\..*/\1/p'; }

# shellcheck disable=SC2002
cat "$work/t.tar" | none --ishare "$work/img"
verify
last=0
for file in z-large y a holes hole; do
	at=$(place $file)
	[ "$at" -gt "$last" ] || fail "$file is at $at, what came before at $last"
	last=$at
done
[ "$(place z-large)" = 4096 ] || fail "data does not begin behind the superblock"
[ "$(place y)" = "$(place d/y-copy)" ] || fail "a small copy"
[ "$(place z-large)" = "$(place d/large-copy)" ] || fail "a large copy"
mkfifo "$work/pipe"; cat "$work/t.tar" > "$work/pipe" 2> /dev/null &
expect_status 1 env TMPDIR=/nonexistent "$MKFS" --tar=f --quiet -Enoinline_data "$work/path" "$work/pipe"

# However it arrives.
cp "$work/img" "$work/first"
none --ishare "$work/img" "$work/t.tar"; same "$work/first" "$work/img"
none --ishare --workers=1 "$work/img" < "$work/t.tar"; same "$work/first" "$work/img"
none --ishare --ungzip="$work/raw" "$work/img" "$work/t.tar"; same "$work/first" "$work/img"; same "$work/t.tar" "$work/raw"
if command -v gzip > /dev/null && gzip -c "$work/t.tar" > "$work/t.gz" &&
	"$MKFS" --quiet --tar=f "$work/img" "$work/t.gz" 2> /dev/null
then
	none --ishare "$work/img" "$work/t.gz"; same "$work/first" "$work/img"
fi

# Other layouts, with room for all that is in front.
prefixes=; i=0
while [ $i -lt 100 ]; do prefixes="$prefixes --xattr-prefix=user.some-rather-long-prefix-of-names.$i."; i=$((i + 1)); done
for options in -b512 -b65536 --dsunit=7 -E48bit --MZ --ishare=sha512 -Eforce-inode-extended --offset=8192 "$prefixes"; do
	# shellcheck disable=SC2086
	none --ishare $options "$work/img" < "$work/t.tar"
	[ "$options" = --offset=8192 ] && { tail -c +8193 "$work/img" > "$work/cut"; mv "$work/cut" "$work/img"; }
	verify "$options"
done
none "$work/img" < "$work/t.tar"
"$FSCK" "$work/img" > /dev/null || fail "an untagged image"
"$DUMP" --cat --path=/holes "$work/img" | cmp - "$src/holes" || fail "holes, untagged"

# What does not fit is laid out by path, as without the option.
for options in '' '-Enoinline_data --chunksize=4096' '-Enoinline_data -m4096' '-Enoinline_data,fragments'; do
	for sort in none path; do
		# shellcheck disable=SC2086
		"$MKFS" --quiet -T0 -Uclear --ishare --tar=f --sort=$sort $options "$work/$sort" "$work/t.tar" ||
			fail "--sort=$sort $options"
	done
	same "$work/path" "$work/none"
done

# A member that replaces another, an error, and what is left then.
cp "$work/t.tar" "$work/twice.tar"; cp -R "$src" "$work/other"; echo new > "$work/other/y"
tar -C "$work/other" -rf "$work/twice.tar" y
none --ishare "$work/img" < "$work/twice.tar"
"$DUMP" --cat --path=/y "$work/img" | cmp - "$work/other/y" || fail "the later member"
"$DUMP" --cat --path=/d/y-copy "$work/img" | cmp - "$src/y" || fail "what the earlier member shares"
"$FSCK" --check-ishare "$work/img" > /dev/null || fail "tags of replaced members"
mkdir "$work/dst"; echo old > "$work/dst/img"
head -c 900000 "$work/t.tar" > "$work/cut.tar"
expect_status 1 "$MKFS" --quiet --tar=f --sort=none -Enoinline_data "$work/dst/img" "$work/cut.tar"
grep -q 'ends in the data of a member' "$work/err" || { cat "$work/err"; fail "a cut archive"; }
[ "$(cat "$work/dst/img")" = old ] || fail "the old image was touched"
[ "$(ls -A "$work/dst")" = img ] || fail "something is left"
expect_status 1 "$MKFS" --quiet --tar=f --sort=none -Enoinline_data "$work/t.tar" "$work/t.tar"
grep -q 'would be overwritten' "$work/err" || fail "the archive as FILE"

# Too large for the addresses: the member is named before any of its data has come.
need python3
python3 -c '
import sys, tarfile
member = tarfile.TarInfo("dir/vast")
member.size = 3 << 40
sys.stdout.buffer.write(member.tobuf(tarfile.PAX_FORMAT))' > "$work/vast.tar"
expect_status 1 "$MKFS" --quiet --tar=f --sort=none -Enoinline_data -b512 "$work/dst/img" "$work/vast.tar"
grep -q 'dir/vast: 3298534883328 bytes: an image of more than .* needs 48-bit addresses' "$work/err" ||
	{ cat "$work/err"; fail "no name of what is too large"; }
[ "$(ls -A "$work/dst")" = img ] || fail "something is left of what is too large"

none --ishare "$work/img" < "$work/t.tar"
need_kernel_erofs

# On a block device that was full of something else, from its start and behind it: the bytes of a file, and the data of
# copies that were given back is not in the way.
tr '\0' '\377' < /dev/zero | head -c 8M > "$work/disk"
for offset in 0 65536; do
	attach "$work/disk"
	# shellcheck disable=SC2002
	cat "$work/t.tar" | none --ishare --offset=$offset "$loop"
	losetup -d "$loop"
	head -c $(($(stat -c %s "$work/img") + offset)) "$work/disk" | tail -c +$((offset + 1)) | cmp - "$work/img" ||
		fail "the device has other bytes from $offset on"
done
[ "$(tail -c 1 "$work/disk" | od -An -tx1)" = ' ff' ] || fail "more than the image is written"

mount_image "$work/img" "$work/mnt"
diff -r --no-dereference "$src" "$work/mnt" || fail "the kernel reads something else"
