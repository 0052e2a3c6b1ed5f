"""What the templates say of alarms, dashboards and saved queries, in every environment."""

import re
from collections.abc import Iterator

from infra.assembly import Assembly
from tests.infrastructure.templates import (
    COMPOSITE,
    METRIC_ALARM,
    Properties,
    alarms,
    dashboards,
    properties,
    resources,
    series_of_alarm,
    suffix,
    texts,
)

TREATMENTS = {"breaching", "notBreaching", "ignore", "missing"}
DESCRIPTION = re.compile(
    r"(?P<severity>P[1-4]): .{20,}\n1\. .+\n2\. .+\n3\. .+\n"
    r"(Kill switch: (?P<switch>/\S+)\n)?"
    r"Runbook: https://\S+/runbooks/(?P<workload>[a-z-]+)\.md#(?P<section>[a-z0-9-]+)\n"
    r"Dashboard: https://\S+#dashboards/dashboard/(?P<dashboard>[\w-]+)"
)
CHILD = re.compile(r'ALARM\("([^"]+)"\)')
# A percentile that is not judged, and reads 0, where there are too few samples or none.
GATED = re.compile(r"IF\(FILL\(samples, 0\) >= [1-9]\d*, slowest, 0\)")
# 1 while something is so, 0 while it is not, and read by its maximum: it is filled as a count is.
FLAGS = {"UnsubscribeAnomaly"}
# Dimensions by which AWS's own metrics name a part of something.
PARTS = {
    "FunctionName": ("AWS::Lambda::Function", "FunctionName"),
    "QueueName": ("AWS::SQS::Queue", "QueueName"),
    "ScheduleGroup": ("AWS::Scheduler::ScheduleGroup", "Name"),
    "TopicName": ("AWS::SNS::Topic", "TopicName"),
    "LogGroupName": ("AWS::Logs::LogGroup", "LogGroupName"),
}


def test_there_are_alarms_of_both_kinds_on_every_workload(assembly: Assembly) -> None:
    workloads = {alarm["Tags"][2]["Value"] for alarm in alarms(assembly).values()}
    assert workloads == {"storytailor", "watchkeeper"}
    assert len(properties(assembly, METRIC_ALARM)) > 40
    assert len(properties(assembly, COMPOSITE)) >= 2


def test_every_metric_alarm_says_what_missing_data_means(assembly: Assembly) -> None:
    for alarm in properties(assembly, METRIC_ALARM):
        assert alarm["TreatMissingData"] in TREATMENTS, alarm["AlarmName"]


def test_a_count_over_one_window_is_filled_and_one_over_several_is_not(assembly: Assembly) -> None:
    """Else an old window decides where the newest is empty, or an empty one for the newest."""
    filled = 0
    for alarm in properties(assembly, METRIC_ALARM):
        text = " ".join(query.get("Expression", "") for query in alarm.get("Metrics", ()))
        if alarm["TreatMissingData"] != "notBreaching":
            continue
        is_single_count = alarm["EvaluationPeriods"] == 1 and is_count(alarm)
        is_gated = alarm["EvaluationPeriods"] == 1 and statistics(alarm) == {"p95", "SampleCount"}
        assert ("FILL(" in text) is (is_single_count or is_gated), alarm["AlarmName"]
        assert bool(GATED.search(text)) is is_gated, alarm["AlarmName"]
        filled += is_single_count
    assert filled > 15


def test_every_description_tells_a_woken_person_what_to_do(assembly: Assembly) -> None:
    boards = dashboards(assembly)
    for name, alarm in alarms(assembly).items():
        assert len(alarm["AlarmDescription"]) <= 1024
        found = DESCRIPTION.fullmatch(alarm["AlarmDescription"])
        assert found, alarm["AlarmDescription"]
        assert found["dashboard"] in boards
        tags = {tag["Key"]: tag["Value"] for tag in alarm["Tags"]}
        assert tags == {
            "severity": found["severity"],
            "workload": found["workload"],
            "owner": "pipeline-ops",
        }
        assert name.startswith(f"{tags['workload']}-")


def test_alarms_that_can_be_stopped_by_a_kill_switch_name_it(assembly: Assembly) -> None:
    path = f"/storytailor-{assembly.environment}/pipelines/"
    description = alarms(assembly)[f"storytailor-unsubscribe-rate-critical{suffix(assembly)}"][
        "AlarmDescription"
    ]
    assert f"\nKill switch: {path}daily-digest/enabled\n" in description


def test_every_alarm_tells_beginning_and_end_to_topics_that_exist(assembly: Assembly) -> None:
    topics = {topic["TopicName"] for topic in properties(assembly, "AWS::SNS::Topic")}
    children = {child for alarm in alarms(assembly).values() for child in children_of(alarm)}
    for name, alarm in alarms(assembly).items():
        assert alarm["ActionsEnabled"] is True
        assert "InsufficientDataActions" not in alarm
        assert alarm.get("AlarmActions", []) == alarm.get("OKActions", [])
        assert len(alarm.get("AlarmActions", [])) <= 5
        assert alarm.get("AlarmActions") or name in children, f"{name} would page nobody"
        for arn in alarm.get("AlarmActions", ()):
            assert arn.rpartition(":")[2] in topics


