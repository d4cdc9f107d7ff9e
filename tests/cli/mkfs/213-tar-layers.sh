#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whiteouts and opaque marks of container layers, ACLs and labels in archives, temporary files.
. "${srcdir:-.}/tests/lib.sh"
need tar python3

python3 - "$work/layer.tar" <<'EOT'
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=tarfile.PAX_FORMAT) as t:
	def add(name, data=b'', kind=b'0', **pax):
		i = tarfile.TarInfo(name)
		i.type, i.size, i.uid, i.mtime, i.pax_headers = kind, len(data), 5, 7, pax
		if kind == b'5': i.mode = 0o755
		t.addfile(i, io.BytesIO(data))
	add('d', kind=b'5')
	add('d/kept', b'x')
	add('d/.wh.gone')
	add('d/.wh.kept')
	add('o', kind=b'5')
	add('o/.wh..wh..opq')
	add('acl', b'x', **{'SCHILY.acl.access':
		'user::rw-,user:nobody-here-has-this:rw-:1234,group::r--,mask::rw-,other::r--'})
	add('unknown', b'x', **{'SCHILY.acl.access':
		'user::rw-,user:nobody-here-has-this:rw-,group::r--,mask::rw-,other::r--'})
	i = tarfile.TarInfo('Label')
	i.type = b'V'
	t.addfile(i)
EOT
build() { "$MKFS" --quiet -T9 --mkfs-time -Uclear --ishare --tar=f "$@" || fail "mkfs.erofs $*"; }

"$MKFS" -T9 --mkfs-time --tar=f --aufs "$work/img" "$work/layer.tar" > /dev/null 2> "$work/err" || fail "--aufs"
grep -q 'dropped 1 ACLs with names of users or groups that are unknown here' "$work/err" || fail "no word of ACLs"
"$FSCK" "$work/img" > /dev/null || fail "fsck"
"$DUMP" --ls --path=/d "$work/img" > "$work/out"
grep -q ' 3 *gone$' "$work/out" || { cat "$work/out"; fail "no whiteout"; }
grep -q ' 1 *kept$' "$work/out" || fail "a file of the layer is gone"
! grep -q '[.]wh[.]' "$work/out" || fail "a mark is left"
"$DUMP" --path=/d/gone "$work/img" | grep -q 'Uid: 5 *Gid: 0 *Access: 0000' || fail "attributes of a whiteout"
grep -aq 'overlay.opaque' "$work/img" && grep -aq 'overlay.origin' "$work/img" || fail "no marks of overlayfs"

build --aufs --ovlfs-strip=1 "$work/img" "$work/layer.tar"
"$DUMP" --ls --path=/d "$work/img" > "$work/out"
! grep -q 'gone\|[.]wh[.]' "$work/out" || fail "a whiteout in spite of --ovlfs-strip"
! grep -aq 'overlay[.]' "$work/img" || fail "marks in spite of --ovlfs-strip"
build "$work/img" "$work/layer.tar"
"$DUMP" --ls --path=/d "$work/img" | grep -q '[.]wh[.]gone' || fail "without --aufs it is a name"
"$DUMP" -s "$work/img" > /dev/null
grep -aq Label "$work/img" || fail "no label of the volume"

# Content that comes once goes where TMPDIR says, and leaves nothing.
mkdir "$work/tmp"
# shellcheck disable=SC2002
cat "$work/layer.tar" | TMPDIR=$work/tmp build "$work/img"
[ -z "$(ls -A "$work/tmp")" ] || fail "something is left in TMPDIR"
expect_status 1 sh -c 'cat "$1/layer.tar" | TMPDIR=$1/missing "$2" --tar=f "$1/new"' - "$work" "$MKFS"
grep -q 'cannot create a temporary file in' "$work/err" || fail "a TMPDIR that is not there"
[ ! -e "$work/new" ] || fail "an image was made"
