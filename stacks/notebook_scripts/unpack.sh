#!/bin/bash
# OnStart of this notebook instance's lifecycle configuration: unpacks the platform's scripts and runs on-start.sh.
# They travel compressed, because a lifecycle script may have 16,384 characters after Base64. Made by
# stacks/constructs/lifecycle_scripts.py from the files in stacks/notebook_scripts/, which are the ones to read.
set -uo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
tools=/run/launchpad
# bash keeps here-documents in files: not on a disk that may be full.
export TMPDIR=/run
umask 022
mkdir -p "$tools"

cat >"$tools/variables" <<'LAUNCHPAD_VARIABLES'
@variables@
LAUNCHPAD_VARIABLES

cat >"$tools/payload" <<'LAUNCHPAD_PAYLOAD'
@payload@
LAUNCHPAD_PAYLOAD

unpack='import base64, bz2, json, sys
for name, text in json.loads(bz2.decompress(base64.b85decode(open("payload").read().strip()))).items():
    open(name, "w").write(text)'
cd "$tools" || exit 1
for python in /usr/bin/python3 /home/ec2-user/anaconda3/envs/*/bin/python; do
    if [ -x "$python" ] && "$python" -c "$unpack"; then
        unset TMPDIR
        exec bash "$tools/on-start.sh" @arguments@
    fi
done
echo "FAILED: no Python on this instance could unpack the platform's scripts"
exit 1