def test_the_severity_decides_the_topic(assembly: Assembly) -> None:
    spike = alarms(assembly)[f"storytailor-unsubscribe-spike{suffix(assembly)}"]
    assert [arn.rpartition(":")[2] for arn in spike["AlarmActions"]] == [
        f"storytailor-high-alerts{suffix(assembly)}",
        f"storytailor-warning-alerts{suffix(assembly)}",
    ]
    silent = alarms(assembly)[f"storytailor-health-check-silent{suffix(assembly)}"]
    assert [arn.rpartition(":")[2] for arn in silent["AlarmActions"]] == [
        f"storytailor-critical-alerts{suffix(assembly)}"
    ]


def test_the_suite_pages_about_itself_through_topics_of_its_own(assembly: Assembly) -> None:
    for name, alarm in alarms(assembly).items():
        workload = name.partition("-")[0]
        for arn in alarm.get("AlarmActions", ()):
            assert arn.rpartition(":")[2].startswith(f"{workload}-")


def test_no_alarm_asks_for_a_unit(assembly: Assembly) -> None:
    assert not any("Unit" in set(texts(alarm)) for alarm in alarms(assembly).values())


def test_composites_name_alarms_that_exist_and_come_first(assembly: Assembly) -> None:
    for resource in resources(assembly, COMPOSITE):
        rule = resource["Properties"]["AlarmRule"]
        assert CHILD.sub("x", rule).replace(" OR ", "") == "x" * len(CHILD.findall(rule))
        for child in children_of(resource["Properties"]):
            assert child in alarms(assembly)
        assert len(resource["DependsOn"]) == len(children_of(resource["Properties"]))


def test_every_alarm_keeps_within_the_limits_of_cloudwatch(assembly: Assembly) -> None:
    for alarm in properties(assembly, METRIC_ALARM):
        period = alarm.get("Period") or alarm_period(alarm)
        window = period * alarm["EvaluationPeriods"]
        assert window <= (86_400 if period < 3600 else 604_800)
        assert 1 <= alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"]
        queries = alarm.get("Metrics", [])
        assert sum("MetricStat" in query for query in queries) <= 10
        assert [query["ReturnData"] for query in queries].count(True) == bool(queries)


def test_alarms_on_the_suite_watch_parts_that_are_deployed(assembly: Assembly) -> None:
    seen = set()
    for alarm in properties(assembly, METRIC_ALARM):
        for namespace, _, dimensions in series_of_alarm(alarm):
            for dimension, value in dimensions:
                is_own = "watchkeeper" in value or dimension == "TopicName"
                if namespace.startswith("AWS/") and is_own:
                    kind, name = PARTS[dimension]
                    assert value in {found[name] for found in properties(assembly, kind)}
                    seen.add(dimension)
    assert seen == set(PARTS)


def test_every_function_has_an_alarm_on_its_errors(assembly: Assembly) -> None:
    """Of a rare job the queue tells, in which a run ends that failed each time it was tried."""
    watched = {
        value
        for alarm in properties(assembly, METRIC_ALARM)
        for _, metric, dimensions in series_of_alarm(alarm)
        for name, value in dimensions
        if metric == "Errors" and name == "FunctionName"
    }
    functions = {each["FunctionName"] for each in properties(assembly, "AWS::Lambda::Function")}
    schedules = {
        each["Name"]: each["ScheduleExpression"]
        for each in properties(assembly, "AWS::Scheduler::Schedule")
    }
    assert functions == set(schedules)
    frequent = {name for name in functions if schedules[name].startswith("rate(")}
    assert frequent
    assert frequent <= watched
    assert functions <= watched | kept_when_failed(assembly)


def test_what_is_given_up_raises_an_alarm(assembly: Assembly) -> None:
    alarm = alarms(assembly)[f"watchkeeper-dead-letters{suffix(assembly)}"]
    [(_, _, dimensions)] = series_of_alarm(alarm)
    queues = {queue["QueueName"] for queue in properties(assembly, "AWS::SQS::Queue")}
    assert dict(dimensions)["QueueName"] in queues
    assert alarm["Threshold"] == 0


def test_names_are_bare_in_production_and_suffixed_elsewhere(assembly: Assembly) -> None:
    names = [*alarms(assembly), *dashboards(assembly)]
    names += [query["Name"] for query in properties(assembly, "AWS::Logs::QueryDefinition")]
    for name in names:
        assert name.endswith(suffix(assembly))
        assert not name.endswith("-production")


