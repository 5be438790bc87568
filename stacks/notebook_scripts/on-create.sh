#!/bin/bash
# OnCreate of a notebook instance's lifecycle configuration: root runs it once in the instance's life, before the first
# OnStart, which does all that has to be there at every start. What is done here is what a user may delete for good.
set -uo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

volume=/home/ec2-user/SageMaker

welcome() {
    cat <<'LAUNCHPAD_FILE'
This volume is kept when the instance stops; everything outside ~/SageMaker is not.

data/ models/ notebooks/   yours
tmp/                       temporary files (TMPDIR)
.docker/                   Docker's images and containers, where Docker is wanted
.launchpad/                install-status.json and install.log: what is installed at each start

The platform's buckets, roles and keys are environment variables in terminals and kernels: env | grep LAUNCHPAD_
What the last start did: /var/log/launchpad/on-start.log. Why the instance stops or not: /var/log/launchpad/idle.log.
LAUNCHPAD_FILE
}

# A full or odd volume is no reason to have no notebook: a failure is told, and the instance starts.
chown -h ec2-user: "$volume"
# shellcheck disable=SC2016 # the inner shell, which is the user's, expands it
if welcome | runuser -u ec2-user -- bash -c 'cat >"$0/README.txt"' "$volume"; then
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) README.txt written to $volume"
else
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) FAILED: no README.txt on $volume; df says: $(df -Pk "$volume" | tail -n 1)"
fi
