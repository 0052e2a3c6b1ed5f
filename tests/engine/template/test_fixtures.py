"""Three apps of strangers: an API with a composite, a service of two stacks, a queue and table."""

from pathlib import Path

import pytest

from rehearsal.engine.alarm import Treatment
from rehearsal.engine.template.deployment import Deployment
from rehearsal.engine.template.reader import read_templates
from rehearsal.template_files import load_templates
from tests.engine.template.template_play import ACCOUNT, ARN, REGION, refusals

FOLDER = Path(__file__).parents[2] / "fixtures" / "templates"


def read_files(*names: str, **more: dict[str, str]) -> Deployment:
    files = load_templates(FOLDER / name for name in names)
    return read_templates(files.documents, account=ACCOUNT, region=REGION, **more)  # type: ignore[arg-type]


def dimensions(deployment: Deployment, alarm: str) -> list[dict[str, str]]:
    found = next(each for each in deployment.metric_alarms if each.name == alarm)
    return [dict(query.stat.metric.dimensions) for query in found.queries if query.stat]


def test_the_parcel_app_reads_without_a_refusal() -> None:
    deployment = read_files("parcel-tracking.template.json")
    assert deployment.refused == ()
    rate, slow, deploying = deployment.metric_alarms
    assert rate.name == "parcel-tracking-LookupErrorRate1D77"
    assert rate.returned.expression == "IF(asked >= 20, 100 * (failed + throttled) / asked, 0)"
    function = "parcel-tracking-LookupFn20AE"
    assert dimensions(deployment, rate.name) == [
        {"FunctionName": function, "Resource": f"{function}:live"},
        {"FunctionName": function},
        {"FunctionName": function},
    ]
    assert slow.ignores_low_samples
    assert not deploying.actions.enabled
    (broken,) = deployment.composite_alarms
    assert broken.rule == f'(ALARM("{ARN}{rate.name}") OR ALARM("{ARN}{slow.name}"))'
    assert broken.suppressor == deploying.arn
    assert (broken.suppressor_wait_seconds, broken.suppressor_extension_seconds) == (60, 120)
    pager, desk = deployment.topics
    assert broken.actions.alarm == (pager.arn,)
    assert broken.actions.ok == (pager.arn, desk.arn)
    assert pager.key_policy is not None
    assert [each.topic_arn for each in deployment.subscriptions] == [desk.arn, pager.arn]
    assert "CDKMetadata" not in {resource.logical_id for resource in deployment.resources}


def test_the_museum_reads_over_two_stacks() -> None:
    deployment = read_files("museum-tickets.yaml", "museum-hall.yaml")
    assert deployment.refused == ()
    names = ["counter-busy", "visitors-wait", "turned-away", "archive-full"]
    assert [each.name for each in deployment.metric_alarms] == [f"tickets-live-{n}" for n in names]
    balancer = dimensions(deployment, "tickets-live-turned-away")[0]["LoadBalancer"]
    assert balancer.startswith("app/museum-live/")
    wait = dimensions(deployment, "tickets-live-visitors-wait")[0]
    assert wait["LoadBalancer"] == balancer
    assert wait["TargetGroup"].startswith("targetgroup/museum-tickets-Visitors/")
    busy, waits, _, full = deployment.metric_alarms
    assert dimensions(deployment, busy.name) == [
        {"ClusterName": "museum-tickets-Desk", "ServiceName": "counter"}
    ]
    assert (busy.threshold, waits.threshold, waits.evaluation_periods) == (85.0, 1.5, 3)
    assert busy.actions.alarm == waits.actions.alarm == (deployment.topics[0].arn,)
    assert dimensions(deployment, full.name) == [{"DBInstanceIdentifier": "museum-archive-live"}]
    assert (full.timezone, full.warm_up_minutes, full.warms_up_whole_period) == (
        "Europe/Vienna",
        120,
        True,
    )
    assert deployment.subscriptions == ()


def test_the_museum_reads_with_other_parameters() -> None:
    deployment = read_files(
        "museum-hall.yaml",
        "museum-tickets.yaml",
        parameters={"Stage": "trial", "MaxCpuPercent": "50", "OnCall": "+43"},
        known={"/museum/tickets/image": "till:7"},
    )
    busy, waits, *_ = deployment.metric_alarms
    assert busy.description == "The counter uses more than 50 % of its processors, image till:7."
    assert (busy.threshold, waits.threshold, waits.evaluation_periods) == (50.0, 6.0, 12)
    assert [topic.name for topic in deployment.topics] == ["museum-wardens-trial"]


def test_the_tickets_alone_are_refused_where_they_need_the_hall() -> None:
    refused = refusals(read_files("museum-tickets.yaml"))
    assert set(refused) == {
        f"tickets-live-{n}" for n in ("visitors-wait", "turned-away", "archive-full")
    }
    assert refused["tickets-live-archive-full"].endswith(
        "no stack that was read exports 'museum-hall:Archive'"
    )


def test_the_greenhouse_refuses_by_name_what_only_cloudwatch_can_evaluate() -> None:
    deployment = read_files("greenhouse.template.json")
    assert [each.name for each in deployment.alarms] == [
        "greenhouse-dry-beds",
        "greenhouse-beds-throttled",
        "greenhouse-ReadingsOld",
    ]
    refused = refusals(deployment)
    assert set(refused) == {
        "greenhouse-watering-odd",
        "greenhouse-any-queue-full",
        "greenhouse-station-silent",
        "greenhouse-harvest-in-danger",
        "greenhouse-village",
    }
    assert "anomaly detection band" in refused["greenhouse-watering-odd"]
    assert "SEARCH" in refused["greenhouse-any-queue-full"]
    assert "Ref of WeatherStation" in refused["greenhouse-station-silent"]
    throttled = deployment.metric_alarms[1]
    assert throttled.treatment is Treatment.IGNORE
    assert dimensions(deployment, "greenhouse-ReadingsOld") == [{"QueueName": "readings.fifo"}]


def test_the_greenhouse_has_its_filter_its_mute_rule_and_its_schedules() -> None:
    deployment = read_files("greenhouse.template.json", known={"greenhouse.WeatherStation": "roof"})
    assert "greenhouse-station-silent" in {each.name for each in deployment.alarms}
    (dryness,) = deployment.metric_filters
    assert (dryness.log_group, dryness.value) == ("greenhouse-WatererLog", "$.beds")
    (night,) = deployment.mute_rules
    assert night.alarms == ("greenhouse-dry-beds",)
    (waterer,) = deployment.functions
    assert waterer.log_group == "greenhouse-WatererLog"
    assert set(waterer.unknown_environment) == {"WEATHER"}
    evening, morning = deployment.schedules
    assert (evening.timezone, evening.is_enabled) == ("Europe/Madrid", False)
    assert (morning.input, morning.max_retries) == ('{"litres": 40}', 4)
    assert deployment.find_function(morning.target_arn) == waterer


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_every_fixture_is_read_by_a_test(path: Path) -> None:
    assert f'"{path.name}"' in Path(__file__).read_text(encoding="utf-8")
