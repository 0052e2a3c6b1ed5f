"""Where the reports of a local run are seen: the emulator's SES takes them, a folder shows them."""

from pathlib import Path

from rehearsal.local.deployment import ENVIRONMENT, names
from rehearsal.local.emulator import AwsEmulator
from rehearsal.local.errors import LocalStageError
from rehearsal.local.workspace import REPOSITORY
from watchkeeper.workloads.storytailor.jobs import DAILY_SUMMARY, MONTHLY_REPORT, WEEKLY_REVIEW

# The domain that reports are sent under, as environments/local.toml names it.
IDENTITY = "example.com"
SHOWN = REPOSITORY / "build" / "reports"
KINDS = {
    DAILY_SUMMARY.name: "daily",
    WEEKLY_REVIEW.name: "weekly",
    MONTHLY_REPORT.name: "monthly",
}


def verify_sender(emulator: AwsEmulator) -> None:
    """Do what the owner of a domain does once in SES: prove that it is theirs."""
    emulator.client("sesv2").create_email_identity(EmailIdentity=IDENTITY)


class Mailbox:
    """Show the reports that were mailed; they stay in `folder` when the stage is gone."""

    def __init__(self, emulator: AwsEmulator, folder: Path = SHOWN) -> None:
        self._emulator = emulator
        self._folder = folder
        self._seen = self._count()
        self._mailed = {job for job, kind in KINDS.items() if self._list(kind, ".sent.json")}

    def take(self, job: str) -> tuple[Path, ...]:
        """Write what a job has kept into the folder; raise unless its one mail has gone out."""
        sent, expected = self._count() - self._seen, 0 if job in self._mailed else 1
        if sent != expected:
            raise LocalStageError(f"{job} sent {sent} mails, expected {expected}")
        self._seen += sent
        self._mailed.add(job)
        return tuple(self._copy(KINDS[job], form) for form in ("txt", "html"))

    def _count(self) -> int:
        quota = self._emulator.client("sesv2").get_account()["SendQuota"]
        return int(quota["SentLast24Hours"])

    def _copy(self, kind: str, form: str) -> Path:
        bucket, kept = names().backup_bucket, self._list(kind, f".{form}")
        if not kept:
            raise LocalStageError(f"no {kind} report is kept as {form}, expected one in {bucket}")
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{kind}.{form}"
        found = self._emulator.client("s3").get_object(Bucket=bucket, Key=kept[-1])
        path.write_bytes(found["Body"].read())
        return path

    def _list(self, kind: str, ending: str) -> list[str]:
        """List the keys of a kind of report with an ending, in order."""
        listed = self._emulator.client("s3").list_objects_v2(
            Bucket=names().backup_bucket, Prefix=f"{ENVIRONMENT}/reports/{kind}/"
        )
        keys = (each["Key"] for each in listed.get("Contents", ()))
        return sorted(key for key in keys if key.endswith(ending))
