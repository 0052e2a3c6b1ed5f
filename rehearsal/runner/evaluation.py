"""Let alarms live through what was recorded, and judge what they did."""

from rehearsal.engine.template.deployment import Deployment
from rehearsal.runner.deeds import judge_deeds
from rehearsal.runner.recording import Recording
from rehearsal.runner.result import Recorded, Rehearsal, list_messages, list_pages
from rehearsal.runner.verdict import judge
from rehearsal.scenario.model import Scenario


def evaluate(recorded: Recorded, deployment: Deployment) -> Rehearsal:
    """Evaluate a deployment's alarms on a recording, and judge what they did."""
    outcome = recorded.evaluate(deployment)
    pages = tuple(list_pages(outcome.action_runs, deployment))
    messages = tuple(list_messages(recorded.said, deployment))
    return Rehearsal(
        recorded=recorded,
        transitions=outcome.transitions,
        pages=(*pages, *messages),
        failures=(
            *judge(recorded.scenario, outcome.transitions, pages),
            *judge_deeds(recorded.scenario, messages, recorded.wrote),
        ),
    )


def rehearse_metrics(scenario: Scenario, deployment: Deployment) -> Rehearsal:
    """Rehearse a scenario of metrics alone, on anybody's alarms: nothing is started.

    The world before it was healthy: what a metric begins with it had for the warm-up, too.
    """
    recording = Recording()
    recording.keep_said_before(scenario)
    recording.keep_said(scenario)
    recorded = Recorded(
        scenario=scenario,
        store=recording.to_store(),
        begins=scenario.start - scenario.warm_up,
        lines=(),
    )
    return evaluate(recorded, deployment)
