#!/bin/bash
# on-start.sh IDLE_MINUTES DOCKER(yes|no) REQUIREMENT "CONDA_ENVIRONMENTS"
# The work of a notebook instance's OnStart: root runs it at every start, unpacked by unpack.sh. By then the root volume
# is new and only ~/SageMaker is kept. SageMaker fails the start when this takes over 5 minutes or exits with anything
# but 0. So no step keeps the next one from running, nothing here waits for a download, and the exit status is 1 only
# when a required step failed for another reason than a full disk.
set -uo pipefail
# SageMaker's own PATH has a relative folder in it and lacks /usr/local/bin.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
cd / || exit 1

idle_minutes=$1
docker_wanted=$2
requirement=$3
read -r -a conda_environments < <(echo "$4")

user=ec2-user
volume=/home/ec2-user/SageMaker
conda=/home/ec2-user/anaconda3
# In memory, so that a full disk keeps none of it away.
tools=/run/launchpad
logs=/var/log/launchpad

# A required step that fails keeps the notebook from starting: an instance that nothing stops is the bill.
steps='idle folders environment docker install'
required='idle'
failed=''

log() {
    local line
    line="$(date -u +%Y-%m-%dT%H:%M:%SZ) $*"
    echo "$line"
    echo "$line" 2>/dev/null >>"$logs/on-start.log"
}

as_user() {
    # Whatever is written to the volume is written as its user: root must not follow a link that the user left there.
    runuser -u "$user" -- "$@"
}

put() {
    # put MODE FILE: standard input becomes FILE in one move, so a full disk leaves the former file whole.
    mkdir -p "$(dirname "$2")"
    cat >"$2.new"
    chmod "$1" "$2.new"
    mv -f "$2.new" "$2"
}

python_with() {
    local python
    for python in /usr/bin/python3 "$conda"/envs/{JupyterSystemEnv,python3}/bin/python; do
        if [ -x "$python" ] && "$python" -c "import $1" 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "no Python on this instance has $1" >&2
    return 1
}

control() {
    # control SECONDS ARGUMENTS: all that may be waited for in one start has to stay under the five minutes.
    timeout "$1" systemctl "${@:2}"
}

full_disks() {
    # Inodes run out as well as bytes: df tells both.
    local folder unit free where
    for folder in / "$volume"; do
        for unit in k i; do
            read -r free where < <(df -P"$unit" "$folder" 2>/dev/null | awk 'NR == 2 && $2 > 0 {print $4, $6}') || continue
            if [ "$unit" = k ] && [ "$free" -lt 65536 ]; then
                echo "DISK FULL: $where has $free KiB left"
            elif [ "$unit" = i ] && [ "$free" -lt 100 ]; then
                echo "DISK FULL: $where has $free inodes left"
            fi
        done
    done
}

step_idle() {
    local python
    if [ "$idle_minutes" = 0 ]; then
        echo "off: nothing stops this instance but you"
        return
    fi
    python=$(python_with boto3)
    # A systemd timer, because Amazon Linux 2023 has no cron.
    put 644 /etc/systemd/system/launchpad-idle.service <<LAUNCHPAD_FILE
[Unit]
Description=Stop this notebook instance when it is idle
[Service]
Type=oneshot
TimeoutStartSec=180
ExecStart=/bin/bash -c '"$python" $tools/idle_stop.py --idle-minutes $idle_minutes >>$logs/idle.log 2>&1'
LAUNCHPAD_FILE
    put 644 /etc/systemd/system/launchpad-idle.timer <<'LAUNCHPAD_FILE'
[Unit]
Description=Look every five minutes whether this notebook instance is idle
[Timer]
OnActiveSec=5min
OnUnitActiveSec=5min
[Install]
WantedBy=timers.target
LAUNCHPAD_FILE
    control 20 daemon-reload
    control 20 enable --now launchpad-idle.timer
    echo "stops after $idle_minutes idle minutes; log in $logs/idle.log"
}

