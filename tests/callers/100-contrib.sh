#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/: the pipelines are what they say they are, and their commands, taken out of them, do their work:
# an image within the budget passes, one beyond does not.
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/callers/callers.sh"

# mount-shared: checks first, keeps the secret, mounts with both options.
make_tree "$work/tree"
run mkfs.erofs --quiet --ishare=sha256 "$work/img" "$work/tree"
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$*" >> "$MOUNTED"\n' > "$work/bin/mount"; chmod +x "$work/bin/mount"
MOUNTED=$work/mounted; EROFS_DOMAIN_FILE=$work/secret; export MOUNTED EROFS_DOMAIN_FILE
shared() { expect_status "$1" "$srcdir/contrib/mount-shared" "$work/img" "$work/mnt" noatime; }
shared 1
echo 'a,b' > "$work/secret"; chmod 600 "$work/secret"; shared 1
echo 'team-a' > "$work/secret"; chmod 644 "$work/secret"; shared 1
[ ! -e "$work/mounted" ] || fail "mounted without a secret"
chmod 600 "$work/secret"; shared 0
[ "$(cat "$work/mounted")" = "-t erofs -o ro,nodev,inode_share,domain_id=team-a,noatime $work/img $work/mnt" ] ||
	fail "mount options: $(cat "$work/mounted")"
rm "$work/mounted"
grep -c sha256: "$work/img" > /dev/null || fail "no tag to forge"
LC_ALL=C sed 's/sha256:../sha256:##/' "$work/img" > "$work/forged"; mv "$work/forged" "$work/img"
! "$srcdir/contrib/mount-shared" "$work/img" "$work/mnt" > "$work/out" 2>&1 || fail "a forged image is mounted"
[ ! -e "$work/mounted" ] || fail "a forged image reaches mount"
rm "$work/bin/mount"

need python3 bash
python3 -c 'import yaml, tomllib' 2>/dev/null || skip "no YAML or TOML in this python3"
python3 - "$srcdir/contrib" "$work" <<'END'
import os, subprocess, sys, tomllib, yaml
contrib, work = sys.argv[1:]
flow = yaml.safe_load(open(contrib + '/github-workflow.yml'))
lab = yaml.safe_load(open(contrib + '/gitlab-ci.yml'))
toml = tomllib.load(open(contrib + '/containerd-config.toml', 'rb'))

def run(scripts, env, folder):
    env = {**os.environ, **{k: str(v) for k, v in env.items()}, 'GITHUB_STEP_SUMMARY': folder + '/summary.md'}
    for script in scripts:
        status = subprocess.run(['bash', '-eo', 'pipefail', '-c', script], env=env, cwd=folder).returncode
        if status:
            return status
    return 0

# What needs a network, a token or the user's own script is not run here; everything else is.
steps = flow['jobs']['image']['steps']
named = {s['name']: s['run'] for s in steps if 'run' in s}
assert set(named) == {'install', 'root file system', 'build', 'check', 'gate', 'comment', 'keep'}, set(named)
assert flow[True]['pull_request'] is None and 'push' in flow[True]
assert 'diff.md' in named['comment']
github = [named[n] for n in ('build', 'check', 'gate')]
gitlab = lab['erofs-image']['script']

def pipeline(name, scripts, keep, env):
    folder = f'{work}/{name}'
    os.makedirs(folder + '/rootfs/bin')
    for i in range(3):
        open(f'{folder}/rootfs/bin/{i}', 'wb').write(os.urandom(100000))
    assert run(scripts + keep, env, folder) == 0, name + ': the first image'
    assert os.path.exists(folder + '/old/app.erofs')
    open(f'{folder}/rootfs/bin/new', 'wb').write(os.urandom(90000))
    assert run(scripts, {**env, 'BUDGET': '90112'}, folder) == 0, name + ': within the budget'
    subprocess.run(['cp', '-p', folder + '/old/app.erofs', folder + '/kept'], check=True)
    return folder

folder = pipeline('github', github, [named['keep']], flow['env'])
assert 'within budget' in open(folder + '/summary.md').read()
assert run(github, {**flow['env'], 'BUDGET': '90111'}, folder) == 1, 'github: beyond the budget'
assert 'over budget' in open(folder + '/diff.md').read()
subprocess.run(['sed', '-i', 's/sha256:../sha256:##/', folder + '/app.erofs'], check=True, env={'LC_ALL': 'C'})
assert run([named['check']], flow['env'], folder) != 0, 'github: a forged tag'

folder = f'{work}/gitlab'
env = lab['erofs-image']['variables']
os.makedirs(folder + '/rootfs')
for budget, size, status in ((env['BUDGET'], 4096, 0), ('8k', 8192, 0), ('8k', 12289, 1)):
    open(f'{folder}/rootfs/file', 'wb').write(os.urandom(size))
    got = run(gitlab, {**env, 'BUDGET': budget}, folder)
    if got and not os.path.getsize(folder + '/diff.json'):
        sys.exit(0)     # a build without json-c
    assert got == status, (got, budget, size)

# containerd: the options of the fragment, as the differ for directories has them.
differ = toml['plugins']['io.containerd.differ.v1.erofs']
assert toml['plugins']['io.containerd.service.v1.diff-service']['default'] == ['erofs', 'walking']
assert toml['version'] == 3 and differ['enable_tar_index'] is False
layer = work + '/layer.erofs'
def differs():
    subprocess.run(['mkfs.erofs', '--quiet', '-Enoinline_data', *differ['mkfs_options'],
        '-U', '01234567-89ab-4cde-8f01-23456789abcd', layer, folder + '/rootfs'], check=True)
    return open(layer, 'rb').read()
first = differs()
assert first == differs(), 'a layer is not the same twice'
subprocess.run(['fsck.erofs', '--check-ishare', layer], check=True, stdout=subprocess.DEVNULL)
END
