from dataclasses import replace
from typing import Any

import pytest

from rehearsal.local.errors import LocalStageError
from rehearsal.local.traffic_rates import EmailRates, PipelineRates, Rates, Timetable
from rehearsal.local.workspace import REPOSITORY
from watchkeeper.environment.loader import load_environment


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        (PipelineRates, {"runs": -1}, "runs is -1, expected 0 or more"),
        (PipelineRates, {"runs": 1, "veto_fraction": 1.5}, "veto_fraction is 1.5, expected a fr"),
        (EmailRates, {"opened_fraction": -0.1}, "opened_fraction is -0.1, expected a fraction"),
        (Rates, {"users": 0}, "users is 0, expected at least 1"),
        (Rates, {"switched_off": frozenset({"nap"})}, "switched_off names .'nap'., expected some"),
        (Timetable, {"hour": 24}, "the time is 24:0, expected"),
    ],
)
def test_impossible_rates_are_refused(kind: Any, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LocalStageError, match=sentence):
        kind(**values)


def test_one_pipeline_can_be_changed_alone() -> None:
    rates = Rates().with_pipeline("crisis_alert", sla_missed_fraction=1.0)
    assert rates.pipelines["crisis_alert"].sla_missed_fraction == 1.0
    assert rates.pipelines["daily_digest"] == Rates().pipelines["daily_digest"]
    with pytest.raises(LocalStageError, match="'nap', expected one of"):
        rates.with_pipeline("nap", runs=1)


def test_scaling_changes_amounts_and_no_outcome() -> None:
    double = Rates().scaled(2)
    assert double.pipelines["daily_digest"].runs == 5000
    assert double.users == 20_000
    assert double.email == Rates().email
    assert replace(double.pipelines["crisis_alert"], runs=4) == Rates().pipelines["crisis_alert"]


def test_an_email_type_can_fare_otherwise() -> None:
    bad = EmailRates(failed_fraction=1)
    rates = Rates(email_by_type={"crisis_alert": bad})
    assert rates.email_rates("crisis_alert") == bad
    assert rates.email_rates("daily_digest") == rates.email


def test_default_traffic_speaks_of_nothing_the_local_environment_does_not_know() -> None:
    watched = load_environment("local", REPOSITORY / "environments").storytailor
    assert watched is not None
    known = {name.replace("-", "_") for name in (*watched.rules, *watched.pipelines)}
    rates = Rates()
    assert set(rates.pipelines) == known
    sent = {pipeline.email_type for pipeline in rates.pipelines.values()} - {None}
    assert sent | {"referral_reward"} == set(watched.email_types)


def test_scheduled_pipelines_start_when_their_rules_do() -> None:
    watched = load_environment("local", REPOSITORY / "environments").storytailor
    assert watched is not None
    for name, schedule in watched.rules.items():
        timetable = Rates().pipelines[name.replace("-", "_")].timetable
        assert timetable is not None
        weekday = {None: "*", 0: "2#1" if timetable.first_in_month else "MON"}[timetable.weekday]
        days = "* * ? *" if weekday == "*" else f"? * {weekday} *"
        assert str(schedule) == f"cron({timetable.minute} {timetable.hour} {days})"
