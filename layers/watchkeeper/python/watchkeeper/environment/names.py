"""The physical names of what the suite deploys, and the ARNs made of them.

Stacks are tied together by these names, not by exports, and alarms, docs and rehearsals can read
them from a template without resolving anything.
"""

from watchkeeper.definitions.schedule import JobDefinition
from watchkeeper.definitions.severity import Severity
from watchkeeper.environment.model import Environment

# AWS partitions by how their regions' names begin; every other region is in `aws`.
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


class Names:
    """Name everything the suite deploys into one environment."""

    def __init__(self, environment: Environment) -> None:
        named = environment.named
        self.account = environment.account
        self.region = environment.region
        self.ledger_table = named("watchkeeper-ledger")
        self.backup_bucket = named(f"watchkeeper-backup-{environment.account}-{environment.region}")
        self.archive_bucket = named(
            f"watchkeeper-archive-{environment.account}-{environment.region}"
        )
        self.backup_key_alias = named("alias/watchkeeper-backup")
        self.backup_key_parameter = f"/{named('watchkeeper')}/backup-key-arn"
        self.topics_key_alias = named("alias/watchkeeper-topics")
        self.dead_letter_queue = named("watchkeeper-dead-letters")
        self.schedule_group = named("watchkeeper")
        self.state_stack = named("Watchkeeper-State")
        self.notification_stack = named("Watchkeeper-Notification")
        self.functions_stack = named("Watchkeeper-Functions")
        self._environment = environment

    @property
    def backup_key_arn(self) -> str:
        """Refer to the backup key's ARN, which CloudFormation puts in while it deploys.

        Only AWS knows a key's ARN before it exists, and IAM takes no alias in its place. The state
        stack writes the ARN into a parameter; this reference reads it.
        """
        return f"{{{{resolve:ssm:{self.backup_key_parameter}}}}}"

    def function(self, job: JobDefinition) -> str:
        """Name a job's function."""
        return self._environment.named(f"watchkeeper-{job.kebab_name}")

    def log_group(self, job: JobDefinition) -> str:
        """Name the log group of a job's function."""
        return f"/aws/lambda/{self.function(job)}"

    def topic(self, workload: str, severity: Severity) -> str:
        """Name the topic of a workload and severity."""
        return self._environment.named(f"{workload}-{severity.topic}")

    def workload_stack(self, title: str) -> str:
        """Name the stack of a workload's alarms, dashboards and saved queries."""
        return self._environment.named(f"Watchkeeper-{title}")

    @property
    def partition(self) -> str:
        """Name the AWS partition of the environment's region."""
        return next(
            (name for start, name in PARTITIONS.items() if self.region.startswith(start)), "aws"
        )

    def arn(self, service: str, resource: str) -> str:
        """Address something of this account and region; `resource` as the service spells it."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def bucket_arn(self, bucket: str, keys: str = "") -> str:
        """Address a bucket, or keys in it: S3's ARNs carry neither account nor region."""
        return f"arn:{self.partition}:s3:::{bucket}" + (f"/{keys}" if keys else "")

    def topic_arn(self, workload: str, severity: Severity) -> str:
        """Address the topic of a workload and severity."""
        return self.arn("sns", self.topic(workload, severity))

    def alarm_arn(self, alarm: str) -> str:
        """Address an alarm by its definition's name."""
        return self.arn("cloudwatch", f"alarm:{self._environment.named(alarm)}")
