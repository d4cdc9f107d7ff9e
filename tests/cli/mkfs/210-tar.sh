#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A tar archive gives the image of the directory it was made of, whoever made it and however it arrives.
. "${srcdir:-.}/tests/lib.sh"
need tar

build() { "$MKFS" --quiet -T7 --mkfs-time -Uclear --ishare "$@" || fail "mkfs.erofs $*"; }

src=$work/src
mkdir -p "$src/d/e/f" "$src/empty"
echo hello > "$src/a"
ln "$src/a" "$src/d/b"
ln "$src/a" "$src/d/e/0"
ln -s ../a "$src/d/l"
mkfifo "$src/p"
: > "$src/nothing"
head -c 700000 /dev/urandom > "$src/d/big"
cp "$src/d/big" "$src/d/copy"
truncate -s 1M "$src/sparse"
printf 'end' >> "$src/sparse"
i=0; long=$src/d
while [ $i -lt 6 ]; do long=$long/a-name-of-some-length-$i-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; i=$((i + 1)); done
mkdir -p "$long" && echo deep > "$long/file"
ln -s "${long#"$src"}" "$src/long"
touch -d '1969-12-31 23:59:58.25 UTC' "$src/a"
touch -d '2024-02-29 12:00:00.123456789 UTC' "$src/d/e"
chmod 6755 "$src/a"; chmod 1777 "$src/d"; chmod 755 "$src"
setfattr -n user.key -v value "$src/d/big" 2>/dev/null && setfattr -n user.empty -v '' "$src/d" || :
if [ "$(id -u)" = 0 ]; then
	mknod "$src/c" c 1 3 && mknod "$src/blk" b 259 1000 || :
	chown 100000:70000 "$src/d/copy"
	chmod 4755 "$src/d/copy"
fi
build "$work/dir.img" "$src"
expect_status 0 "$FSCK" --check-ishare "$work/dir.img"

xattrs=; setfattr --version >/dev/null 2>&1 && xattrs=--xattrs
# shellcheck disable=SC2086
tar -C "$src" $xattrs --xattrs-include='*' -S --format=posix -cf "$work/pax.tar" . 2>/dev/null ||
	tar -C "$src" -S --format=posix -cf "$work/pax.tar" .

# A file, a file by name, a pipe, standard input that is a file, options behind the operands.
build --tar=f "$work/img" "$work/pax.tar"; same "$work/dir.img" "$work/img"
build --tar "$work/img" "$work/pax.tar"; same "$work/dir.img" "$work/img"
build "$work/img" "$work/pax.tar" --tar=f; same "$work/dir.img" "$work/img"
build --tar=f "$work/img" < "$work/pax.tar"; same "$work/dir.img" "$work/img"
# shellcheck disable=SC2002
cat "$work/pax.tar" | build --tar=f "$work/img"; same "$work/dir.img" "$work/img"
# shellcheck disable=SC2002
cat "$work/pax.tar" | build --tar=f --workers=1 "$work/img" /dev/stdin; same "$work/dir.img" "$work/img"
for sort in none path; do
	build --tar=f --sort=$sort "$work/img" < "$work/pax.tar"; same "$work/dir.img" "$work/img"
done

# Packed: told apart by the first bytes, unpacked on the way, refused where it is damaged.
for packer in gzip xz zstd bzip2 lz4 'xz --format=lzma'; do
	command -v "${packer%% *}" > /dev/null || continue
	# shellcheck disable=SC2086
	$packer -c < "$work/pax.tar" > "$work/packed" 2> /dev/null || continue
	if ! "$MKFS" --quiet -T7 --mkfs-time -Uclear --ishare --tar=f "$work/img" "$work/packed" 2> "$work/err"
	then
		grep -q 'lib.* cannot unpack it' "$work/err" || { cat "$work/err"; fail "$packer"; }
		continue
	fi
	same "$work/dir.img" "$work/img"
	head -c 5000 "$work/packed" > "$work/cut"
	expect_status 1 "$MKFS" --quiet --ishare --tar=f "$work/new" "$work/cut"
	[ "$(grep -c '<E>' "$work/err")" = 1 ] || { cat "$work/err"; fail "$packer, cut"; }
	[ ! -e "$work/new" ] || fail "an image of a cut archive"
	case $packer in
	gzip)
		build --tar=f --ungzip="$work/raw" "$work/img" < "$work/packed"
		same "$work/dir.img" "$work/img"; same "$work/pax.tar" "$work/raw"
		build --tar=f --gzip "$work/img" "$work/pax.tar"
		expect_status 1 "$MKFS" --tar=f --unxz "$work/new" "$work/packed"
		grep -q 'not packed with xz' "$work/err" || fail "--unxz takes gzip" ;;
	xz)
		build --tar=f --unxz="$work/raw" "$work/img" "$work/packed"; same "$work/pax.tar" "$work/raw"
		expect_status 1 "$MKFS" --tar=f --ungzip "$work/new" "$work/packed"
		grep -q 'packed with xz, not gzip' "$work/err" || fail "--ungzip takes xz" ;;
	esac
