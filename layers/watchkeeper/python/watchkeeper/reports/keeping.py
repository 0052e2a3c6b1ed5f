"""Keep reports in S3, and remember which have gone out.

`<env>/reports/<kind>/<day>.txt`, `.html` and `.json` are the report; `<day>.sent.json` is written
after it has gone out, and `latest.json` after that. A run that dies in between sends again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from watchkeeper.definitions.errors import ReportError
from watchkeeper.reports.model import Report

TYPES = {"txt": "text/plain; charset=utf-8", "html": "text/html; charset=utf-8"}
JSON = "application/json"
NOT_THERE = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, kw_only=True)
class ReportStore:
    """Write and read the reports of one environment."""

    s3: Any
    bucket: str
    key_arn: str
    environment: str

    def keep(self, report: Report, *, text: str, html: str) -> str:
        """Write a report in its three forms; return where the text is."""
        name = self._name(report.kind, report.day)
        self._put(f"{name}.json", report.to_json(), JSON)
        self._put(f"{name}.html", html, TYPES["html"])
        self._put(f"{name}.txt", text, TYPES["txt"])
        return f"{name}.txt"

    def mark_sent(self, report: Report, *, how: str, at: datetime) -> None:
        """Remember that a report has gone out, and that it is the latest of its kind."""
        document = {"day": str(report.day), "completed_at": at.isoformat(), "sent": how}
        mark = json.dumps(document)
        # The latest first: without the mark the next try sends again and writes both.
        self._put(self._latest(report.kind), mark, JSON)
        self._put(f"{self._name(report.kind, report.day)}.sent.json", mark, JSON)

    def was_sent(self, kind: str, day: date) -> bool:
        """Tell whether a report has gone out."""
        return self._read(f"{self._name(kind, day)}.sent.json") is not None

    def last_sent(self, kind: str) -> date | None:
        """Give the day of the last report of a kind that has gone out; None before the first."""
        mark = self._read(self._latest(kind))
        return None if mark is None else date.fromisoformat(mark["day"])

    def _name(self, kind: str, day: date) -> str:
        return f"{self.environment}/reports/{kind}/{day}"

    def _latest(self, kind: str) -> str:
        return f"{self.environment}/reports/{kind}/latest.json"

    def _put(self, key: str, content: str, content_type: str) -> None:
        _asked(
            self.s3.put_object,
            Bucket=self.bucket,
            Key=key,
            Body=content.encode(),
            ContentType=content_type,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self.key_arn,
            ChecksumAlgorithm="SHA256",
        )

    def _read(self, key: str) -> Mapping[str, Any] | None:
        try:
            answer = _asked(self.s3.get_object, Bucket=self.bucket, Key=key)
            found: Mapping[str, Any] = json.loads(answer["Body"].read())
        except ReportError as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and cause.response["Error"]["Code"] in NOT_THERE:
                return None
            raise
        except BotoCoreError as error:
            raise ReportError(f"{key} could not be read: {type(error).__name__}") from error
        return found


def _asked(method: Callable[..., Mapping[str, Any]], **arguments: Any) -> Mapping[str, Any]:
    task = f"{getattr(method, '__name__', 'call')} {arguments['Key']}"
    try:
        return method(**arguments)
    except ClientError as error:
        raise ReportError(f"{task} was refused ({error.response['Error']['Code']})") from error
    except BotoCoreError as error:
        raise ReportError(f"{task} got no answer ({type(error).__name__})") from error
