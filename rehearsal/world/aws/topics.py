"""SNS: what functions themselves publish."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown

PUBLISHED = (
    "<PublishResponse><PublishResult><MessageId>message-{number}</MessageId></PublishResult>"
    "</PublishResponse>"
)


class Topics:
    """Answer `Publish`, and keep what was published."""

    def __init__(self) -> None:
        self.published: list[Mapping[str, str]] = []

    def __call__(self, call: Call) -> Answer:
        """Answer a call to SNS."""
        if call.operation != "Publish":
            return refuse_unknown("sns", call)
        self.published.append(dict(parse_qsl(call.body.decode())))
        return Answer(body=PUBLISHED.format(number=len(self.published)).encode())
