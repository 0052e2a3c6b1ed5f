"""The comparison and the copy under the rights that the stacks give them: these and no more."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.permissions import FunctionPermissions
from rehearsal.local.emulator import LOCAL_ACCOUNT
from rehearsal.local.storytailor import Storytailor
from tests.integration.configuration.stage import Stage
from tests.unit.backup_samples import UNPACED
from watchkeeper.backup.code_snapshot import snapshot_code
from watchkeeper.backup.drift import compare_configuration
from watchkeeper.backup.job import back_up_parameters
from watchkeeper.definitions.errors import WatchkeeperError
from watchkeeper.environment.loader import load_environment
from watchkeeper.environment.names import Names
from watchkeeper.runtime.settings import (
    VARIABLE,
    CodeSnapshotSettings,
    ConfigDriftSettings,
    SsmBackupSettings,
    read_settings,
)
from watchkeeper.workloads.registry import workloads
from watchkeeper.workloads.storytailor.metrics_configuration import CONFIGURATION_DRIFT

ENVIRONMENT = load_environment("local", Path("environments"))
[STORYTAILOR] = [each for each in workloads(ENVIRONMENT) if each.name == "storytailor"]
BUCKET = Names(ENVIRONMENT).backup_bucket
KEY = Names(ENVIRONMENT).backup_key_arn
ROLE = "configuration-function"
TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": LOCAL_ACCOUNT},
    "Action": "sts:AssumeRole",
}
# The emulator asks nobody's leave for these: it encrypts no objects, and small ones need no parts;
# a pointer that is not there it calls so even to who may not list; a parameter is read again, or by
# an older version, only where one changed meanwhile or has a label.
UNASKED = {"kms:Decrypt", "kms:GenerateDataKey", "s3:AbortMultipartUpload", "s3:ListBucket"}

Work = Callable[[Any], Mapping[str, object]]
JOBS: dict[str, tuple[Any, Work]] = {
    "config_drift": (
        ConfigDriftSettings,
        partial(compare_configuration, metric=CONFIGURATION_DRIFT, rates=UNPACED),
    ),
    "code_snapshot": (CodeSnapshotSettings, snapshot_code),
}


def statements(job: str, key_arn: str) -> list[dict[str, Any]]:
    """Give a statement for each right that the stack gives a job, with the emulator's own key."""
    settings = json.loads(STORYTAILOR.settings[job])
    return [
        {
            "Effect": "Allow",
            "Action": action,
            "Resource": [each.replace(KEY, key_arn) for each in permission.resources],
        }
        for permission in FunctionPermissions(ENVIRONMENT).of(settings)
        for action in permission.actions
    ]


RIGHTS = [
    (job, right["Action"])
    for job in JOBS
    for right in statements(job, KEY)
    if right["Action"] not in UNASKED
]


@pytest.fixture(scope="module")
def deployed(stage: Stage) -> Stage:
    """Give the stage with the application, an export of its parameters, and a role."""
    Storytailor(stage.emulator).deploy()
    s3 = stage.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    document = {"Version": "2012-10-17", "Statement": [TRUST]}
    stage.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(document))
    told = {VARIABLE: STORYTAILOR.settings["ssm_backup"]}
    settings = replace(read_settings(SsmBackupSettings, told), key_arn=stage.key_arn)
    back_up_parameters(stage.run(settings, now=datetime.now(UTC)), UNPACED)
    return stage


def start(stage: Stage, job: str, *, without: str = "") -> Mapping[str, object]:
    rights = [each for each in statements(job, stage.key_arn) if each["Action"] != without]
    policy = json.dumps({"Version": "2012-10-17", "Statement": rights})
    iam = stage.client("iam")
    iam.put_role_policy(RoleName=ROLE, PolicyName="rights", PolicyDocument=policy)
    kind, work = JOBS[job]
    told = {VARIABLE: STORYTAILOR.settings[job].replace(KEY, stage.key_arn)}
    role_arn = f"arn:aws:iam::{LOCAL_ACCOUNT}:role/{ROLE}"

    def client(service: str, **_options: object) -> Any:
        return stage.emulator.client(service, role_arn=role_arn)

    return work(stage.run(read_settings(kind, told), now=datetime.now(UTC), aws=client))


@pytest.fixture(autouse=True)
def trusts_the_emulator(deployed: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", deployed.emulator.environment["AWS_CA_BUNDLE"])


def test_with_their_rights_both_do_their_work(deployed: Stage) -> None:
    copied = start(deployed, "code_snapshot")
    assert (copied["functions"], copied["packages_stored"]) == (2, 1)
    assert start(deployed, "code_snapshot")["packages_stored"] == 0
    compared = start(deployed, "config_drift")
    assert compared["drifted"] == 0
    assert compared["parameters"] == 21


@pytest.mark.parametrize(("job", "missing"), RIGHTS)
def test_without_any_one_of_them_it_fails_loudly(deployed: Stage, job: str, missing: str) -> None:
    with pytest.raises(WatchkeeperError, match=r"AccessDenied|403"):
        start(deployed, job, without=missing)
