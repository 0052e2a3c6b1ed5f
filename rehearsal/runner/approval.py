"""An approved export of the healthy account, made once by the backup itself."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from rehearsal.runner.deployment import Assembly, DeployedFunction
from rehearsal.runner.host import FunctionHost
from rehearsal.world.account import HealthyAccount, resolve
from rehearsal.world.aws.keys import Keys
from rehearsal.world.aws.objects import Objects
from rehearsal.world.aws.parameters import Parameters
from rehearsal.world.aws.wire import Clients, Responder
from rehearsal.world.clock import SimulatedClock
from rehearsal.world.errors import RehearsalError

BACKUP = "ssm_backup"
APPROVED = "/approved.json"
DAY = 86_400
APPROVED_AT = 1_767_243_600
EVENT = {"time": "2026-01-01T05:00:00Z"}
KEPT: dict[str, Mapping[tuple[str, str], bytes]] = {}


def kept_configuration(
    assembly: Assembly, account: HealthyAccount, suite: Mapping[str, str], now: int
) -> Mapping[tuple[str, str], bytes]:
    """Give an export of the account as it is, its approval, and a copy of the code of yesterday.

    Nothing where no backup is deployed.
    """
    function = assembly.functions.get(suite.get(BACKUP, ""))
    if function is None:
        return {}
    known_by = json.dumps([dict(function.variables), dict(account.parameters)], sort_keys=True)
    if known_by not in KEPT:
        KEPT[known_by] = _export(assembly, account, function)
    copied = {"completed_at": datetime.fromtimestamp(now - DAY, UTC).isoformat()}
    return {**KEPT[known_by], **_pointer_to_code(KEPT[known_by], json.dumps(copied).encode())}


def _pointer_to_code(
    export: Mapping[tuple[str, str], bytes], content: bytes
) -> Mapping[tuple[str, str], bytes]:
    return {
        (bucket, key.replace(APPROVED, "/code/latest.json")): content
        for bucket, key in export
        if key.endswith(APPROVED)
    }


def _export(
    assembly: Assembly, account: HealthyAccount, function: DeployedFunction
) -> Mapping[tuple[str, str], bytes]:
    clock = SimulatedClock(APPROVED_AT)
    parameters = Parameters(clock=clock, region=assembly.region, account=assembly.account)
    for name, value in account.parameters.items():
        parameters.put(name, value)
    objects = Objects({})
    responders: dict[str, Responder] = {"ssm": parameters, "s3": objects, "kms": Keys()}
    clients = Clients(region=assembly.region, clock=clock, responders=responders)
    exporter = FunctionHost(clock=clock, clients=clients, resolve=resolve)
    with exporter.installed():
        run = exporter.start(function, EVENT, APPROVED_AT)
    if run.error:
        raise RehearsalError(f"the healthy account could not be exported: {run.error}")
    return {
        (bucket, key.replace("/latest.json", APPROVED)): content
        for (bucket, key), content in objects.all_newest().items()
    }
