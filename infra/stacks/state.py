"""What must survive everything else: the backups, the ledger and the key that opens them."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.acknowledgement import acknowledge
from infra.stacks.suite_stack import SuiteStack
from watchkeeper.environment.model import Environment
from watchkeeper.environment.names import Names

# Three monthly exports are under lock at any time: a change that ruined the parameters, or an
# intruder who deletes, may go unnoticed for two months without costing the last good export.
# Governance, not compliance: an export that must not exist can be removed by whoever holds
# s3:BypassGovernanceRetention, instead of by closing the account.
LOCKED_DAYS = 90
# A year and a month: the export of the same season last year can be compared.
KEPT_DAYS = 400
# An archive is restored in the weeks after it was written, if ever.
ARCHIVE_FRESH_DAYS = 30


class StateStack(SuiteStack):
    """Hold backup bucket, backup key and ledger table; none goes when the stack does."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(
            scope,
            Names(environment).state_stack,
            environment,
            description="Watchkeeper: backups, their key and the ledger",
            is_protected=True,
        )
        key = self._backup_key()
        self._backup_bucket(key)
        if environment.allowed_actions.archive_rows:
            self._archive_bucket(key)
        self._ledger_table()

    def _backup_key(self) -> kms.Key:
        key = kms.Key(
            self,
            "BackupKey",
            alias=self.names.backup_key_alias,
            description="Seals exported parameters and encrypts the backup bucket.",
            enable_key_rotation=True,
            removal_policy=self.kept,
        )
        ssm.StringParameter(
            self,
            "BackupKeyArn",
            parameter_name=self.names.backup_key_parameter,
            string_value=key.key_arn,
            description="Tells the function stack the key that IAM policies cannot name by alias.",
        )
        return key

    def _backup_bucket(self, key: kms.Key) -> None:
        bucket = self._sealed_bucket(
            "BackupBucket",
            key,
            bucket_name=self.names.backup_bucket,
            lock=s3.ObjectLockRetention.governance(cdk.Duration.days(LOCKED_DAYS)),
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="old-exports",
                    expiration=cdk.Duration.days(KEPT_DAYS),
                    noncurrent_version_expiration=cdk.Duration.days(LOCKED_DAYS),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                ),
                s3.LifecycleRule(id="delete-markers", expired_object_delete_marker=True),
            ],
        )
        acknowledge(
            bucket,
            "AwsSolutions-S1",
            "A secret in an export opens only by kms:Decrypt of the backup key, and CloudTrail "
            "records each such call with the parameter's name as encryption context: who read "
            "what is known without a second bucket of access logs.",
        )

    def _archive_bucket(self, key: kms.Key) -> None:
        # No object lock: rows are about people, who may have them erased. What keeps them is that
        # nobody of the suite's may delete or overwrite, and that versions outlast a mistake.
        bucket = self._sealed_bucket(
            "ArchiveBucket",
            key,
            bucket_name=self.names.archive_bucket,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="rarely-read",
                    # Read in milliseconds like any other object, at a fifth of the price.
                    transitions=[
                        s3.Transition(
                            storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
                            transition_after=cdk.Duration.days(ARCHIVE_FRESH_DAYS),
                        )
                    ],
                    noncurrent_version_expiration=cdk.Duration.days(LOCKED_DAYS),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                ),
            ],
        )
        acknowledge(
            bucket,
            "AwsSolutions-S1",
            "An archived row opens only by kms:Decrypt of the backup key, which CloudTrail "
            "records: who read what is known without a second bucket of access logs.",
        )

    def _sealed_bucket(
        self,
        name: str,
        key: kms.Key,
        *,
        bucket_name: str,
        lifecycle_rules: Sequence[s3.LifecycleRule],
        lock: s3.ObjectLockRetention | None = None,
    ) -> s3.Bucket:
        """Add a bucket that keeps every version under the key and that nobody outside reaches."""
        return s3.Bucket(
            self,
            name,
            bucket_name=bucket_name,
            versioned=True,
            object_lock_default_retention=lock,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            lifecycle_rules=lifecycle_rules,
            removal_policy=self.kept,
        )

    def _ledger_table(self) -> None:
        # Encrypted under DynamoDB's own key: the table holds counts and watermarks, no person's
        # data, and every five-minute run would pay for calls to a key of ours.
        dynamodb.Table(
            self,
            "Ledger",
            table_name=self.names.ledger_table,
            partition_key=dynamodb.Attribute(name="source", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="bucket", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires_at",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=not self.environment_definition.is_emulated,
            removal_policy=self.kept,
        )