done

# The four ways of GNU tar to store holes.
for version in 0.0 0.1 1.0; do
	tar -C "$src" --sparse-version=$version -S --format=posix -cf "$work/sparse.tar" sparse
	build --tar=f "$work/img" "$work/sparse.tar"
	"$DUMP" --cat --path=/sparse "$work/img" | cmp - "$src/sparse" || fail "sparse $version"
done
tar -C "$src" -S --format=gnu -cf "$work/sparse.tar" sparse
build --tar=f "$work/img" < "$work/sparse.tar"
"$DUMP" --cat --path=/sparse "$work/img" | cmp - "$src/sparse" || fail "sparse in GNU format"

# Seconds are all that these formats have, and no attributes.
find "$src" ! -type l -exec touch -d '2024-01-01 00:00:05 UTC' {} +
find "$src" -type l -exec touch -h -d '2024-01-01 00:00:05 UTC' {} +
build -x-1 "$work/plain.img" "$src"
tar -C "$src" --format=gnu -cf "$work/gnu.tar" .
build -x-1 --tar=f "$work/img" "$work/gnu.tar"; same "$work/plain.img" "$work/img"
tar -C "$src" --format=gnu -cf - . | build -x-1 --tar=f "$work/img"; same "$work/plain.img" "$work/img"
if command -v bsdtar >/dev/null; then
	bsdtar -C "$src" --format=pax -cf - . | build -x-1 --tar=f "$work/img"
	same "$work/plain.img" "$work/img"
fi
if command -v python3 >/dev/null; then
	(cd "$src" && python3 -c '
import sys, tarfile
for name, form in (("p.tar", tarfile.PAX_FORMAT), ("g.tar", tarfile.GNU_FORMAT)):
	with tarfile.open(sys.argv[1] + "/" + name, "w", format=form) as t:
		t.add(".")' "$work")
	for name in p g; do
		build -x-1 --tar=f "$work/img" "$work/$name.tar"; same "$work/plain.img" "$work/img"
	done
fi

# What the options ask for holds as for a directory.
for option in --all-root --uid-offset=5 "--force-gid=9 --hard-dereference" --exclude-regex=big \
	"--exclude-path=a --exclude-path=d/e" -T3 -zlz4 --chunksize=4096 -Enoinline_data -b512; do
	can_build "$option" || continue
	# shellcheck disable=SC2086
	"$MKFS" --quiet -Uclear -T3 -x-1 $option --ishare "$work/a.img" "$src" || fail "$option"
	# shellcheck disable=SC2086
	build -T3 -x-1 --all-time $option --tar=f "$work/b.img" "$work/gnu.tar"
	same "$work/a.img" "$work/b.img"
done

# git archive, which names no root and gives all members a global header.
command -v git > /dev/null || exit 0
mkdir "$work/repository" "$work/extracted"
(cd "$work/repository" && git init -q . && mkdir d && echo x > d/file && echo y > script && chmod +x script &&
	ln -s d/file link && git add . && git -c user.name=x -c user.email=x@example.org commit -qm x &&
	git archive --format=tar HEAD > "$work/git.tar") 2> /dev/null || exit 0
tar -C "$work/extracted" -xpf "$work/git.tar"
chmod 777 "$work/extracted"
"$MKFS" --quiet -T0 -Uclear --all-root --ishare "$work/a.img" "$work/extracted" || fail "extracted"
"$MKFS" --quiet -T0 -Uclear --all-root --ishare --tar=f "$work/b.img" "$work/git.tar" || fail "git archive"
same "$work/a.img" "$work/b.img"
