"""A change of an alarm's state, and what CloudWatch holds of an alarm between changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rehearsal.engine.alarm import State
from rehearsal.engine.inferred import Inference


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Say why a state was reached: CloudWatch's sentence, and its data as JSON would hold them."""

    text: str
    data: Mapping[str, object] = field(default_factory=dict)


CREATED = Reason(text="Unchecked: Initial alarm creation")


@dataclass(frozen=True, kw_only=True)
class Transition:
    """Be one change of one alarm's state at a moment (seconds since 1970).

    `inferred` names the unpublished rules that the new state rests on.
    """

    time: int
    alarm: str
    arn: str
    old: State
    new: State
    reason: str
    reason_data: Mapping[str, object] = field(default_factory=dict)
    inferred: frozenset[Inference] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Be the state an alarm is in, since when and why; a suppressed one says by what.

    `since` is in seconds, of this state or of this phase of suppression, whichever is later.
    """

    state: State
    since: float
    reason: Reason
    suppressed_by: str | None = None
    suppressed_reason: str | None = None

    @classmethod
    def created(cls, moment: float) -> "Standing":
        """Return what every alarm begins with."""
        return cls(state=State.INSUFFICIENT_DATA, since=moment, reason=CREATED)

    @classmethod
    def after(cls, transition: Transition) -> "Standing":
        """Return where a change leaves an alarm that nothing suppresses."""
        return cls(
            state=transition.new,
            since=transition.time,
            reason=Reason(text=transition.reason, data=transition.reason_data),
        )
