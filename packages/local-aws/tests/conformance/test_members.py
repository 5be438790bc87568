"""The table of members without effect is complete, and has none that is read."""

from __future__ import annotations

import pytest

from tests.conformance.members import PACKAGE, TABLE, declared, measured, measured_properties, table, unknown


@pytest.fixture(scope="module")
def content():
    return declared()


def test_every_member_without_effect_is_declared(plain_aws, existing_operations, content):
    actual = measured(plain_aws, existing_operations)
    differing = [
        f"{service}, {member}: without effect in {actual.get(service, {}).get(member, [])}, "
        f"declared for {content['unread'].get(service, {}).get(member, [])}"
        for service in actual.keys() | content["unread"].keys()
        for member in sorted(actual.get(service, {}).keys() | content["unread"].get(service, {}).keys())
        if actual.get(service, {}).get(member) != content["unread"].get(service, {}).get(member)
    ]
    assert not differing, "make members-docs, or let them take effect:\n" + "\n".join(differing)


def test_every_property_without_effect_is_declared(content):
    actual, expected = measured_properties(content["unread"]), content["properties"]
    differing = {name for name in actual.keys() | expected.keys() if actual.get(name) != expected.get(name)}
    assert not {name: (actual.get(name), expected.get(name)) for name in differing}, "make members-docs"


def test_the_members_that_are_only_checked_exist_and_are_read(content):
    assert not list(unknown(content))


def test_the_table_for_users_shows_what_is_declared(content):
    assert TABLE.read_text(encoding="utf-8") == table(content), "make members-docs"
    assert f"({TABLE.name})" in (PACKAGE / "README.md").read_text(encoding="utf-8")
