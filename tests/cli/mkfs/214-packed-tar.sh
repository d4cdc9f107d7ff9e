#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Packed archives are held against the sums and lengths that stand behind them; what is written on the way is whole
# or not there.
. "${srcdir:-.}/tests/lib.sh"
need tar gzip python3

mkdir "$work/src" "$work/dst"
head -c 3000000 /dev/urandom > "$work/src/a"
seq 300000 > "$work/src/b"
tar -C "$work/src" -cf "$work/t.tar" .

build() { "$MKFS" --quiet -T0 -Uclear --ishare --tar=f "$@"; }
build "$work/good" "$work/t.tar"
gzip -nc "$work/t.tar" > "$work/t.gz"
if ! build "$work/img" "$work/t.gz" 2> "$work/err"; then
	grep -q 'without zlib' "$work/err" || { cat "$work/err"; fail "gzip"; }
	skip "a build without zlib"
fi
same "$work/good" "$work/img"

# flip FILE BYTE: from the end.
flip() {
	python3 -c '
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[-int(sys.argv[2])] ^= 0x10
open(sys.argv[3], "wb").write(data)' "$1" "$2" "$work/bad"
}
# refused WORDS
refused() {
	for form in f i; do
		expect_status 1 "$MKFS" --quiet --tar=$form ${raw:+"--ungzip=$raw"} "$work/dst/img" "$work/bad"
		grep -q "cannot unpack: $1" "$work/err" || { cat "$work/err"; fail "no word of $1"; }
		[ -z "$(ls -A "$work/dst")" ] || fail "something is left: $1"
	done
}
raw=$work/dst/raw
for byte in 1 2 3 4; do flip "$work/t.gz" $byte; refused 'the length of the gzip stream is wrong'; done
for byte in 5 6 7 8; do flip "$work/t.gz" $byte; refused 'the check sum of the gzip stream is wrong'; done
for cut in 1 4 8 9 1000; do
	head -c -$cut "$work/t.gz" > "$work/bad"; refused 'the gzip stream ends too soon'
done
{ cat "$work/t.gz"; echo garbage; } > "$work/bad"; refused 'garbage behind the gzip stream'
{ cat "$work/t.gz"; printf '\0\0x'; } > "$work/bad"; refused 'garbage behind the gzip stream'
{ cat "$work/t.gz"; printf '\037'; } > "$work/bad"; refused 'the gzip stream ends too soon'
gzip -c < "$work/t.gz" > "$work/bad"
expect_status 1 "$MKFS" --quiet --tar=f --ungzip="$work/dst/raw" "$work/dst/img" "$work/bad"
grep -q 'invalid tar magic' "$work/err" || { cat "$work/err"; fail "packed twice"; }
[ -z "$(ls -A "$work/dst")" ] || fail "something is left of what was packed twice"

# Several streams one behind the other are one, and so are zeros behind them; so is a header with all its parts.
python3 - "$work/t.tar" > "$work/many.gz" <<'EOT2'
import struct, sys, zlib
data = open(sys.argv[1], 'rb').read()
out = sys.stdout.buffer
for i, part in enumerate((data[:1000], b'', data[1000:2000000], data[2000000:])):
	flags, extra = 0, b''
	if i:
		flags, extra = 31, struct.pack('<H', 300) + b'x' * 300 + b'name\0comment\0' + b'\0\0'
	c = zlib.compressobj(6, zlib.DEFLATED, -15)
	out.write(bytes((31, 139, 8, flags)) + bytes(6) + extra + c.compress(part) + c.flush())
	out.write(struct.pack('<II', zlib.crc32(part), len(part)))
out.write(bytes(5000))
EOT2
build --ungzip="$work/raw" "$work/img" < "$work/many.gz"
same "$work/good" "$work/img"; same "$work/t.tar" "$work/raw"

# The other formats: a wrong check sum is found by libarchive. What stands behind the stream is no part of it; xz and
# zstd have no zeros of any number there.
lzip() {
	python3 - "$2" <<'EOT2'
import lzma, struct, sys, zlib
data = open(sys.argv[1], 'rb').read()
filters = [{'id': lzma.FILTER_LZMA1, 'preset': 1, 'dict_size': 1 << 20}]
body = lzma.compress(data, lzma.FORMAT_ALONE, filters=filters)[13:]
end = struct.pack('<IQQ', zlib.crc32(data), len(data), len(body) + 26)
sys.stdout.buffer.write(b'LZIP\1\x14' + body + end)
EOT2
}
lzma() { xz --format=lzma "$@"; }
raw=
for packer in 'xz 20' 'zstd 1' 'bzip2 6' 'lz4 1' 'lzip 18' 'lzma 20000'; do
	command -v "${packer% *}" > /dev/null || continue
	"${packer% *}" -qc "$work/t.tar" > "$work/packed" 2> /dev/null || continue
	build "$work/img" "$work/packed" 2> /dev/null || continue
	same "$work/good" "$work/img"
	flip "$work/packed" "${packer#* }"
	expect_status 1 "$MKFS" --quiet --tar=f "$work/dst/img" "$work/bad"
	grep -q 'cannot unpack' "$work/err" || { cat "$work/err"; fail "${packer% *}"; }
	for rest in 'x' '\0x' 'BZx0x1x2x3x4x5x6x7x8x9'; do
		# shellcheck disable=SC2059
		{ cat "$work/packed"; printf "$rest"; } > "$work/bad"
		case $packer in xz*|zstd*) refused '' ;; *) refused "garbage behind the ${packer% *} stream" ;; esac
	done
	{ cat "$work/packed"; head -c 300000 /dev/zero; } > "$work/zeros"
	case $packer in zstd*) continue ;; esac
	build "$work/img" "$work/zeros"; same "$work/good" "$work/img"
	{ cat "$work/zeros"; echo x; } > "$work/bad"; refused ''
