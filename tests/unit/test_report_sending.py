"""What of a report is sent, to whom, and what is cut to what a service takes."""

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.integration.reports.stage import BY_TOPIC, SETTINGS
from watchkeeper.definitions.errors import ReportError
from watchkeeper.reports.sending import MAX_MESSAGE_BYTES, send, short_subject


class Service:
    """Keep what is asked of it, or be silent."""

    def __init__(self, *, silent: bool = False) -> None:
        self.asked: dict[str, Any] = {}
        self._silent = silent

    def send_email(self, **arguments: Any) -> dict[str, str]:
        return self._answer(arguments)

    def publish(self, **arguments: Any) -> dict[str, str]:
        return self._answer(arguments)

    def _answer(self, arguments: dict[str, Any]) -> dict[str, str]:
        if self._silent:
            raise ReadTimeoutError(endpoint_url="https://service")
        self.asked = arguments
        return {"MessageId": "1"}


def test_a_mail_has_both_parts_and_goes_from_the_identity_to_every_recipient() -> None:
    service = Service()
    how = send(lambda *_a, **_k: service, SETTINGS, subject="S – ü", text="T", html="<p>H</p>")
    assert how == "mail 1"
    assert service.asked["FromEmailAddress"] == SETTINGS.sender
    assert service.asked["Destination"] == {"ToAddresses": list(SETTINGS.recipients)}
    simple = service.asked["Content"]["Simple"]
    assert simple["Subject"] == {"Data": "S – ü", "Charset": "UTF-8"}
    assert simple["Body"]["Text"]["Data"] == "T"
    assert simple["Body"]["Html"]["Data"] == "<p>H</p>"


def test_a_message_that_is_too_long_is_cut_between_characters() -> None:
    service = Service()
    send(lambda *_a, **_k: service, BY_TOPIC, subject="S", text="█" * 100_000, html="")
    assert len(service.asked["Message"].encode()) <= MAX_MESSAGE_BYTES + 100
    assert service.asked["Message"].endswith("The rest is in the kept report.")


@pytest.mark.parametrize("settings", [SETTINGS, BY_TOPIC], ids=["mail", "topic"])
def test_a_service_that_does_not_answer_is_asked_once_and_is_loud(settings: Any) -> None:
    tries = []

    def aws(_service: str, **limits: object) -> Service:
        tries.append(limits)
        return Service(silent=True)

    with pytest.raises(ReportError, match="got no answer"):
        send(aws, settings, subject="S", text="T", html="H")
    assert tries == [{"max_attempts": 1}]


@pytest.mark.parametrize(
    ("subject", "short"),
    [("A: b", "A: b"), ("ü–", "??"), ("x" * 100, "x" * 100), ("x" * 101, "x" * 97 + "...")],
)
def test_a_subject_is_made_fit_for_sns(subject: str, short: str) -> None:
    assert short_subject(subject) == short
