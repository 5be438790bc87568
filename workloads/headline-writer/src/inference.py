"""Continue a prompt, and send each word when it is written: TorchServe, in AWS's PyTorch image, streams.

A caller of InvokeEndpoint gets all parts at once. Of AWS's toolkits only this image's has a way to send parts.
"""

import json
from pathlib import Path
from typing import Any

from characters import Characters

MOST = 2000
"""Characters of one answer."""
TEXT = "text/plain; charset=utf-8"


def model_fn(model_dir: str) -> Characters:
    """Read the counts."""
    return Characters.load(Path(model_dir) / "characters.json")


def transform_fn(model: Characters, body: Any, _type: str, _accept: str, context: Any) -> tuple[str, str]:
    """Answer `{"prompt": "The president ", "characters": 120, "seed": 7}`; all but the prompt may be left out."""
    from ts.protocol.otf_message_handler import send_intermediate_predict_response  # only in a server

    question = json.loads(body)
    prompt, count = question["prompt"], min(int(question.get("characters", 200)), MOST)
    context.set_response_content_type(0, TEXT)
    word = prompt
    for character in model.write(prompt, count, question.get("seed")):
        if character == " ":
            send_intermediate_predict_response([word], context.request_ids, "Intermediate", 200, context)
            word = ""
        word += character
    return word, TEXT
