"""Tell people at once, beside the alarms: what an alarm's fixed text cannot say."""

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.collection.unsubscribes import UnsubscribeRun
from watchkeeper.definitions.errors import ActionError

# SNS takes 100 ASCII characters in a subject (Publish, API reference).
MAX_SUBJECT_LENGTH = 100
LIMITS = {"connect_timeout_seconds": 2.0, "read_timeout_seconds": 4.0, "max_attempts": 2}


def announce(run: UnsubscribeRun, topic: str, *, subject: str, text: str) -> None:
    """Publish to a topic; raise `ActionError` when it was not taken."""
    plain = subject.encode("ascii", "replace").decode()[:MAX_SUBJECT_LENGTH]
    try:
        run.aws("sns", **LIMITS).publish(TopicArn=topic, Subject=plain, Message=text)
    except (ClientError, BotoCoreError) as error:
        raise ActionError(f"could not publish {plain!r} to {topic}: {error}") from error
