"""EnableNetworkIsolation cuts the network off, and the names of a job's hosts resolve."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local_aws.runtimes.conftest import CACHE, PACKAGE, UV
from tests.local_aws.runtimes.containers import Containers

CALL = """
    import socket, sys
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=5).close()
        print("reached the machine")
    except OSError as error:
        print("cut off:", error)
"""


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine on which something listens, as the local AWS does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_job_reaches_the_machine(both_containers: Containers, port: int) -> None:
    job = both_containers.train(CALL, {"port": port})
    assert job.wait() == 0, job.output
    assert job.printed("reached the machine")


def test_an_isolated_job_reaches_nothing(containers: Containers, port: int) -> None:
    job = containers.train(CALL, {"port": port}, network=False)
    assert job.wait() == 0, job.output
    assert job.printed("cut off:")


def test_a_job_in_a_private_vpc_reaches_the_local_aws_only(containers: Containers, port: int) -> None:
    script = """
        import os, socket, urllib.parse
        for name, port in (("local AWS", urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"]).port),
                           ("another port", int(os.environ["OTHER"]))):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                print("reached", name)
            except OSError as error:
                print("cut off from", name)
        print("proxies", [name for name in os.environ if name.lower().endswith("_proxy")])
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        environment = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "OTHER": str(other.getsockname()[1])}
        job = containers.train(script, internet=False, environment=environment)
        assert job.wait() == 0, job.output
    assert job.printed("reached local AWS")
    assert job.printed("cut off from another port")
    assert job.printed("proxies []")


def test_an_isolated_job_has_its_own_loopback(containers: Containers) -> None:
    job = containers.train(
        """
        import socket
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()
        interfaces = sorted(name for _, name in socket.if_nameindex())
        print("talked to itself, interfaces", interfaces)
        """,
        network=False,
    )
    assert job.wait() == 0, job.output
    assert job.printed("talked to itself")
    assert job.printed("'lo'")
    assert not job.printed("'eth0'")


def test_a_machine_that_can_not_isolate_says_so_in_the_log(plain_containers: Containers) -> None:
    job = plain_containers.train("pass", network=False)
    assert job.wait() == 0
    assert any("network isolation" in line and "NOT in force" in line for line in job.lines[:3])


def test_the_hosts_of_a_job_resolve_and_each_knows_its_own_name(containers: Containers) -> None:
    job = containers.train(
        "import socket; print(socket.gethostname(), [socket.gethostbyname(f'algo-{n}') for n in (1, 2, 3)])",
        hosts=("algo-1", "algo-2", "algo-3"),
    )
    assert job.wait() == 0, job.output
    assert job.printed("algo-1 ['127.0.0.1', '127.0.0.2', '127.0.0.3']")


def test_the_toolkit_does_not_wait_for_unresolvable_host_names(plain_containers: Containers) -> None:
    job = plain_containers.train("import os; print(os.environ['SM_HOSTS'])", hosts=("algo-1", "algo-2"))
    assert job.wait() == 0, job.output
    assert job.printed('["algo-1","algo-2"]')


UNPRIVILEGED = '''
import os, sys
from pathlib import Path
from local_aws.runtimes.process import ProcessRuntime
from tests.local_aws.runtimes.containers import Containers
assert os.geteuid() == 1000
script = """
    import os
    print('user', os.getuid(), os.getcwd(), sorted(os.listdir('/opt/ml')))
    print('may write', [name for name in ('input', 'model') if os.access(f'/opt/ml/{name}', os.W_OK)])
"""
containers = Containers(ProcessRuntime(Path(sys.argv[1]), uv=Path(sys.argv[2])), Path(sys.argv[3]))
job = containers.train(script, network=False, read_only=["input"])
print(job.wait(), job.output)
'''


@pytest.mark.usefixtures("isolating")
def test_an_ordinary_user_gets_the_same(tmp_path: Path) -> None:
    unshare = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine gives no user namespaces")
    command = [*unshare, sys.executable, "-c", UNPRIVILEGED, str(CACHE), str(UV), str(tmp_path)]
    output = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=60).stdout
    assert output.startswith("0 "), output
    assert "user 1000 /opt/ml/code ['code', 'input', 'model', 'output']" in output
    assert "may write ['model']" in output