step_folders() {
    local name
    chown -h "$user:" "$volume"
    for name in data models notebooks tmp .launchpad; do
        [ -d "$volume/$name" ] || as_user mkdir "$volume/$name"
        chown -h "$user:" "$volume/$name"
    done
}

step_environment() {
    local python changed
    python=$(python_with json)
    changed=$({
        cat "$tools/variables"
        # On a full volume the small root volume has to do, or nothing would run to clean up with.
        if [ -d "$volume/tmp" ] && [[ "$(full_disks)" != *" $volume "* ]]; then echo "TMPDIR=$volume/tmp"; fi
    } | "$python" "$tools/settings.py" environment)
    if [ -n "$changed" ]; then
        echo "written: ${changed//$'\n'/, }"
        # The server reads the profile when it starts; kernels that are not IPython inherit it from there.
        control 10 --no-block try-restart jupyter-server || echo "jupyter-server was not restarted"
    fi
}

docker_root() {
    timeout 10 docker info --format '{{.DockerRootDir}}' 2>/dev/null
}

step_docker() {
    local data=$volume/.docker/data temporary=$volume/.docker/tmp former=$tools/daemon.json.before
    local daemon=/etc/docker/daemon.json unit=/etc/systemd/system/docker.service.d/launchpad.conf
    if [ "$docker_wanted" != yes ]; then
        echo "not wanted here"
        return
    fi
    if ! command -v docker >/dev/null; then
        echo "there is no Docker on this instance"
        return
    fi
    mkdir -p "$data" "$temporary"
    chmod 700 "$temporary"
    if [ "$(docker_root)" = "$data" ]; then
        echo "already on $data"
        return
    fi
    rm -f "$former"
    [ ! -e "$daemon" ] || cp -p "$daemon" "$former"
    "$(python_with json)" "$tools/settings.py" docker "$daemon" "$data"
    printf '[Service]\nEnvironment=DOCKER_TMPDIR=%s\n' "$temporary" | put 644 "$unit"
    if control 20 daemon-reload && control 60 restart docker && [ "$(docker_root)" = "$data" ]; then
        echo "moved to $data"
        return
    fi
    echo "Docker did not come up on $data: its former configuration is put back"
    rm -f "$unit" "$daemon"
    [ ! -e "$former" ] || cp -p "$former" "$daemon"
    control 20 daemon-reload || true
    control 60 restart docker || echo "and Docker does not start with that one either"
    return 1
}

step_install() {
    if [ -z "$requirement" ]; then
        echo "nothing to install"
        return
    fi
    as_user bash "$tools/install.sh" check
    # In a session of its own: the install outlives this script, which has five minutes. A program and not a function,
    # since bash keeps a function's former output open, and whoever reads that would wait for the install.
    setsid runuser -u "$user" -- bash "$tools/install.sh" run "$requirement" "${conda_environments[@]}" \
        </dev/null >/dev/null 2>&1 &
    echo "$requirement is installed in the background; see $volume/.launchpad/install-status.json"
}

run_step() {
    local output status
    # A plain assignment: as a condition (`if output=...`) bash would ignore `set -e` in the step.
    output=$(set -e; "step_$1" 2>&1)
    status=$?
    [ -z "$output" ] || printf '%s\n' "$output" | while IFS= read -r line; do log "$1: $line"; done
    if [ "$status" = 0 ]; then
        log "$1: done"
    else
        log "$1: FAILED with exit status $status"
        failed="$failed $1"
    fi
}

main() {
    local name disks exit_status=0
    mkdir -p "$logs"
    for name in $steps; do run_step "$name"; done
    disks=$(full_disks)
    [ -z "$disks" ] || printf '%s\n' "$disks" | while IFS= read -r line; do log "$line"; done
    if [ -z "$failed" ]; then
        log "everything is done"
        return
    fi
    for name in $required; do
        [[ " $failed " != *" $name "* ]] || exit_status=1
    done
    if [ "$exit_status" = 1 ] && [ -n "$disks" ]; then
        log "the instance starts all the same, so that you can make room on its disk"
        exit_status=0
    fi
    log "FAILED steps:$failed; exit status $exit_status"
    return "$exit_status"
}

main
