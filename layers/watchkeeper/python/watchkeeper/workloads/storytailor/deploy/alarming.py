"""What all alarms of Storytailor share: the environment's names, numbers and way of writing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from watchkeeper.definitions.alarm import AlarmDefinition, AnyOf, Threshold
from watchkeeper.definitions.metric import MetricDefinition, MetricSeries
from watchkeeper.definitions.severity import Severity
from watchkeeper.environment.model import Environment, Storytailor
from watchkeeper.environment.thresholds import Thresholds

PIPELINES_DASHBOARD = "Storytailor-Pipelines"
EMAIL_DASHBOARD = "Storytailor-Email"
REFERRALS_DASHBOARD = "Storytailor-Referrals"


@dataclass(frozen=True, kw_only=True)
class Alarming:
    """Hand alarms their environment and their numbers, and build them."""

    environment: Environment
    storytailor: Storytailor
    numbers: Thresholds

    def series(self, metric: MetricDefinition, **dimensions: str) -> MetricSeries:
        """Return a series of this environment."""
        return metric.series(Environment=self.environment.name, **dimensions)

    def app(self, name: str) -> str:
        """Name something of the application itself: `storytailor-<name>-<env>`."""
        return f"storytailor-{name}-{self.environment.name}"

    def switch(self, pipeline: str) -> str:
        """Name the parameter that switches a pipeline off."""
        return f"/storytailor-{self.environment.name}/pipelines/{pipeline}/enabled"

    def alarm(  # noqa: PLR0913 (one argument for each thing a page must say)
        self,
        name: str,
        severity: Severity,
        condition: Threshold | AnyOf,
        *,
        meaning: str,
        checks: tuple[str, str, str],
        rationale: str = "",
        dashboard: str = PIPELINES_DASHBOARD,
        kill_switch: str = "",
        silent: bool = False,
        runbook: str = "",
        also_notifies: tuple[Severity, ...] = (),
    ) -> AlarmDefinition:
        """Build an alarm named `storytailor-<name>`; its runbook section bears its name."""
        full_name = f"storytailor-{name}"
        return AlarmDefinition(
            name=full_name,
            severity=severity,
            condition=condition,
            meaning=meaning,
            first_checks=checks,
            runbook=runbook or full_name,
            dashboard=dashboard,
            rationale=rationale,
            kill_switch=kill_switch,
            silent=silent,
            also_notifies=also_notifies,
        )

    def any_of(
        self,
        name: str,
        severity: Severity,
        conditions: Mapping[str, Threshold],
        *,
        meaning: str,
        checks: tuple[str, str, str],
        rationale: str,
        dashboard: str = PIPELINES_DASHBOARD,
    ) -> Iterator[AlarmDefinition]:
        """Yield a silent alarm for each condition, and one that pages while any of them burns."""
        runbook = f"storytailor-{name}"
        for child, condition in conditions.items():
            yield self.alarm(
                child,
                severity,
                condition,
                meaning=meaning,
                checks=checks,
                silent=True,
                runbook=runbook,
                dashboard=dashboard,
            )
        rule = AnyOf(alarms=tuple(f"storytailor-{child}" for child in conditions))
        yield self.alarm(
            name,
            severity,
            rule,
            meaning=meaning,
            checks=checks,
            rationale=rationale,
            dashboard=dashboard,
        )
