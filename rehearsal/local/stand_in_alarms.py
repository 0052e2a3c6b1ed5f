"""Alarms in the emulated account, for functions that ask CloudWatch about alarms.

The emulator refuses most of ours, which compute; our own engine evaluates those (paging/). What it
takes is an alarm of the same name and actions on a metric that never comes, which stays OK until
somebody sets it by hand, as the drill does.
"""

from collections.abc import Iterable

from rehearsal.engine.alarm import Alarm
from rehearsal.local.emulator import AwsEmulator

NAMESPACE = "StandIn"


def put_stand_ins(emulator: AwsEmulator, alarms: Iterable[Alarm]) -> int:
    """Put a stand-in for each alarm that has actions; return how many."""
    client = emulator.client("cloudwatch")
    paging = [alarm for alarm in alarms if alarm.actions.alarm]
    for alarm in paging:
        client.put_metric_alarm(
            AlarmName=alarm.name,
            Namespace=NAMESPACE,
            MetricName=alarm.name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=list(alarm.actions.alarm),
            OKActions=list(alarm.actions.ok),
        )
        client.set_alarm_state(
            AlarmName=alarm.name, StateValue="OK", StateReason="it was deployed just now"
        )
    return len(paging)
