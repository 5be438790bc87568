"""A real Jupyter server on a sandboxed instance, as notebook instances have it: HTTPS on port 8443, own certificate."""

import json
import subprocess

from tests.notebooks.sandbox import REPOSITORY, Sandbox

PYTHON = REPOSITORY / ".venv-jupyter/bin/python"
_HOME = "/home/ec2-user"
_ENVIRONMENT = {"HOME": _HOME, "LANG": "C.UTF-8", "IPYTHONDIR": f"{_HOME}/.ipython"}

_EXECUTE = """
import sys
from jupyter_client import BlockingKernelClient
client = BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
client.start_channels()
client.wait_for_ready(timeout=20)
if sys.argv[3] == "wait":
    client.execute_interactive(sys.argv[2], timeout=20)
else:
    client.execute(sys.argv[2])
    while client.get_iopub_msg(timeout=20)["content"].get("execution_state") != "busy":
        pass
"""
# A terminal starts its shell, and the shell writes, once a browser connects.
_TERMINAL = """
import asyncio, ssl, sys
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect
async def type_text(url, token, text):
    headers = {"Authorization": f"token {token}"} if token else {}
    socket = await websocket_connect(HTTPRequest(url, validate_cert=False, headers=headers))
    await socket.write_message('["stdin", "%s\\\\n"]' % text)
    while text not in (await asyncio.wait_for(socket.read_message(), 10) or text):
        pass
asyncio.run(type_text(*sys.argv[1:]))
"""


class Jupyter:
    """The server of one instance."""

    def __init__(self, instance: Sandbox, token: str) -> None:
        self.instance, self.token = instance, token
        instance.shell(f"cd /opt && {PYTHON} -m trustme -q -i localhost && chmod a+r server.*", check=True)
        self.process = instance.start(
            *(str(PYTHON), "-m", "jupyter_server", "--ip=127.0.0.1", "--port=8443", "--port-retries=0"),
            *("--certfile=/opt/server.pem", "--keyfile=/opt/server.key", f"--IdentityProvider.token={token}"),
            # Without a token, Jupyter takes a POST from browsers only; the checker sends none, the tests do.
            f"--ServerApp.disable_check_xsrf={not token}",
            *("--no-browser", f"--ServerApp.root_dir={_HOME}/SageMaker"),
            user="ec2-user",
            environment=_ENVIRONMENT,
        )
        instance.wait_for(f"{self._curl('GET', 'api/status')} >/dev/null")

    def _curl(self, method: str, path: str) -> str:
        """Return a shell command that calls the REST API."""
        code = (
            "import ssl, sys, urllib.request as r;"
            "q = r.Request('https://localhost:8443/' + sys.argv[2], method=sys.argv[1], headers={'Authorization':"
            f" 'token {self.token}'}});"
            "print(r.urlopen(q, context=ssl._create_unverified_context()).read().decode())"
        )
        return f'{PYTHON} -c "{code}" {method} {path} 2>/dev/null'

    def call(self, method: str, path: str):
        """Call the REST API and return its answer."""
        response = self.instance.shell(self._curl(method, path), check=True).stdout
        return json.loads(response) if response.strip() else None

    def kernel(self) -> str:
        """Start a kernel and return its id."""
        identity = self.call("POST", "api/kernels")["id"]
        self.execute(identity, "1 + 1")
        return identity

    def execute(self, kernel: str, code: str, wait: bool = True) -> subprocess.CompletedProcess[str]:
        """Run code in a kernel, to its end, or only until the kernel says that it is busy."""
        connection = f"{_HOME}/.local/share/jupyter/runtime/kernel-{kernel}.json"
        words = (str(PYTHON), "-c", _EXECUTE, connection, code, "wait" if wait else "go on")
        return self.instance.run(*words, user="ec2-user", environment=_ENVIRONMENT, check=True)

    def type_in_terminal(self, text: str) -> str:
        """Open a terminal, type a line and return the terminal's name."""
        name = self.call("POST", "api/terminals")["name"]
        url = f"wss://localhost:8443/terminals/websocket/{name}"
        self.instance.run(str(PYTHON), "-c", _TERMINAL, url, self.token, text, check=True)
        return name
