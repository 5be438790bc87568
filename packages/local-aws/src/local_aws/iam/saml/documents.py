"""XML documents of SAML, parsed so that nothing in them reaches beyond them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from lxml import etree

ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}"
METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
SAML_2 = PROTOCOL.strip("{}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?")
"""XML Schema's dateTime."""
BOM = b"\xef\xbb\xbf"


def parsed(document: bytes) -> Any:
    """The root element. Raises `ValueError` for what is no XML in UTF-8, or has a document type, so any entity."""
    document.decode("utf-8")
    if document.startswith(BOM) or b"<!DOCTYPE" in document:
        raise ValueError("it has a byte order mark or a document type")
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from None
    settings = root.getroottree().docinfo
    if settings.internalDTD is not None or (settings.encoding or "UTF-8").upper() != "UTF-8":
        raise ValueError("it has a document type, or another encoding than UTF-8")
    return root


def only(parent: Any, name: str) -> Any:
    """The child of this name. Raises `ValueError` unless there is exactly one."""
    children = parent.findall(name)
    if len(children) != 1:
        raise ValueError(f"it has {len(children)} {name.rpartition('}')[2]} elements")
    return children[0]


def text_of(element: Any) -> str:
    """The text of an element. Raises `ValueError` if there is more in it, such as a comment that splits the text."""
    if len(element):
        raise ValueError(f"{etree.QName(element).localname} holds more than text")
    return str(element.text or "").strip()


def instant(text: str | None) -> datetime | None:
    """A point in time, which SAML writes in UTC; None if there is none. Raises `ValueError` for other text."""
    if text is None:
        return None
    if not TIME.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is no point in time")
    time = datetime.fromisoformat(text.strip())
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
