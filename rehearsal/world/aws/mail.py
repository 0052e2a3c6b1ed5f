"""SES: mails that are sent, and who may not send them."""

from collections.abc import Mapping
from typing import Any

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer


class Mail:
    """Answer `SendEmail`, and keep what was sent."""

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []

    def __call__(self, call: Call) -> Answer:
        """Answer a call to SES."""
        if call.operation != "SendEmail":
            return refuse_unknown("sesv2", call)
        self.sent.append(call.document)
        return to_answer({"MessageId": f"mail-{len(self.sent)}"})
