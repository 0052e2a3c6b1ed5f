"""KMS, as far as values are sealed and opened: a ciphertext opens only as it was sealed."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer, to_refusal


class Keys:
    """Answer `Encrypt` and `Decrypt`; nothing is secret in a rehearsal, so nothing is encrypted."""

    def __call__(self, call: Call) -> Answer:
        """Answer a call to KMS."""
        asked = call.document
        match call.operation:
            case "Encrypt":
                sealed = json.dumps([asked["Plaintext"], _bound_to(asked)]).encode()
                blob = base64.b64encode(sealed).decode()
                return to_answer({"CiphertextBlob": blob, "KeyId": asked["KeyId"]})
            case "Decrypt":
                plain, bound_to = json.loads(base64.b64decode(asked["CiphertextBlob"]))
                if bound_to != _bound_to(asked):
                    return to_refusal("InvalidCiphertextException", "it was sealed otherwise")
                return to_answer({"Plaintext": plain, "KeyId": asked["KeyId"]})
            case _:
                return refuse_unknown("kms", call)


def _bound_to(asked: Mapping[str, Any]) -> list[Any]:
    return [asked["KeyId"], dict(sorted(asked.get("EncryptionContext", {}).items()))]
