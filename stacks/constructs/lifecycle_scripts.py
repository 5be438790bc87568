"""The lifecycle configuration of notebook instances: the files of `stacks/notebook_scripts/`, with values filled in.

CloudFormation wants the scripts Base64-encoded, at most 16,384 characters of it. Values may be CDK tokens, which are
only known at deploy time, so the caller encodes: `content=Fn.base64(on_start_script(...))`. (Never through `Fn.sub`: it
would read the shell's own `${...}` as references.) Note: the scripts are compressed into one bootstrap script, with
bzip2 and not gzip, because zlib's output differs between machines and two synths of a commit may not differ.
"""

import base64
import bz2
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent / "notebook_scripts"

# The one platform that SageMaker takes for new instances and that Security Hub's SageMaker.8 accepts: Amazon Linux 2
# is out of support.
PLATFORM_IDENTIFIER = "notebook-al2023-v1"

# The newest with the `local` extra: 3.x has none, and no Estimators. For Python 3.10, which conda_python3 is.
SAGEMAKER_LOCAL = "sagemaker[local]==2.257.7"

# NotebookInstanceLifecycleConfigContent in the SageMaker API: characters after Base64.
CONTENT_LIMIT = 16384

# What a token is counted as, since its text at synth says nothing of the value's length: the ARNs of roles and keys,
# and the names of buckets, are shorter.
TOKEN_LENGTH = 128

_PAYLOAD = ("on-start.sh", "install.sh", "settings.py", "idle_stop.py")
_TOKEN = re.compile(r"\$\{Token\[[^\]]*\]\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9._,-]+\])?==[A-Za-z0-9.+!-]+")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
# A profile that sets one of these changes which programs run, or breaks every login.
_RESERVED = re.compile(r"PATH|HOME|USER|SHELL|IFS|ENV|BASH_.*|LD_.*|PYTHON(PATH|HOME|STARTUP)|TMPDIR")


def on_start_script(
    variables: Mapping[str, str],
    *,
    idle_minutes: int = 60,
    docker: bool = False,
    requirement: str | None = SAGEMAKER_LOCAL,
    conda_environments: Sequence[str] = ("python3",),
) -> str:
    """Return the OnStart script as plain text, for `Fn.base64` (or `encoded`, where no value is a token).

    `variables` are exported to terminals and kernels, in their order of name; values may be CDK tokens and hold any
    printable text. `idle_minutes` is the time without use after which the instance stops itself; 0 switches that off.
    `docker` moves Docker's data to the large volume. `requirement` is pinned (`name[extra]==version`) and installed in
    the background into each of `conda_environments`.
    Raises ValueError with the key, what is wrong and what to write when a value can't work, or when all of it is
    longer than SageMaker takes (AWS::SageMaker::NotebookInstanceLifecycleConfig, Content).
    """
    arguments = [
        _idle_minutes(idle_minutes),
        "yes" if docker else "no",
        _matched("requirement", requirement, _REQUIREMENT, SAGEMAKER_LOCAL) if requirement else "",
        " ".join(_matched("conda_environments", name, _ENVIRONMENT, "python3") for name in conda_environments),
    ]
    values = {
        "variables": "\n".join(_line(name, variables[name]) for name in sorted(variables)),
        "payload": _payload(),
        "arguments": shlex.join(arguments),
    }
    # In one pass: a value that looks like a placeholder stays what it is.
    script = re.sub(r"@([a-z]+)@", lambda match: values[match[1]], _read("unpack.sh"))
    return _checked("OnStart", script)


def on_create_script() -> str:
    """Return the OnCreate script as plain text; it has no parameters."""
    return _checked("OnCreate", _read("on-create.sh"))


def encoded(script: str) -> str:
    """Return the Base64 text that `Content` wants of a script without tokens; raises ValueError where it has one."""
    if token := _TOKEN.search(script):
        raise ValueError(f"the script holds {token[0]}, which only CloudFormation knows: use Fn.base64(script) instead")
    return base64.b64encode(script.encode()).decode()


def content_length(script: str) -> int:
    """Return how many characters of `Content` the script takes once deployed, with `TOKEN_LENGTH` for each token."""
    size = len(_TOKEN.sub("x" * TOKEN_LENGTH, script).encode())
    return (size + 2) // 3 * 4


def _read(name: str) -> str:
    """Return a script's text; CRLF endings, which bash on the instance can't run, are refused."""
    text = (SCRIPTS / name).read_bytes().decode()
    if "\r" in text:
        raise ValueError(f"{SCRIPTS / name} has CRLF line endings: save it with LF (`git add --renormalize` does)")
    return text


def _payload() -> str:
    files = {name: _read(name) for name in _PAYLOAD}
    return base64.b85encode(bz2.compress(json.dumps(files).encode())).decode()


def _checked(hook: str, script: str) -> str:
    if (length := content_length(script)) > CONTENT_LIMIT:
        raise ValueError(
            f"the {hook} script takes {length} characters after Base64, SageMaker takes {CONTENT_LIMIT}: "
            "pass fewer or shorter variables"
        )
    return script


def _line(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"variables: {name!r} is no name of an environment variable: use letters, digits and _")
    if _RESERVED.fullmatch(name):
        raise ValueError(f"variables: {name} belongs to the system: choose another name, such as LAUNCHPAD_{name}")
    if not value.isprintable():
        raise ValueError(f"variables: {name} = {value!r} has a line break or control character: write it on one line")
    return f"{name}={value}"


def _idle_minutes(minutes: int) -> str:
    if minutes != 0 and not 10 <= minutes <= 10080:
        raise ValueError(f"idle_minutes: {minutes} is not from 10 to 10080 (a week): write 60, or 0 to never stop")
    return str(minutes)


def _matched(key: str, value: str, pattern: re.Pattern[str], example: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"{key}: {value!r} is not of the form {example!r}")
    return value
