"""`launchpad restore`: objects of the data and model bucket as they were at a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from launchpad.cli.options import Environment, Json, Yes
from launchpad.cli.progress import LiveLine
from launchpad.cli.tables import table
from launchpad.cli.terminal import emit, err, note, plural, say, show, size
from launchpad.messages.errors import LaunchpadError

MOST_ROWS = 50
BUCKETS = {"data": "DataBucketName", "model": "ModelBucketName"}
"""The storage stack's outputs, by the bucket's word."""


def restore(
    at: Annotated[str, typer.Option("--at", help="The moment, such as 2026-11-29T14:00 (UTC without an offset).")],
    env: Environment = "local",
    bucket: Annotated[str, typer.Option("--bucket", help="data or model.", metavar="BUCKET")] = "model",
    prefix: Annotated[str, typer.Option("--prefix", help="Only objects whose key begins so.")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Restore them now; asks first.")] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Show what was deleted or overwritten in a bucket since a moment, and with --apply put it back.

    The buckets keep each version for 90 days. A restored object is a copy of its earlier version; what is there now
    stays as a version. Objects that are new since the moment are left as they are.

    Example: launchpad restore --env dev --at 2026-11-29T14:00 --prefix boston-housing/models/
    """
    from dataclasses import asdict

    from launchpad.platform_client.connection import connect
    from launchpad.platform_client.platform import find_output
    from launchpad.platform_client.restoring import oldest_version, restorations, restore_object

    moment = _moment(at)
    if bucket not in BUCKETS:
        raise typer.BadParameter(f"{bucket!r} is neither data nor model", param_hint="--bucket")
    connection = connect(env)
    name = find_output(connection, "storage", BUCKETS[bucket])
    if name is None:
        raise LaunchpadError(f"{env!r} is not deployed; run `launchpad deploy --env {env}`")
    with LiveLine(f"reading the versions of {name}", console=err):
        changed = list(restorations(connection, name, moment, prefix))
        oldest = None if changed else oldest_version(connection, name, prefix)
    if apply and changed:
        if not yes:
            typer.confirm(f"Restore {plural(len(changed), 'object')} of {name}?", abort=True, err=True)
        with LiveLine("restoring", console=err):
            for restoration in changed:
                restore_object(connection, restoration)
    if json:
        emit({"bucket": name, "at": moment, "applied": apply, "objects": [asdict(each) for each in changed]})
        return
    rows = [(each.key, each.happened, f"{each.written:%Y-%m-%d %H:%M:%S}", size(each.size)) for each in changed]
    if rows:
        title = f"{'Restored' if apply else 'To restore'} in {name}, as at {moment:%Y-%m-%d %H:%M:%S} UTC"
        show(table(title, ("object", "since then", "version of", "size"), rows[:MOST_ROWS], ("size",)))
    if len(rows) > MOST_ROWS:
        note(f"and {len(rows) - MOST_ROWS} more")
    if not changed:
        say(_why_nothing(name, prefix, moment, oldest))
    elif not apply:
        say(f"restore them with --apply ({plural(len(changed), 'object')})")


def _why_nothing(bucket: str, prefix: str, moment: datetime, oldest: datetime | None) -> str:
    """Why there is nothing to restore; a wrong prefix or moment is not the same as no change."""
    objects = f"objects of {bucket}" + (f" whose key begins with {prefix!r}" if prefix else "")
    if oldest is None:
        return f"there are no {objects}, and no earlier versions of any"
    if moment < oldest:
        return (
            f"nothing is known of {moment:%Y-%m-%d %H:%M:%S} UTC: the oldest version of the {objects} is of"
            f" {oldest:%Y-%m-%d %H:%M:%S} UTC"
        )
    return f"none of the {objects} was deleted or overwritten since then"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no moment; write one such as 2026-11-29T14:00"
        raise typer.BadParameter(message, param_hint="--at") from None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > datetime.now(UTC):
        raise typer.BadParameter(f"{text!r} is in the future (UTC)", param_hint="--at")
    return moment
