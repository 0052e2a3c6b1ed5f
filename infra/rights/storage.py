"""The rights to what is kept: objects of buckets with the keys that seal them, rows, secrets."""

from dataclasses import dataclass

from infra.rights.permission import Permission, Permissions, Settings, Target, via
from watchkeeper.environment.names import Names


@dataclass(frozen=True)
class StorageRights:
    """Derive what functions may do with what is kept."""

    names: Names

    def secret(self, secret: str) -> Permissions:
        """Read a secret of Secrets Manager."""
        # Secrets Manager ends a secret's ARN with six characters of its own.
        arn = self.names.arn("secretsmanager", f"secret:{secret}-??????")
        yield Permission(actions=("secretsmanager:GetSecretValue",), resources=(arn,))

    def ledger(self, settings: Settings) -> Permissions:
        """Read and write the function's own ledgers."""
        calls = ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
        yield Permission(
            actions=tuple(f"dynamodb:{call}" for call in calls),
            resources=(self.names.arn("dynamodb", f"table/{settings['ledger_table']}"),),
            # The table is shared; a function touches the ledgers of its own sources only.
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": settings["ledgers"]}},
        )

    def object_age(self, target: Target) -> Permissions:
        """Read one object, which may not be there."""
        bucket, key = target["bucket"], target["key"]
        yield Permission(actions=("s3:GetObject",), resources=(self.names.bucket_arn(bucket, key),))
        yield self._listing(bucket)
        if bucket == self.names.backup_bucket:
            yield Permission(actions=("kms:Decrypt",), resources=(self.names.backup_key_arn,))

    def written_exports(self, settings: Settings) -> Permissions:
        """Write exports and read them back."""
        yield Permission(
            actions=("s3:GetObjectVersion", "s3:PutObject"),
            resources=(self.names.bucket_arn(settings["bucket"], f"{settings['environment']}/*"),),
            reason="The name of each export carries its date.",
        )

    def sealing_key(self, settings: Settings) -> Permissions:
        """Seal and open values, and the objects that hold them."""
        yield Permission(
            actions=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
            resources=(settings["key_arn"],),
        )

    def read_exports(self, settings: Settings) -> Permissions:
        """Read exports, without what is sealed in them."""
        bucket, folder = settings["export_bucket"], settings["environment"]
        pointers = ("approved.json", "latest.json", "code/latest.json")
        yield Permission(
            actions=("s3:GetObject",),
            resources=tuple(self.names.bucket_arn(bucket, f"{folder}/{one}") for one in pointers),
        )
        yield Permission(
            actions=("s3:GetObjectVersion",),
            resources=(self.names.bucket_arn(bucket, f"{folder}/*"),),
            reason="The name of each export carries its date.",
        )
        yield self._listing(bucket)
        # Through S3 alone: objects open, and the secrets sealed in them do not.
        yield Permission(
            actions=("kms:Decrypt",),
            resources=(self.names.backup_key_arn,),
            conditions={"StringEquals": via("s3", self.names)},
        )

    def snapshots(self, settings: Settings) -> Permissions:
        """Keep packages of code, and what is said of them."""
        bucket, folder = settings["snapshot_bucket"], f"{settings['environment']}/code"
        yield Permission(
            actions=(
                *("s3:AbortMultipartUpload", "s3:GetObject", "s3:GetObjectVersion"),
                "s3:PutObject",
            ),
            resources=(self.names.bucket_arn(bucket, f"{folder}/*"),),
            reason="A package's name is its hash, and a manifest's carries its date.",
        )
        yield self._listing(bucket)

    def snapshot_key(self, settings: Settings) -> Permissions:
        """Seal and open what is kept of code."""
        yield Permission(
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(settings["snapshot_key_arn"],),
            conditions={"StringEquals": via("s3", self.names)},
        )

    def archive(self, settings: Settings) -> Permissions:
        """Write parts of the archive and read them back."""
        bucket, folder = settings["archive_bucket"], f"{settings['environment']}/*"
        yield Permission(
            actions=("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
            resources=(self.names.bucket_arn(bucket, folder),),
            reason="The name of each part carries its table, month and number.",
        )
        yield Permission(
            actions=("s3:ListBucket",),
            resources=(self.names.bucket_arn(bucket),),
            conditions={"StringLike": {"s3:prefix": folder}},
        )

    def archive_key(self, settings: Settings) -> Permissions:
        """Seal and open parts of the archive."""
        yield self._key_of_objects(settings["archive_key_arn"], settings["archive_bucket"])

    def reports(self, settings: Settings) -> Permissions:
        """Keep reports, and know which have gone out."""
        bucket, folder = settings["report_bucket"], f"{settings['environment']}/reports/*"
        yield Permission(
            actions=("s3:GetObject", "s3:PutObject"),
            resources=(self.names.bucket_arn(bucket, folder),),
            reason="The name of each report carries its date.",
        )
        yield self._listing(bucket)

    def report_key(self, settings: Settings) -> Permissions:
        """Seal and open reports."""
        yield self._key_of_objects(settings["report_key_arn"], settings["report_bucket"])

    def _listing(self, bucket: str) -> Permission:
        # Without the right to list, S3 says "denied" of an object that is not there.
        return Permission(actions=("s3:ListBucket",), resources=(self.names.bucket_arn(bucket),))

    def _key_of_objects(self, key_arn: str, bucket: str) -> Permission:
        # The key seals parameters, too: with it a function opens objects of the bucket and no more.
        objects = {"kms:EncryptionContext:aws:s3:arn": self.names.bucket_arn(bucket)}
        return Permission(
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(key_arn,),
            conditions={"StringEquals": {**via("s3", self.names), **objects}},
        )
