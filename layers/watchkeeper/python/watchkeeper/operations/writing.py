"""Write to Parameter Store at a pace that leaves the service's limit to the applications."""

from collections.abc import Mapping, Sequence
from typing import Any

from watchkeeper.backup.calls import Pace, ask
from watchkeeper.definitions.errors import BackupError
from watchkeeper.operations.plan import (
    MARK,
    AddTags,
    LabelVersion,
    PutVersion,
    RemoveMark,
    Step,
    put_arguments,
)

# PutParameter takes 3 calls a second by default, of the whole account and region (AWS General
# Reference, "Systems Manager endpoints and quotas"); what else writes shall get its turn.
WRITES_PER_SECOND = 2.0
# Nobody's deadline cuts an operator off; each call ends by its own timeout.
DAY_SECONDS = 86_400.0


class Writer:
    """Take the steps of a plan, each call at its turn."""

    def __init__(self, ssm: Any, calls_per_second: float = WRITES_PER_SECOND) -> None:
        self._ssm = ssm
        self._pace = Pace(calls_per_second)

    def take(self, name: str, step: Step) -> None:
        """Make one step for a parameter."""
        resource = {"ResourceType": "Parameter", "ResourceId": name}
        match step:
            case PutVersion():
                answer = self._ask(self._ssm.put_parameter, **put_arguments(name, step))
                if step.version.labels:
                    self._label(name, answer["Version"], step.version.labels)
            case LabelVersion():
                self._label(name, step.number, step.labels)
            case AddTags():
                tags = [{"Key": key, "Value": value} for key, value in step.tags]
                self._ask(self._ssm.add_tags_to_resource, **resource, Tags=tags)
            case RemoveMark():
                self._ask(self._ssm.remove_tags_from_resource, **resource, TagKeys=[MARK])

    def _label(self, name: str, number: int, labels: Sequence[str]) -> None:
        answer = self._ask(
            self._ssm.label_parameter_version,
            Name=name,
            ParameterVersion=number,
            Labels=list(labels),
        )
        if answer.get("InvalidLabels"):
            refused = ", ".join(answer["InvalidLabels"])
            raise BackupError(f"Parameter Store takes no label {refused}")

    def _ask(self, method: Any, **arguments: Any) -> Mapping[str, Any]:
        self._pace.wait(DAY_SECONDS)
        return ask(method, **arguments)
