"""Every design rule, by number."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rehearsal.lint.rule import Rule
from rehearsal.lint.rules.actions import ALARM_HAS_ACTION, AT_MOST_FIVE_ACTIONS
from rehearsal.lint.rules.composites import COMPOSITE_WITHIN_LIMITS
from rehearsal.lint.rules.cost import COST_WITHIN_BUDGET
from rehearsal.lint.rules.expressions import MATH_WITHIN_LIMITS, RATE_HAS_VOLUME_GATE
from rehearsal.lint.rules.failures import ASYNC_FAILURES_KEPT
from rehearsal.lint.rules.metrics import (
    METRIC_IS_REGISTERED,
    NO_BAND_ON_SPARSE_METRIC,
    UNIT_MATCHES_EMITTER,
)
from rehearsal.lint.rules.missing_data import (
    BREACHING_OUTLASTS_CADENCE,
    EMITTER_HAS_HEARTBEAT,
    MISSING_DATA_STATED,
    QUIET_ALARM_HAS_TWIN,
)
from rehearsal.lint.rules.mutes import MUTE_RULE_ENDS
from rehearsal.lint.rules.objectives import BURN_RATE_CAN_FIRE
from rehearsal.lint.rules.people import RUNBOOK_EXISTS, SEVERITY_IS_ROUTED
from rehearsal.lint.rules.topics import (
    ENCRYPTED_TOPIC_KEY,
    TOPIC_LETS_PUBLISHER_IN,
    TOPIC_REACHES_SOMEBODY,
)
from rehearsal.lint.rules.windows import SCHEDULE_FITS, WINDOW_WITHIN_LIMITS

RULES: Final[tuple[Rule, ...]] = (
    ALARM_HAS_ACTION,
    ENCRYPTED_TOPIC_KEY,
    TOPIC_LETS_PUBLISHER_IN,
    TOPIC_REACHES_SOMEBODY,
    MISSING_DATA_STATED,
    BREACHING_OUTLASTS_CADENCE,
    EMITTER_HAS_HEARTBEAT,
    QUIET_ALARM_HAS_TWIN,
    METRIC_IS_REGISTERED,
    UNIT_MATCHES_EMITTER,
    WINDOW_WITHIN_LIMITS,
    MATH_WITHIN_LIMITS,
    AT_MOST_FIVE_ACTIONS,
    COMPOSITE_WITHIN_LIMITS,
    BURN_RATE_CAN_FIRE,
    RATE_HAS_VOLUME_GATE,
    NO_BAND_ON_SPARSE_METRIC,
    RUNBOOK_EXISTS,
    SEVERITY_IS_ROUTED,
    SCHEDULE_FITS,
    ASYNC_FAILURES_KEPT,
    COST_WITHIN_BUDGET,
    MUTE_RULE_ENDS,
)
BY_SLUG: Final[Mapping[str, Rule]] = MappingProxyType({rule.slug: rule for rule in RULES})
