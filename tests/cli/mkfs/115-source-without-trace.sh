#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that change while they are read without their size or time telling of it, as through a mapping on
# tmpfs: whatever becomes part of the image, its fingerprints say the truth about that.
[ ! -w /dev/shm ] || TMPDIR=/dev/shm
export TMPDIR=${TMPDIR:-/tmp}
. "${srcdir:-.}/tests/lib.sh"
need python3
[ "$(stat -f -c %T "$work")" = tmpfs ] || skip "no tmpfs in /dev/shm"
src=$work/src
mkdir "$src"

# Twins, large and small, with blocks of zeros and text that compresses.
cat > "$work/flip.py" <<'END'
import mmap, os, random, sys
names = [os.path.join(sys.argv[1], n) for n in ("a", "b", "c", "d")]
for n, size in zip(names, (3000001, 3000001, 60000, 60000)):
    with open(n, "wb") as f:
        f.write((b"some text " * (size // 10 + 1))[:size])
maps = []
for n in names:
    fd = os.open(n, os.O_RDWR)
    m = mmap.mmap(fd, 0)
    m[:] = m[:]  # the first write to a page changes the time of the file, later ones do not
    maps.append(m)
print("ready", flush=True)
parent = os.getppid()
while os.getppid() == parent and not os.path.exists(sys.argv[2]):
    for m in maps:
        at = random.randrange(len(m) - 5000)
        m[at:at + 4500] = bytes(4500) if random.random() < 0.5 else random.randbytes(4500)
END
python3 "$work/flip.py" "$src" "$work/stop" > "$work/ready" &
writer=$!
while ! grep -q ready "$work/ready"; do
	kill -0 $writer 2>/dev/null || fail "the writer ended"
	sleep 0.05
done
cp -p "$src/a" "$work/before"

# One image for each way to lay files out.
try() {
	expect_status 0 "$MKFS" --quiet --ishare "$@" "$work/img" "$src"
	expect_status 0 "$FSCK" --check-ishare "$work/img"
	grep -q "4 of 4 files tagged, 4 verified" "$work/out" || { cat "$work/out"; fail "$*"; }
}
try
try --ishare=sha512
try -E48bit
try --chunksize=4096
try --chunksize=1048576
if can_decode lz4; then
	try -zlz4
	try -zlz4 -C65536 -Eztailpacking
	try -zlz4 --ishare=blake2b512
	try -zlz4 -Eall-fragments
	try -zlz4 -Efragments
fi
: > "$work/stop"
wait $writer
cmp -s "$src/a" "$work/before" && fail "nothing changed"
exit 0