def test_a_drawn_threshold_is_the_enforced_one(assembly: Assembly) -> None:
    drawn = 0
    for body in dashboards(assembly).values():
        for widget in body["widgets"]:
            for line in widget["properties"].get("annotations", {}).get("horizontal", ()):
                severity, name, *_ = line["label"].split()
                alarm = alarms(assembly)[name]
                assert line["value"] == alarm["Threshold"]
                assert alarm["AlarmDescription"].startswith(severity)
                drawn += 1
    assert drawn > 3


def test_widgets_keep_to_the_grid_and_know_their_region(assembly: Assembly) -> None:
    for body in dashboards(assembly).values():
        assert body["start"] == "-P1D"
        for widget in body["widgets"]:
            assert widget["x"] + widget["width"] <= 24
            if widget["type"] == "metric":
                assert widget["properties"]["region"] == "us-east-1"
                assert len(widget["properties"]["metrics"]) <= 500


def test_ids_are_unique_within_a_widget(assembly: Assembly) -> None:
    for rows in metric_rows(assembly):
        ids = [
            part["id"] for row in rows for part in row if isinstance(part, dict) and "id" in part
        ]
        assert len(ids) == len(set(ids))


def test_expressions_use_ids_that_are_there(assembly: Assembly) -> None:
    for rows in metric_rows(assembly):
        options = [part for row in rows for part in row if isinstance(part, dict)]
        ids = {part["id"] for part in options if "id" in part}
        for part in options:
            used = set(re.findall(r"\b[a-z]\w*", part.get("expression", "")))
            assert used <= ids


def test_state_widgets_show_every_alarm_of_the_environment(assembly: Assembly) -> None:
    shown = {
        arn.partition(":alarm:")[2]
        for body in dashboards(assembly).values()
        for widget in body["widgets"]
        if widget["type"] == "alarm"
        for arn in widget["properties"]["alarms"]
    }
    assert shown == set(alarms(assembly))


def test_pies_show_the_whole_range_and_weeks_a_week(assembly: Assembly) -> None:
    widgets = [
        widget["properties"]
        for body in dashboards(assembly).values()
        for widget in body["widgets"]
        if widget["type"] == "metric"
    ]
    pies = [widget for widget in widgets if widget["view"] == "pie"]
    assert pies
    assert all(pie["setPeriodToTimeRange"] for pie in pies)
    weeks = [widget for widget in widgets if "(7 d)" in widget["title"]]
    assert weeks
    assert all(week["start"] == "-P7D" for week in weeks)


def test_saved_queries_are_over_the_log_groups_of_the_environment(assembly: Assembly) -> None:
    queries = properties(assembly, "AWS::Logs::QueryDefinition")
    own = {group["LogGroupName"] for group in properties(assembly, "AWS::Logs::LogGroup")}
    assert len(queries) >= 6
    for query in queries:
        assert query["QueryString"].startswith("# ")
        assert query["LogGroupNames"]
        for name in query["LogGroupNames"]:
            # The suite's own are deployed with it; the application's are another stack's.
            if "/watchkeeper-" in name:
                assert name in own
            else:
                assert name.startswith(("/aws/lambda/storytailor-", "/aws/events/storytailor-"))
                assert name.endswith(f"-{assembly.environment}")


def children_of(alarm: Properties) -> list[str]:
    return CHILD.findall(alarm.get("AlarmRule", ""))


def statistics(alarm: Properties) -> set[str]:
    queries = [query["MetricStat"] for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    return {each["Stat"] for each in queries} or {
        alarm.get("Statistic") or alarm["ExtendedStatistic"]
    }


def is_count(alarm: Properties) -> bool:
    """Tell sums, and flags by their maximum, from what has no value where nothing happened."""
    metrics = {metric for _, metric, _ in series_of_alarm(alarm)}
    return statistics(alarm) == {"Sum"} or (statistics(alarm) == {"Maximum"} and metrics <= FLAGS)


def kept_when_failed(assembly: Assembly) -> set[str]:
    """Name the functions whose failed runs end in a queue that an alarm looks at."""
    parts = assembly.read(f"Watchkeeper-Functions{suffix(assembly)}")["Resources"]
    [(_, _, looked_at)] = series_of_alarm(
        alarms(assembly)[f"watchkeeper-dead-letters{suffix(assembly)}"]
    )
    kept = set()
    for part in parts.values():
        if part["Type"] == "AWS::Lambda::EventInvokeConfig":
            config = part["Properties"]
            queue = config["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
            assert parts[queue]["Properties"]["QueueName"] == dict(looked_at)["QueueName"]
            kept.add(parts[config["FunctionName"]["Ref"]]["Properties"]["FunctionName"])
    return kept


def alarm_period(alarm: Properties) -> int:
    periods = {query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query}
    assert len(periods) == 1
    return int(periods.pop())


def metric_rows(assembly: Assembly) -> Iterator[list[list[object]]]:
    for body in dashboards(assembly).values():
        for widget in body["widgets"]:
            if widget["type"] == "metric":
                yield widget["properties"]["metrics"]
