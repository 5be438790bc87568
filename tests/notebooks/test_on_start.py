"""The deployed scripts, run by root on a sandboxed instance, with what goes wrong there."""

import json
import re
import time

import pytest

from stacks.constructs.lifecycle_scripts import SAGEMAKER_LOCAL, on_create_script, on_start_script
from tests.notebooks.sandbox import VOLUME

INSTALL_LIMIT = "3600"
DATA = f"{VOLUME}/.docker/data"
DAEMON = "/etc/docker/daemon.json"
STATUS = f"{VOLUME}/.launchpad/install-status.json"
MARK = "/home/ec2-user/anaconda3/envs/python3/.launchpad-installed"
HOSTILE = {
    "LAUNCHPAD_QUOTES": """it's "quoted" `touch /run/pwned` $(touch /run/pwned) ${HOME} \\n \\""",
    "LAUNCHPAD_SPACES": "  two  spaces, a # and a trailing one ",
    "LAUNCHPAD_ACCENTS": "Zürich 数据 = a=b;c&d|e",
    "LAUNCHPAD_EMPTY": "",
}


def start(instance, variables=None, **options):
    result = instance.script(on_start_script(variables or {"LAUNCHPAD_ENVIRONMENT": "dev"}, **options))
    assert result.stderr == ""
    return result


def installed(instance, state="done"):
    instance.wait_for(f'grep -q \'"state": "{state}"\' {STATUS}')
    return json.loads(instance.read(STATUS))


def exists(instance, path):
    return instance.run("/usr/bin/test", "-e", path).returncode == 0


def test_every_step_is_done_and_logged_with_its_time(instance):
    result = start(instance, docker=True)
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \S", line) for line in lines)
    for step in ("idle", "folders", "environment", "docker", "install"):
        assert any(line.endswith(f" {step}: done") for line in lines)
    assert instance.read("/var/log/launchpad/on-start.log") == result.stdout


def test_a_second_start_changes_nothing_and_restarts_nothing(instance):
    start(instance, docker=True)
    installed(instance)
    before, calls = instance.snapshot(), len(instance.calls("systemctl"))
    assert start(instance, docker=True).returncode == 0
    time.sleep(0.5)
    assert instance.snapshot() == before
    assert not [call for call in instance.calls("systemctl")[calls:] if "restart" in call]
    assert len(instance.calls("pip")) == 1


def test_working_folders_belong_to_the_user(instance):
    start(instance)
    owners = instance.shell(f"cd {VOLUME} && stat -c '%n %U %F' . data models notebooks tmp").stdout.splitlines()
    assert owners == [f"{name} ec2-user directory" for name in (".", "data", "models", "notebooks", "tmp")]


def test_folders_that_root_made_are_given_to_the_user(instance):
    instance.shell(f"mkdir {VOLUME}/data {VOLUME}/notebooks")
    start(instance)
    assert instance.shell(f"cd {VOLUME} && stat -c %U data notebooks").stdout.split() == ["ec2-user", "ec2-user"]


def test_links_that_a_user_leaves_lead_root_nowhere(instance):
    instance.shell(
        f"chown ec2-user: {VOLUME}; ln -s /etc {VOLUME}/data; mkdir -m 777 {VOLUME}/.launchpad;"
        f"ln -s /etc/passwd {VOLUME}/.launchpad/install.log; ln -s /etc/passwd {VOLUME}/README.txt"
    )
    former = instance.read("/etc/passwd")
    instance.script(on_create_script())
    start(instance)
    time.sleep(0.5)
    assert instance.read("/etc/passwd") == former
    assert instance.shell("stat -c %U /etc /etc/passwd").stdout.split() == ["root", "root"]


def test_a_systemd_that_hangs_keeps_the_start_under_five_minutes(instance):
    instance.write("/run/systemctl-hangs", "")
    # Each wait is cut to a hundredth and recorded in full.
    short = '#!/bin/bash\necho "$1" >>/var/log/stand-ins/timeout\nexec /usr/bin/timeout "0.$1" "${@:2}"\n'
    instance.write("/usr/local/bin/timeout", short, mode=755)
    result = start(instance, docker=True)
    assert "FAILED steps: idle docker; exit status 1" in result.stdout
    assert all(f"{step}: done" in result.stdout for step in ("folders", "environment", "install"))
    waits = [int(seconds) for seconds in instance.calls("timeout") if seconds != INSTALL_LIMIT]
    assert 100 < sum(waits) < 240
    assert not exists(instance, DAEMON)


