"""SQS's requests in the query protocol, which SDKs from before 2023 send: the names that its model no longer has.

Source: the examples of the API reference, and the model of SQS in botocores of 2022. Note: a single entry without a
number (`Attribute.Name`), as in the API's versions of 2008 and 2009, is passed over by the emulator; here it is refused
as missing. Whether AWS still takes it is not confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping

LISTS = {
    "AWSAccountId": "AWSAccountIds",
    "ActionName": "Actions",
    "AttributeName": "AttributeNames",
    "ChangeMessageVisibilityBatchRequestEntry": "Entries",
    "DeleteMessageBatchRequestEntry": "Entries",
    "MessageAttributeName": "MessageAttributeNames",
    "MessageSystemAttributeName": "MessageSystemAttributeNames",
    "SendMessageBatchRequestEntry": "Entries",
    "TagKey": "TagKeys",
}
MAPS = {
    "Attribute": "Attributes",
    "MessageAttribute": "MessageAttributes",
    "MessageSystemAttribute": "MessageSystemAttributes",
    "Tag": "Tags",
}
"""Lists and maps: the member of the model by the parameter, which a number follows."""
ENTRIES = {"Key": "key", "Name": "key", "Value": "value"}
"""What an entry of a map has."""
TAGS_OF_A_NEW_QUEUE = {"Tags": "tags"}
"""What CreateQueue calls them, alone."""


def by_the_model(params: Mapping[str, str], path: str) -> dict[str, str]:
    """The parameters by the names that the model has for them. The path names the queue where QueueUrl is not given.

    >>> by_the_model({"Action": "TagQueue", "Tag.1.Key": "team", "Tag.1.Value": "a"}, "/111111111111/q")
    {'QueueUrl': '/111111111111/q', 'Action': 'TagQueue', 'Tags.1.key': 'team', 'Tags.1.value': 'a'}
    """
    queue = {"QueueUrl": path} if path.strip("/") else {}
    own = TAGS_OF_A_NEW_QUEUE if params.get("Action") == "CreateQueue" else {}
    return {**queue, **{".".join(_parts(name.split("."), own)): text for name, text in params.items()}}


def _parts(parts: list[str], own: Mapping[str, str]) -> list[str]:
    renamed = []
    for place, part in enumerate(parts):
        of_a_map = place > 1 and parts[place - 2] in MAPS
        member = LISTS.get(part) or MAPS.get(part, part)
        renamed.append(ENTRIES.get(part, part) if of_a_map else own.get(member, member))
    return renamed
