"""EventBridge: the state of its rules, as it is now, and events put on its bus."""

from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer, to_refusal

MISSING = "MISSING"
# Gives the state of a rule now, `MISSING` when there is none.
RuleStates = Callable[[str], str]


class Rules:
    """Answer for rules, and `PutEvents` by handing each entry on to be published.

    `schedules` gives the expressions of the rules that are known to have one; all start `target`,
    an ARN.
    """

    def __init__(
        self,
        state: RuleStates,
        publish: Callable[[Mapping[str, Any]], None] = lambda _entry: None,
        *,
        schedules: Mapping[str, str] | None = None,
        target: str = "",
    ) -> None:
        self._schedules = schedules or {}
        self._target = target
        self._state = state
        self._publish = publish

    def __call__(self, call: Call) -> Answer:
        """Answer a call to EventBridge."""
        if call.operation == "PutEvents":
            return self._put(call.document["Entries"])
        if call.operation not in ("DescribeRule", "ListTargetsByRule"):
            return refuse_unknown("events", call)
        name = call.document.get("Name") or call.document["Rule"]
        state = self._state(name)
        if state == MISSING:
            sentence = f"Rule {name} does not exist on EventBus default."
            return to_refusal("ResourceNotFoundException", sentence)
        if call.operation == "ListTargetsByRule":
            return to_answer({"Targets": [{"Id": "target", "Arn": self._target}]})
        schedule = self._schedules.get(name, "")
        return to_answer({"Name": name, "State": state, "ScheduleExpression": schedule})

    def _put(self, entries: list[Mapping[str, Any]]) -> Answer:
        for entry in entries:
            self._publish(entry)
        taken = [{"EventId": str(number)} for number, _ in enumerate(entries)]
        return to_answer({"FailedEntryCount": 0, "Entries": taken})