class TestDocker:
    def test_data_and_temporary_files_move_to_the_volume(self, instance):
        start(instance, docker=True)
        assert instance.run("/usr/local/bin/docker", "info").stdout == DATA
        unit = instance.read("/etc/systemd/system/docker.service.d/launchpad.conf")
        assert unit == f"[Service]\nEnvironment=DOCKER_TMPDIR={VOLUME}/.docker/tmp\n"
        assert instance.calls("systemctl").count("restart docker") == 1

    def test_the_rest_of_its_configuration_is_kept(self, instance):
        former = {"runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}, "features": {"buildkit": True}}
        instance.write(DAEMON, json.dumps(former))
        start(instance, docker=True)
        settings = json.loads(instance.read(DAEMON))
        assert settings["runtimes"] == former["runtimes"]
        assert settings["features"] == {"buildkit": True, "containerd-snapshotter": False}
        assert settings["data-root"] == DATA

    def test_is_left_alone_where_it_is_not_wanted(self, instance):
        assert "docker: not wanted here" in start(instance, docker=False).stdout
        assert not exists(instance, DAEMON)
        assert "restart docker" not in instance.calls("systemctl")

    def test_missing_from_the_instance_is_no_failure(self, instance):
        instance.shell("rm -f $(PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin type -aP docker)")
        result = start(instance, docker=True)
        assert "docker: there is no Docker on this instance" in result.stdout
        assert result.stdout.endswith("everything is done\n")
        assert not exists(instance, DAEMON)

    @pytest.mark.parametrize("former", [None, '{"log-level": "warn"}'])
    def test_that_refuses_the_folder_gets_its_former_configuration_back(self, instance, former):
        if former:
            instance.write(DAEMON, former)
        instance.write("/run/docker-refuses", "")
        result = start(instance, docker=True)
        assert result.returncode == 0
        assert f"docker: Docker did not come up on {DATA}: its former configuration is put back" in result.stdout
        assert "FAILED steps: docker; exit status 0" in result.stdout
        assert instance.run("/usr/local/bin/docker", "info").stdout == "/var/lib/docker"
        assert (instance.read(DAEMON) if exists(instance, DAEMON) else None) == former
        assert not exists(instance, "/etc/systemd/system/docker.service.d/launchpad.conf")

    def test_configuration_that_is_no_json_is_kept_and_reported(self, instance):
        instance.write(DAEMON, "{not json")
        result = start(instance, docker=True)
        assert f"docker: {DAEMON} is no JSON" in result.stdout
        assert instance.read(DAEMON) == "{not json"
        assert "install: done" in result.stdout


class TestEnvironment:
    @pytest.mark.parametrize("shell", ["bash", "sh"])
    def test_values_reach_terminals_unharmed(self, instance, shell):
        start(instance, HOSTILE)
        for name, value in HOSTILE.items():
            assert instance.run(f"/bin/{shell}", "-lc", f'printf %s "${name}"', user="ec2-user").stdout == value
        assert not exists(instance, "/run/pwned")

    def test_values_are_in_the_settings_file_unharmed(self, instance):
        start(instance, HOSTILE)
        settings = json.loads(instance.read("/etc/launchpad/launchpad.json"))
        assert settings == {**HOSTILE, "TMPDIR": f"{VOLUME}/tmp"}

    def test_jupyter_is_restarted_once_for_it(self, instance):
        start(instance)
        start(instance)
        assert instance.calls("systemctl").count("--no-block try-restart jupyter-server") == 1

    def test_a_changed_value_replaces_the_former(self, instance):
        start(instance, {"LAUNCHPAD_A": "1", "LAUNCHPAD_B": "2"})
        start(instance, {"LAUNCHPAD_A": "3"})
        profile = instance.read("/etc/profile.d/launchpad.sh")
        assert profile == f"export LAUNCHPAD_A=3\nexport TMPDIR={VOLUME}/tmp\n"


class TestInstall:
    def test_goes_on_in_the_background(self, instance):
        instance.write("/run/pip-waits", "")
        assert start(instance).returncode == 0, "it ends although pip waits"
        assert installed(instance, "running")["requirement"] == SAGEMAKER_LOCAL
        instance.shell("rm /run/pip-waits")
        installed(instance)
        assert instance.read(MARK) == SAGEMAKER_LOCAL + "\n"

    def test_runs_as_the_user_with_its_files_on_the_volume(self, instance):
        start(instance, {"PIP_INDEX_URL": "https://example.com/simple/"})
        installed(instance)
        (call,) = instance.calls("pip")
        assert call.endswith(f"{SAGEMAKER_LOCAL} TMPDIR={VOLUME}/tmp PIP_INDEX_URL=https://example.com/simple/")
        log = f"{VOLUME}/.launchpad/install.log"
        assert instance.shell(f"stat -c %U {STATUS} {log} {MARK}").stdout.split() == ["ec2-user"] * 3
        assert "Collecting" in instance.read(log)

    def test_that_failed_is_reported_and_tried_again(self, instance):
        instance.write("/run/pip-fails", "")
        assert start(instance).returncode == 0
        assert installed(instance, "failed")["environments"] == "python3"
        assert "No matching distribution" in instance.read(f"{VOLUME}/.launchpad/install.log")
        instance.shell("rm /run/pip-fails")
        start(instance)
        installed(instance)

    def test_of_one_environment_may_fail_alone(self, instance):
        start(instance, conda_environments=["python3", "no_such_env"])
        assert installed(instance, "failed")["environments"] == "no_such_env"
        assert exists(instance, MARK)

    def test_is_not_started_twice(self, instance):
        instance.write("/run/pip-waits", "")
        start(instance)
        installed(instance, "running")
        start(instance)
        time.sleep(0.5)
        instance.shell("rm /run/pip-waits")
        installed(instance)
        assert len(instance.calls("pip")) == 1

    def test_is_left_out_where_nothing_is_wanted(self, instance):
        assert "install: nothing to install" in start(instance, requirement=None).stdout


class TestFullDisk:
    @pytest.mark.parametrize("fill", ["bytes", "inodes"])
    def test_of_the_volume_is_reported_and_the_notebook_starts(self, make_instance, fill):
        instance = make_instance(volume_options="size=1m" if fill == "bytes" else "size=1g,nr_inodes=3")
        instance.shell(f"cd {VOLUME}; cat /dev/zero >full 2>/dev/null; touch a b c d 2>/dev/null" * (fill == "bytes"))
        instance.shell(f"touch {VOLUME}/a {VOLUME}/b")
        created = instance.script(on_create_script())
        assert created.returncode == 0
        assert "FAILED: no README.txt" in created.stdout
        result = instance.script(on_start_script({"LAUNCHPAD_ENVIRONMENT": "dev"}, docker=True))
        assert result.returncode == 0
        assert re.search(rf"DISK FULL: {VOLUME} has \d+ {'KiB' if fill == 'bytes' else 'inodes'} left", result.stdout)
        assert "install: FAILED" in result.stdout
        assert "idle: done" in result.stdout
        assert instance.run("/bin/bash", "-lc", 'echo "$LAUNCHPAD_ENVIRONMENT"').stdout == "dev\n"

    def test_of_the_volume_leaves_temporary_files_off_it(self, make_instance):
        instance = make_instance(volume_options="size=1m")
        start(instance)
        assert "TMPDIR" not in instance.read("/etc/profile.d/launchpad.sh")

    def test_of_the_root_volume_is_reported_and_the_notebook_starts(self, instance):
        instance.shell("cat /dev/zero >/filler")
        result = instance.script(on_start_script({"LAUNCHPAD_ENVIRONMENT": "dev"}))
        assert result.returncode == 0
        assert re.search(r"DISK FULL: / has 0 KiB left", result.stdout)
        assert "idle: FAILED" in result.stdout
        assert "the instance starts all the same, so that you can make room" in result.stdout


class TestIdleTimer:
    def test_is_started_with_the_minutes_of_the_config(self, instance):
        start(instance, idle_minutes=90)
        unit = instance.read("/etc/systemd/system/launchpad-idle.service")
        assert "/run/launchpad/idle_stop.py --idle-minutes 90 >>/var/log/launchpad/idle.log" in unit
        assert "enable --now launchpad-idle.timer" in instance.calls("systemctl")

    def test_units_are_what_systemd_takes(self, instance):
        start(instance)
        if not exists(instance, "/usr/bin/systemd-analyze"):
            pytest.skip("systemd-analyze is not on this machine")
        units = "/etc/systemd/system/launchpad-idle.service /etc/systemd/system/launchpad-idle.timer"
        result = instance.shell(f"systemd-analyze verify --man=no {units}")
        assert "launchpad-idle" not in result.stderr
        assert result.returncode == 0

    def test_command_of_the_unit_runs_and_logs(self, instance):
        start(instance)
        unit = instance.read("/etc/systemd/system/launchpad-idle.service")
        command = re.search("ExecStart=(.*)", unit)
        assert command
        assert instance.shell(command[1]).returncode == 1
        assert "Jupyter does not answer" in instance.read("/var/log/launchpad/idle.log")

    def test_that_cannot_be_started_fails_the_start_but_no_other_step(self, instance):
        instance.write("/run/systemctl-fails", "")
        result = start(instance)
        assert result.returncode == 1
        assert "FAILED steps: idle; exit status 1" in result.stdout
        assert all(f"{step}: done" in result.stdout for step in ("folders", "environment", "install"))

    def test_is_off_where_the_config_says_so(self, instance):
        assert "idle: off" in start(instance, idle_minutes=0).stdout
        assert not exists(instance, "/etc/systemd/system/launchpad-idle.timer")


def test_on_create_leaves_a_guide_that_the_user_may_delete(instance):
    assert instance.script(on_create_script()).returncode == 0
    assert instance.shell(f"stat -c %U {VOLUME}/README.txt").stdout == "ec2-user\n"
    instance.shell(f"rm {VOLUME}/README.txt")
    start(instance)
    assert not exists(instance, f"{VOLUME}/README.txt")
