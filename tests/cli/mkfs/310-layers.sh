#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Layers with overlayfs marks, merged the two ways in which callers run this program, as this machine's kernel
# and a packaged reader see the result; and the descriptor of the virtual disk.
. "${srcdir:-.}/tests/lib.sh"
need getfattr setfattr losetup
need_kernel_erofs

mkdir -p "$work/1/dir" "$work/1/opaque" "$work/1/was" "$work/2/dir" "$work/2/opaque" "$work/3/was" "$work/1/twice"
echo low > "$work/1/dir/kept"
echo low > "$work/1/dir/gone"
echo low > "$work/1/opaque/hidden"
echo low > "$work/1/was/hidden"
echo low > "$work/1/twice/file"
echo low > "$work/1/also"
mknod "$work/2/dir/gone" c 0 0 || skip "no device nodes here"
mknod "$work/2/was" c 0 0
ln "$work/2/was" "$work/2/also"		# overlayfs has one whiteout for many names
mknod "$work/2/twice" c 0 0
echo up > "$work/2/opaque/own"
setfattr -n trusted.overlay.opaque -v y "$work/2/opaque" || skip "no trusted attributes here"
chmod 1700 "$work/2/dir"
setfattr -n user.layer -v 1 "$work/1/dir"
echo top > "$work/3/was/new"
chmod 750 "$work/3"
for i in 1 2 3; do "$MKFS" --quiet -Enoinline_data --ishare "$work/$i.erofs" "$work/$i"; done
for i in 1 2 3; do attach -r "$work/$i.erofs"; devices="${devices:-}${devices:+,}device=$loop"; done
value() { getfattr -h --only-values -n "$2" "$1" 2>/dev/null || echo none; }

# A snapshotter's one image for all layers.
cd "$work"
expect_status 0 "$MKFS" --aufs --ovlfs-strip=1 --quiet "$work/fsmeta" "$work/1.erofs" "$work/2.erofs" "$work/3.erofs"
[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "--quiet says something"
mount_image "$work/fsmeta" "$work/m" "$devices"
(cd "$work/m" && find . ! -type d | sort) > "$work/list"
printf '%s\n' ./dir/kept ./opaque/own ./was/new | diff - "$work/list" || fail "what is left of the layers"
[ "$(cat "$work/m/dir/kept" "$work/m/opaque/own" "$work/m/was/new" | tr '\n' ' ')" = "low up top " ] || fail "content"
[ "$(stat -c %a "$work/m/dir")" = 1700 ] && [ "$(stat -c %a "$work/m")" = 750 ] || fail "not the upper mode"
[ "$(value "$work/m/dir" user.layer)" = none ] || fail "attributes of a lower directory"
[ "$(value "$work/m/opaque" trusted.overlay.opaque)" = none ] || fail "a mark is left"
[ "$(value "$work/m/dir" trusted.overlay.origin)" = none ] || fail "a mark for whiteouts is left"
expect_status 0 "$FSCK" --check-ishare --device="$work/1.erofs" --device="$work/2.erofs" --device="$work/3.erofs" "$work/fsmeta"
grep -q "3 of 3 files tagged, 3 verified" "$work/out" || fail "tags"

# With marks, and as a disk of a virtual machine.
expect_status 0 "$MKFS" --quiet --vmdk-desc=v.vmdk meta 1.erofs 2.erofs 3.erofs
mount_image "$work/meta" "$work/k" "$devices"
[ "$(stat -c %t:%T "$work/k/dir/gone" "$work/k/also" | uniq)" = 0:0 ] && [ "$(stat -c %t:%T "$work/k/twice")" = 0:0 ] || fail "whiteouts are lost"
[ "$(value "$work/k/was" trusted.overlay.opaque)" = y ] || fail "a directory over a whiteout is not opaque"
[ "$(value "$work/k/opaque" trusted.overlay.opaque)" = y ] || fail "the mark is lost"
[ -z "$(value "$work/k/dir" trusted.overlay.origin)" ] && [ -z "$(value "$work/k" trusted.overlay.origin)" ] || fail "whiteouts do not show"
sed -n '/^RW/p' v.vmdk > "$work/extents"
for i in meta 1.erofs 2.erofs 3.erofs; do echo "RW $(($(stat -c %s $i) / 512)) FLAT \"$i\" 0"; done | diff - "$work/extents" ||
	fail "extents of the disk"
grep -q '^createType="twoGbMaxExtentFlat"$' v.vmdk && grep -q '^ddb.adapterType = "ide"$' v.vmdk || fail "descriptor"
# Devices as large as they claim to be: not millions of lines.
large=
for n in 1 2 3 4 5; do
	cp 1.erofs large$n && truncate -s 15T large$n 2>/dev/null && large="$large large$n"
done
if [ "$large" = " large1 large2 large3 large4 large5" ]; then
	echo before > v2.vmdk
	# shellcheck disable=SC2086
	expect_status 1 "$MKFS" --quiet --vmdk-desc=v2.vmdk meta2 $large
	grep -q 'v2.vmdk: image and devices have more than 137438953472 sectors' "$work/err" || { cat "$work/err"; fail "no bound"; }
	[ "$(cat v2.vmdk)" = before ] || fail "a part of a descriptor"
	expect_status 0 "$MKFS" --quiet --vmdk-desc=v2.vmdk meta2 large1 large2 large3 large4
	[ "$(grep -c '^RW' v2.vmdk)" -gt 30000 ] || fail "a large descriptor"
fi
rm -f large? meta2
expect_status 1 "$MKFS" --quiet --vmdk-desc=nowhere/v meta2 1.erofs
grep -q 'failed to open vmdk desc `nowhere/v' "$work/err" || fail "no message"
expect_status 1 "$MKFS" --quiet --vmdk-desc=new.vmdk meta2 "$work/list"
[ ! -e new.vmdk ] || fail "a descriptor of nothing"

# The tags of the devices.
for i in 1 2 3; do "$DUMP" -s $i.erofs | sed -n 's/.*UUID: *//p' | tr -d -; done > "$work/uuids"
dd if=meta bs=128 skip=$((9 + 0)) count=3 status=none 2>/dev/null | tr -d '\0' | grep -ao '[0-9a-f]\{32\}' | diff "$work/uuids" - ||
	fail "tags of the devices"

# Another reader.
if [ -x /usr/bin/fsck.erofs ]; then
	expect_status 0 "$MKFS" --quiet --ishare=none untagged 1.erofs 2.erofs 3.erofs
	/usr/bin/fsck.erofs --device=1.erofs --device=2.erofs --device=3.erofs untagged >/dev/null 2>&1 || fail "packaged fsck.erofs does not like it"
fi
# Merged again: their devices, not they themselves, are not those of one source.
expect_status 1 "$MKFS" --quiet again meta fsmeta
grep -q "mismatched with source images" "$work/err" || fail "devices of devices"

# The list of blocks.
expect_status 0 "$MKFS" --quiet --clean=data -Enoinline_data --mount-point=/vendor --block-list-file=blocks copy 1.erofs
"$DUMP" -e --path=/dir/kept copy | grep -q ' 0\.\. ' || fail "no extent"
grep -q '^/vendor/dir/kept [0-9][0-9]*$' blocks || { cat blocks; fail "list of blocks"; }
block=$(sed -n 's,^/vendor/dir/kept ,,p' blocks)
[ "$(dd if=copy bs=4096 skip="$block" count=1 status=none | tr -d '\0')" = low ] || fail "block $block"
