"""Compiles Hadoop's S3 classes, with Spark's own compiler: a Java runtime is enough. Takes two seconds."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
SPARK_HOME = Path(getattr(find_spec("pyspark"), "origin", "") or "").parent
SOURCES = ("S3Client.java", "S3FileSystem.java")
QUIET = "-XX:-UsePerfData"
"""No file in /tmp for tools such as jps: it is named by process id, and of two steps at once, each the third process
of its namespace, one's Java would complain on stdout."""
NO_JAVA = (
    "Spark needs Java 17 or newer, and there is no `java` here (JAVA_HOME, PATH). Install a Java runtime, such as "
    "Debian's openjdk-17-jre-headless, and run the step again."
)


def find_java() -> Path | None:
    """The `java` that Spark itself would use."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    return Path(program) if program else None


def compile_into(folder: Path) -> None:
    """Fill ``folder`` if it is empty; ends the program with a reason if there is no Java."""
    java = find_java()
    if java is None:
        sys.exit(NO_JAVA)
    if any(folder.iterdir()):
        return
    for name, code in _compiled(str(java)).items():
        (folder / f"{name}.class").write_bytes(code)


def _compiled(java: str) -> dict[str, bytes]:
    """Both sources as one, because they refer to each other: imports first."""
    from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

    lines = "".join((HERE / name).read_text(encoding="utf-8") for name in SOURCES).splitlines()
    imports = sorted({line for line in lines if line.startswith("import ")})
    source = "\n".join([*imports, *(line for line in lines if not line.startswith("import "))])
    port, secret = launch_gateway(
        classpath=f"{SPARK_HOME}/jars/*",
        java_path=java,
        javaopts=[QUIET],
        die_on_exit=True,
        enable_auth=True,
        redirect_stderr=sys.stderr,
    )
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=secret, auto_convert=True))
    try:
        compiler = gateway.jvm.org.codehaus.janino.SimpleCompiler()
        compiler.cook(source)
        codes = compiler.getBytecodes()
        return {name: bytes(codes[name]) for name in codes}
    finally:
        gateway.shutdown()
