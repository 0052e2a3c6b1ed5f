"""EventBridge's rules: their state, as it is now."""

from collections.abc import Callable

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer, to_refusal

MISSING = "MISSING"
# Gives the state of a rule now, `MISSING` when there is none.
RuleStates = Callable[[str], str]


class Rules:
    """Answer `DescribeRule`."""

    def __init__(self, state: RuleStates) -> None:
        self._state = state

    def __call__(self, call: Call) -> Answer:
        """Answer a call to EventBridge."""
        if call.operation != "DescribeRule":
            return refuse_unknown("events", call)
        name = call.document["Name"]
        state = self._state(name)
        if state == MISSING:
            sentence = f"Rule {name} does not exist on EventBus default."
            return to_refusal("ResourceNotFoundException", sentence)
        return to_answer({"Name": name, "State": state})
