"""Our own templates: every alarm of every environment reads, with whom it reaches and who emits."""

from collections.abc import Mapping

import pytest

from infra.assembly import Assembly
from rehearsal.engine.template.deployment import Deployment
from rehearsal.engine.template.reader import read_templates
from rehearsal.template_files import load_templates
from tests.infrastructure.templates import alarms

ENVIRONMENTS = ("local", "production", "staging")


@pytest.fixture(params=ENVIRONMENTS)
def assembly(request: pytest.FixtureRequest, assemblies: Mapping[str, Assembly]) -> Assembly:
    return assemblies[request.param]


def deployed(assembly: Assembly) -> Deployment:
    files = load_templates(sorted({path.parent for path in assembly.templates.values()}))
    assert set(files.documents) == set(assembly.templates)
    assert set(files.places) == set(files.documents)
    return read_templates(
        files.documents, account="000000000000", region="eu-west-1", places=files.places
    )


def test_every_alarm_reads_and_none_is_refused(assembly: Assembly) -> None:
    deployment = deployed(assembly)
    assert deployment.refused == ()
    assert {each.name for each in deployment.alarms} == set(alarms(assembly))
    sources = [each.source.partition("/")[0] for each in deployment.alarms]
    counts = {stack: sources.count(stack) for stack in sources}
    assert sorted(counts.values()) == [34, 78]


def test_every_action_is_a_topic_that_somebody_hears(assembly: Assembly) -> None:
    deployment = deployed(assembly)
    heard = {each.topic_arn for each in deployment.subscriptions}
    topics = {each.arn for each in deployment.topics}
    for alarm in deployment.alarms:
        assert set(alarm.actions.alarm) <= topics & heard, alarm.name
    assert all(topic.key_policy and topic.policies for topic in deployment.topics)


def test_every_schedule_starts_one_of_the_functions(assembly: Assembly) -> None:
    deployment = deployed(assembly)
    started = [deployment.find_function(each.target_arn) for each in deployment.schedules]
    assert None not in started
    assert {each.name for each in started if each} == {each.name for each in deployment.functions}
    groups = {group.name for group in deployment.log_groups}
    assert {each.log_group for each in deployment.functions} <= groups
    assert all("WATCHKEEPER_SETTINGS" in each.environment for each in deployment.functions)
