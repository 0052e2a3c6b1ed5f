"""Rules are checked together: each has to be there and enabled."""

import json

import boto3
import pytest

from tests.integration.health_check_kinds.looking import look
from tests.integration.local_aws import LocalAws, answer
from watchkeeper.definitions.errors import CheckBrokenError


def put_rules(moto: boto3.session.Session, **states: str) -> None:
    events = moto.client("events")
    for name, state in states.items():
        events.put_rule(Name=name, ScheduleExpression="rate(1 day)", State=state)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ({"digest": "ENABLED", "insights": "ENABLED"}, ""),
        ({"digest": "ENABLED", "insights": "ENABLED", "other": "DISABLED"}, ""),
        ({"digest": "ENABLED", "insights": "DISABLED"}, "1 of 2 rules: insights is disabled"),
        ({"insights": "ENABLED"}, "1 of 2 rules: digest is missing"),
        ({"digest": "DISABLED"}, "2 of 2 rules: digest is disabled, insights is missing"),
        ({}, "2 of 2 rules: digest is missing, insights is missing"),
    ],
)
def test_rules_are_judged_together_and_each_wrong_one_is_named(
    moto: boto3.session.Session, states: dict[str, str], reason: str
) -> None:
    put_rules(moto, **states)
    result = look("eventbridge_rules", {"rules": "digest, insights"})
    assert result.reason == reason
    assert not result.retryable


def test_a_rule_that_also_takes_management_events_is_enabled(aws: LocalAws) -> None:
    state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    aws.replies["DescribeRule digest"] = [answer({"Name": "digest", "State": state})]
    assert look("eventbridge_rules", {"rules": "digest"}, aws.endpoint).has_passed


def test_rules_of_another_bus_are_looked_for_there(aws: LocalAws) -> None:
    aws.replies["DescribeRule digest"] = [answer({"State": "ENABLED"})]
    look("eventbridge_rules", {"rules": "digest", "bus": "stories"}, aws.endpoint)
    assert json.loads(aws.calls["DescribeRule digest"][0])["EventBusName"] == "stories"


@pytest.mark.parametrize("rules", ["", "digest,,insights", "digest,"])
def test_a_list_of_rules_with_a_hole_is_broken(aws: LocalAws, rules: str) -> None:
    with pytest.raises(CheckBrokenError, match="expected names between commas"):
        look("eventbridge_rules", {"rules": rules}, aws.endpoint)
