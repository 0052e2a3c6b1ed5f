"""SNS: what functions themselves publish."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown

PUBLISHED = (
    "<PublishResponse><PublishResult><MessageId>message-{number}</MessageId></PublishResult>"
    "</PublishResponse>"
)


class Topics:
    """Answer `Publish`, keep what was published, and tell who wants to know."""

    def __init__(self, note: Callable[[Mapping[str, str]], None] = lambda _message: None) -> None:
        self.published: list[Mapping[str, str]] = []
        self._note = note

    def __call__(self, call: Call) -> Answer:
        """Answer a call to SNS."""
        if call.operation != "Publish":
            return refuse_unknown("sns", call)
        self.published.append(dict(parse_qsl(call.body.decode())))
        self._note(self.published[-1])
        return Answer(body=PUBLISHED.format(number=len(self.published)).encode())
