#!/bin/bash
# Installs one pinned requirement into conda environments, as the notebook's user, in the background.
# install.sh check: can this user write here?   install.sh run REQUIREMENT ENVIRONMENT...
# The conda environments are new at every start, so the mark of a finished install lies in the environment itself:
# a failed install leaves none and is tried again at the next start.
set -uo pipefail

state=/home/ec2-user/SageMaker/.launchpad
conda=/home/ec2-user/anaconda3

status() {
    # status STATE REQUIREMENT ENVIRONMENTS: the values come from a checked pattern that has no quote in it.
    printf '{"state": "%s", "requirement": "%s", "environments": "%s", "time": "%s", "log": "%s"}\n' \
        "$1" "$2" "$3" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$state/install.log" >"$state/install-status.json.new" &&
        mv -f "$state/install-status.json.new" "$state/install-status.json"
}

missing() {
    local requirement=$1 environment
    shift
    for environment; do
        [ "$(cat "$conda/envs/$environment/.launchpad-installed" 2>/dev/null)" = "$requirement" ] || echo "$environment"
    done
}

install_one() {
    local requirement=$1 prefix=$conda/envs/$2
    echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $requirement into $prefix"
    # In an isolated network a wrong index would otherwise be tried for hours.
    timeout 3600 "$prefix/bin/python" -m pip install --disable-pip-version-check --no-input "$requirement" &&
        echo "$requirement" >"$prefix/.launchpad-installed"
}

run() {
    local requirement=$1 environment left
    shift
    exec 9>"$state/install.lock"
    flock -n 9 || return 0
    left=$(missing "$requirement" "$@")
    [ -n "$left" ] || return 0
    exec >>"$state/install.log" 2>&1
    # For TMPDIR, and for PIP_INDEX_URL where the platform sets one.
    # shellcheck source=/dev/null
    [ ! -r /etc/profile.d/launchpad.sh ] || . /etc/profile.d/launchpad.sh
    export PIP_CACHE_DIR=$state/pip-cache
    status running "$requirement" "$*"
    for environment in $left; do
        install_one "$requirement" "$environment" || echo "FAILED: $environment"
    done
    left=$(missing "$requirement" "$@")
    if [ -z "$left" ]; then
        status "done" "$requirement" "$*"
    else
        status failed "$requirement" "${left//$'\n'/ }"
        return 1
    fi
}

check() {
    local probe=$state/write-test
    echo "there is room for a log, a status and a lock in this file" >"$probe" && rm -f "$probe"
}

"$@"
