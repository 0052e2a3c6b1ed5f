"""Send a report: by mail where the environment names a sender, else to the topic of P4."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import ReportError
from watchkeeper.runtime.settings import ReportSettings

# SNS takes 256 KB in a message and 100 ASCII characters in a subject (Publish, API reference).
MAX_MESSAGE_BYTES = 250_000
MAX_SUBJECT_LENGTH = 100
Aws = Callable[..., Any]


def send(aws: Aws, settings: ReportSettings, *, subject: str, text: str, html: str) -> str:
    """Send a report by the one way its environment has; return how it went.

    Nothing is tried again here: a mail whose answer was lost may have gone out, and what Lambda
    tries again is the whole run.
    """
    if settings.sender:
        return _mail(aws("sesv2", max_attempts=1), settings, subject, text, html)
    return _publish(aws("sns", max_attempts=1), settings.info_topic, subject, text)


def _mail(ses: Any, settings: ReportSettings, subject: str, text: str, html: str) -> str:
    parts = {"Text": _utf8(text), "Html": _utf8(html)}
    answer = _asked(
        "The mail",
        ses.send_email,
        FromEmailAddress=settings.sender,
        Destination={"ToAddresses": list(settings.recipients)},
        Content={"Simple": {"Subject": _utf8(subject), "Body": parts}},
    )
    return f"mail {answer['MessageId']}"


def _publish(sns: Any, topic: str, subject: str, text: str) -> str:
    answer = _asked(
        "The message",
        sns.publish,
        TopicArn=topic,
        Subject=short_subject(subject),
        Message=_cut(text),
    )
    return f"message {answer['MessageId']}"


def short_subject(subject: str) -> str:
    """Give a subject as SNS takes it."""
    plain = subject.encode("ascii", "replace").decode()
    return plain if len(plain) <= MAX_SUBJECT_LENGTH else plain[: MAX_SUBJECT_LENGTH - 3] + "..."


def _cut(text: str) -> str:
    if len(text.encode()) <= MAX_MESSAGE_BYTES:
        return text
    kept = text.encode()[:MAX_MESSAGE_BYTES].decode(errors="ignore")
    return f"{kept}\n… The rest is in the kept report."


def _utf8(text: str) -> Mapping[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _asked(
    what: str, method: Callable[..., Mapping[str, Any]], **arguments: Any
) -> Mapping[str, Any]:
    try:
        return method(**arguments)
    except ClientError as error:
        found = error.response["Error"]
        reason = f"{found['Code']}: {found.get('Message', '')}"[:300]
        raise ReportError(f"{what} was refused ({reason})") from error
    except BotoCoreError as error:
        raise ReportError(f"{what} got no answer ({type(error).__name__})") from error
