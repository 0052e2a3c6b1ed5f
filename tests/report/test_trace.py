"""What alarms saw while a rehearsal went on."""

from pathlib import Path

import numpy as np

from rehearsal.engine.alarm import State
from rehearsal.engine.template.deployment import Deployment
from rehearsal.report.trace import trace_alarms
from rehearsal.runner.result import Rehearsal
from tests.command.shop import SCENARIO, TEMPLATE
from tests.report.rehearsals import read_shop, rehearse_shop

OK, ALARM, BLIND = State.OK, State.ALARM, State.INSUFFICIENT_DATA


def test_values_and_states_of_each_alarm_follow_the_clock(
    passed: Rehearsal, shop: Deployment
) -> None:
    start = passed.scenario.start
    traces = {trace.alarm.name: trace for trace in trace_alarms(passed, shop.alarms)}
    orders = traces["orders-low"]
    assert [(band.state, (band.start - start) // 60) for band in orders.bands] == [
        (OK, 0),
        (ALARM, 14),
        (OK, 18),
    ]
    assert orders.bands[-1].end == passed.scenario.end
    assert list(orders.ticks) == list(range(start + 60, passed.scenario.end + 1, 60))
    seen = orders.values[~np.isnan(orders.values)]
    assert set(seen.tolist()) == {0.0, 9.0}


def test_a_composite_has_states_and_no_values(passed: Rehearsal, shop: Deployment) -> None:
    (trace,) = trace_alarms(passed, shop.composite_alarms)
    assert trace.values.size == 0
    assert [band.state for band in trace.bands] == [OK]


def test_an_alarm_that_knew_nothing_at_the_start_is_shown_so(tmp_path: Path) -> None:
    shop = read_shop(tmp_path, TEMPLATE.replace("TreatMissingData: breaching", ""))
    rehearsal = rehearse_shop(tmp_path, shop, SCENARIO.replace('"9x9 0x5', '"_x9 0x5'))
    (orders,) = [alarm for alarm in shop.alarms if alarm.name == "orders-low"]
    (trace,) = trace_alarms(rehearsal, [orders])
    assert [band.state for band in trace.bands] == [BLIND, ALARM, OK]
    assert np.isnan(trace.values[:9]).all()


def test_an_alarm_that_never_changes_is_one_band(passed: Rehearsal, shop: Deployment) -> None:
    (failing,) = [alarm for alarm in shop.alarms if alarm.name == "payments-failing"]
    (trace,) = trace_alarms(passed, [failing])
    assert [(band.state, band.end - band.start) for band in trace.bands] == [(OK, 40 * 60)]
