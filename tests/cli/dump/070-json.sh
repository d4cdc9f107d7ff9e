#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --json is JSON: the contract's keys, the same facts as the text, any name kept byte for byte.
. "${srcdir:-.}/tests/lib.sh"
need python3
mkdir -p "$work/tree/dir"
python3 - "$work/tree" <<'END'
import os, sys
names = [b'quote"back\\slash', b'new\nline', b'\x01\x1b[31m', b'\xff\xfe', 'é中🐧'.encode(), b'\xed\xa0\x80', b'<b>&\'']
for i, name in enumerate(names):
    with open(os.path.join(sys.argv[1].encode(), name), 'wb') as f:
        f.write(b'content %d' % (i // 2))
END
"$MKFS" --quiet -L LABEL --ishare=sha256 "$work/a.erofs" "$work/tree"
"$MKFS" --quiet "$work/u.erofs" "$work/tree"
got=0; "$DUMP" --json "$work/a.erofs" > "$work/out" 2> "$work/err" || got=$?
[ $got = 0 ] || { grep -q 'built without' "$work/err" && skip "a build without json-c"; fail "$(cat "$work/err")"; }

python3 - "$DUMP" "$work" <<'END'
import json, os, subprocess, sys
dump, work = sys.argv[1:]
def run(*args):
    return json.loads(subprocess.run([dump, '--json', *args], check=True, capture_output=True).stdout)
a, u = work + '/a.erofs', work + '/u.erofs'
names = sorted(os.listdir(os.fsencode(work + '/tree')))

d = run('-sS', '--path=/', '--ls', '-e', a)
assert list(d) == ['superblock', 'statistics', 'inode'], list(d)
assert d['superblock']['label'] == 'LABEL' and 'ishare_xattrs' in d['superblock']['compat_features']
assert d['superblock']['checksum_ok'] is True and d['superblock']['minimum_linux_ishare'] == '7.0'
assert d['statistics']['types']['regular file'] == len(names) - 1
assert d['statistics']['names'] == len(names) + 1
listed = sorted(os.fsencode(e['name']) for e in d['inode']['entries'])
assert listed == sorted(names + [b'.', b'..']), listed
assert sum(e['length'] for e in d['inode']['extents']) == d['inode']['size']

d = run('--ishare', a)
assert sorted(os.fsencode(f['path'])[1:] for f in d['fingerprints']) == [n for n in names if n != b'dir']
assert d['files'] == d['tagged'] == len(d['fingerprints']) and d['xattr'] == 'erofs.fingerprint.v1'
assert all(f['form'] == 'raw' for f in d['fingerprints'])
d = run('--ishare', u)
assert d['tagged'] == 0 and d['xattr'] is None and all(f['fingerprint'] is None for f in d['fingerprints'])

d = run('--ishare-groups', a, a, u)
assert list(d) == ['images', 'totals', 'groups', 'near_misses'], list(d)
assert [list(i) for i in d['images']] == [['path', 'uuid', 'block_size', 'files', 'tagged', 'bytes']] * 3
assert list(d['totals']) == ['files', 'tagged', 'groups', 'unshared_bytes', 'shared_bytes', 'saved_bytes', 'reduction']
t = d['totals']
assert t['unshared_bytes'] - t['shared_bytes'] == t['saved_bytes'] == sum(g['saved_bytes'] for g in d['groups'])
assert abs(t['reduction'] - t['saved_bytes'] / t['unshared_bytes']) < 1e-6
assert t['unshared_bytes'] == sum(i['bytes'] for i in d['images'])
assert t['groups'] == len(d['groups'])
for g in d['groups']:
    assert list(g) == ['fingerprint', 'size', 'class', 'copies', 'saved_bytes', 'members'], list(g)
    assert g['copies'] == len(g['members']) >= 2 and all(m['image'] in (0, 1) for m in g['members'])
    assert all(list(m) == ['image', 'path'] for m in g['members'])
assert [g['saved_bytes'] for g in d['groups']] == sorted((g['saved_bytes'] for g in d['groups']), reverse=True)
members = sorted(os.fsencode(m['path'])[1:] for g in d['groups'] for m in g['members'] if m['image'] == 0)
assert members == [n for n in names if n != b'dir'], members
assert d['near_misses'] and all(list(n) == ['reason', 'fingerprint', 'members'] for n in d['near_misses'])
assert {n['reason'] for n in d['near_misses']} == {'untagged'}
END
