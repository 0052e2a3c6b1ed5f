"""What the templates say of what must survive: backups, their key, the ledger."""

from collections.abc import Mapping
from typing import Any

from infra.assembly import Assembly
from tests.infrastructure.templates import account, properties, resources, statements, suffix

STATE = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key")


def bucket(assembly: Assembly) -> Mapping[str, Any]:
    [found] = (
        each
        for each in properties(assembly, "AWS::S3::Bucket")
        if each["BucketName"].startswith("watchkeeper-backup-")
    )
    return found


def archive_bucket(assembly: Assembly) -> Mapping[str, Any]:
    [found] = (each for each in properties(assembly, "AWS::S3::Bucket") if each != bucket(assembly))
    return found


def test_the_bucket_is_named_after_account_and_region(assembly: Assembly) -> None:
    assert bucket(assembly)["BucketName"] == (
        f"watchkeeper-backup-{account(assembly)}-us-east-1{suffix(assembly)}"
    )


def test_exports_are_kept_in_versions_under_lock_for_three_months(assembly: Assembly) -> None:
    found = bucket(assembly)
    assert found["VersioningConfiguration"] == {"Status": "Enabled"}
    assert found["ObjectLockEnabled"] is True
    assert found["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {
        "Mode": "GOVERNANCE",
        "Days": 90,
    }


def test_no_version_is_expired_while_it_is_locked(assembly: Assembly) -> None:
    rules = bucket(assembly)["LifecycleConfiguration"]["Rules"]
    days = [rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules[:1]]
    assert days == [90]
    assert rules[0]["ExpirationInDays"] > 365
    assert all(rule["Status"] == "Enabled" for rule in rules)


def test_the_bucket_is_private_and_encrypted_under_the_backup_key(assembly: Assembly) -> None:
    found = bucket(assembly)
    assert set(found["PublicAccessBlockConfiguration"].values()) == {True}
    [rule] = found["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    key = rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::GetAtt"][0]
    state = assembly.read(f"Watchkeeper-State{suffix(assembly)}")["Resources"]
    assert state[key]["Properties"]["EnableKeyRotation"] is True


def test_the_bucket_takes_nothing_in_clear_or_over_old_tls(assembly: Assembly) -> None:
    policies = properties(assembly, "AWS::S3::BucketPolicy")
    assert len(policies) == len(resources(assembly, "AWS::S3::Bucket"))
    for document in policies:
        denied = [
            statement["Condition"]
            for statement in statements(document["PolicyDocument"])
            if statement["Effect"] == "Deny" and statement["Action"] == "s3:*"
        ]
        assert denied == [
            {"Bool": {"aws:SecureTransport": "false"}},
            {"NumericLessThan": {"s3:TlsVersion": 1.2}},
        ]


def test_the_ledger_has_the_keys_the_functions_use_and_can_be_restored(
    assembly: Assembly,
) -> None:
    [table] = properties(assembly, "AWS::DynamoDB::Table")
    assert table["TableName"] == f"watchkeeper-ledger{suffix(assembly)}"
    assert table["KeySchema"] == [
        {"AttributeName": "source", "KeyType": "HASH"},
        {"AttributeName": "bucket", "KeyType": "RANGE"},
    ]
    assert {each["AttributeType"] for each in table["AttributeDefinitions"]} == {"S"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["DeletionProtectionEnabled"] is (assembly.environment != "local")


def test_the_backup_key_has_its_alias(assembly: Assembly) -> None:
    aliases = {found["AliasName"] for found in properties(assembly, "AWS::KMS::Alias")}
    assert f"alias/watchkeeper-backup{suffix(assembly)}" in aliases


def test_state_outlives_its_stack_except_in_the_emulator(assembly: Assembly) -> None:
    is_emulated = assembly.environment == "local"
    expected = "Delete" if is_emulated else "Retain"
    template = assembly.read(f"Watchkeeper-State{suffix(assembly)}")
    kept = [found for found in template["Resources"].values() if found["Type"] in STATE]
    assert len(kept) == (4 if is_emulated else 3)
    assert {found["DeletionPolicy"] for found in kept} == {expected}
    assert {found["UpdateReplacePolicy"] for found in kept} == {expected}


def test_only_the_state_stack_holds_what_is_retained(assembly: Assembly) -> None:
    state = f"Watchkeeper-State{suffix(assembly)}"
    for stack in set(assembly.templates) - {state}:
        for resource in assembly.read(stack)["Resources"].values():
            assert resource.get("DeletionPolicy") != "Retain", resource


def test_there_is_an_archive_bucket_only_where_rows_may_be_archived(assembly: Assembly) -> None:
    assert len(resources(assembly, "AWS::S3::Bucket")) == 1 + (assembly.environment == "local")


def test_the_archive_keeps_every_version_and_current_ones_for_good(
    assemblies: Mapping[str, Assembly],
) -> None:
    found = archive_bucket(assemblies["local"])
    assert found["BucketName"] == "watchkeeper-archive-000000000000-us-east-1-local"
    assert found["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "ObjectLockEnabled" not in found
    [rule] = found["LifecycleConfiguration"]["Rules"]
    assert "ExpirationInDays" not in rule
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert rule["Transitions"] == [{"StorageClass": "GLACIER_IR", "TransitionInDays": 30}]
    assert set(found["PublicAccessBlockConfiguration"].values()) == {True}
    [encryption] = found["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_there_is_one_table_and_no_other_store(assembly: Assembly) -> None:
    assert len(resources(assembly, "AWS::DynamoDB::Table")) == 1