done

# What it unpacks to may be a pipe.
build --ungzip=/dev/null "$work/img" "$work/t.gz"; same "$work/good" "$work/img"
mkfifo "$work/pipe"
cat "$work/pipe" > "$work/raw" & reader=$!
build --ungzip="$work/pipe" "$work/img" "$work/t.gz"; wait $reader
same "$work/t.tar" "$work/raw"; [ -p "$work/pipe" ] || fail "a file in place of the pipe"

# Points from which parts can be unpacked; one per 4 MiB and one where each stream begins.
head -c 5000000 /dev/urandom > "$work/src/c"
tar -C "$work/src" -cf "$work/t.tar" .
gzip -nc "$work/t.tar" > "$work/t.gz"
for form in f i; do
	"$MKFS" --quiet --tar=$form --gzinfo="$work/info" "$work/img" < "$work/t.gz" || fail "--gzinfo"
	python3 - "$work/info" "$work/t.gz" "$work/t.tar" <<'EOT2' || fail "points of --tar=$form"
import struct, sys, zlib
info, packed, data = (open(name, 'rb').read() for name in sys.argv[1:])
count, span = struct.unpack_from('<IQ', info)
assert count == 3 and span == 4 << 20 and len(info) == 12 + count * (17 + 32768)
last = -1
for i in range(count):
	at, out, bits = struct.unpack_from('<QQB', info, 12 + i * (17 + 32768))
	window = info[29 + i * (17 + 32768):][:32768]
	assert out > last and (at, out) != (0, 0) and bits < 8 and (i or (at, out) == (10, 0))
	assert not out or window == data[out - 32768:out]
	if not bits:
		d = zlib.decompressobj(-15, zdict=window) if out else zlib.decompressobj(-15)
		assert d.decompress(packed[at:], 100000) == data[out:out + 100000]
	last = out
EOT2
done
"$MKFS" --quiet --tar=i --gzinfo="$work/info" "$work/img" < "$work/many.gz"
[ "$(stat -c %s "$work/info")" = $((12 + 4 * (17 + 32768))) ] || fail "points of several streams"
# Streams of a few bytes do not make it larger than they are, and from each point all can be reached.
python3 - > "$work/tiny.gz" <<'EOT2'
import gzip, io, random, sys, tarfile
data, archive = random.Random(1).randbytes(6000000), io.BytesIO()
with tarfile.open(fileobj=archive, mode='w') as tar:
	member = tarfile.TarInfo('file'); member.size = len(data)
	tar.addfile(member, io.BytesIO(data))
data, at = archive.getvalue(), 0
for step in [500] * 3000 + [4600000]:
	sys.stdout.buffer.write(gzip.compress(data[at:at + step], 1, mtime=0)); at += step
EOT2
"$MKFS" --quiet --tar=i --gzinfo="$work/info" "$work/img" < "$work/tiny.gz"
[ "$(stat -c %s "$work/info")" -le $((12 + 258 * (17 + 32768))) ] || fail "points of tiny streams"
gzip -dc < "$work/tiny.gz" > "$work/raw"
python3 - "$work/info" "$work/tiny.gz" "$work/raw" <<'EOT2' || fail "points of tiny streams are wrong"
import struct, sys, zlib
info, packed, data = (open(name, 'rb').read() for name in sys.argv[1:])
count, span = struct.unpack_from('<IQ', info)
points = [struct.unpack_from('<QQB', info, 12 + i * (17 + 32768)) for i in range(count)]
assert len(info) == 12 + count * (17 + 32768) and points[0][1] == 0 and points[255][1] == 255 * 500
at, out, bits = points[255]
got, rest, form = b'', packed[at:], -15
while len(got) < 1400000:
	d = zlib.decompressobj(form); got += d.decompress(rest); form = 31
	rest = d.unused_data[8:] if len(rest) + at == len(packed) else d.unused_data
assert data[out:].startswith(got)
EOT2
expect_status 1 "$MKFS" --quiet --tar=f --gzinfo="$work/dst/info" "$work/dst/img" "$work/t.tar"
grep -q 't.tar: not packed with gzip' "$work/err" || fail "points of what is not packed"
flip "$work/t.gz" 5
expect_status 1 "$MKFS" --quiet --tar=f --gzinfo="$work/dst/info" "$work/dst/img" "$work/bad"
[ -z "$(ls -A "$work/dst")" ] || fail "points of a damaged stream are left"

# Whoever is interrupted leaves nothing, and of an old file all: of the image, and of what is written beside it.
env --default-signal=INT true 2>/dev/null || skip "env cannot restore signals"
echo old > "$work/dst/raw"
# interrupted SIGNAL [COMMAND...]
interrupted() {
	signal=$1; shift
	mkfifo "$work/slow"
	env --default-signal=INT "$@" "$MKFS" --quiet --tar=f --sort=none -Enoinline_data --ungzip="$work/dst/raw" \
		--gzinfo="$work/dst/info" --vmdk-desc="$work/dst/vmdk" "$work/dst/img" "$work/slow" 2> /dev/null &
	builder=$!
	exec 3> "$work/slow"
	head -c 8000000 "$work/t.gz" >&3
	sleep 0.2
	kill -s "$signal" $builder
	wait $builder 2>/dev/null || :
	exec 3>&-
	rm "$work/slow"
	[ "$(cat "$work/dst/raw")" = old ] || fail "$signal: the old file was touched"
	[ "$(ls -A "$work/dst")" = raw ] || { ls -A "$work/dst"; fail "$signal left something"; }
}
for signal in INT TERM KILL; do interrupted $signal; done
make_bare
for signal in INT TERM; do interrupted $signal unshare -m "$work/bare"; done
