"""A stranger's shop: its alarms as a template, and an incident as its metrics."""

from pathlib import Path

from click.testing import CliRunner, Result

from rehearsal.cli import main

TEMPLATE = """
Resources:
  Pager:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: shop-high-alerts
      Subscription: [{Protocol: email, Endpoint: oncall@example.com}]
  Nobody:
    Type: AWS::SNS::Topic
    Properties: {TopicName: shop-warning-alerts}
  OrdersLow:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: orders-low
      AlarmDescription: People cannot order.
      Namespace: Shop
      MetricName: Orders
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 3
      Threshold: 3
      ComparisonOperator: LessThanThreshold
      TreatMissingData: breaching
      AlarmActions: [!Ref Pager, !Ref Nobody]
      Tags: [{Key: severity, Value: P2}]
  PaymentsFailing:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: payments-failing
      EvaluationPeriods: 2
      Threshold: 20
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      Metrics:
        - {Id: share, Expression: "IF(payments >= 5, 100 * failed / payments, 0)"}
        - Id: failed
          ReturnData: false
          MetricStat: {Metric: {Namespace: Shop, MetricName: Failed}, Period: 60, Stat: Sum}
        - Id: payments
          ReturnData: false
          MetricStat: {Metric: {Namespace: Shop, MetricName: Payments}, Period: 60, Stat: Sum}
  ShopDown:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties:
      AlarmName: shop-down
      AlarmRule: ALARM("orders-low") AND ALARM("payments-failing")
      AlarmActions: [!Ref Pager]
      Tags: [{Key: severity, Value: P1}]
"""
TITLE = "Orders stop <for> a while & return"
SCENARIO = """
title = "Orders stop <for> a while & return"
story = "From the tenth minute on nobody <b>can order</b>, for six minutes."
runbook = "shop-orders"
workload = "shop"
starts = 2026-03-10T14:00:00Z
lasts = "40m"

[[aws]]
namespace = "Shop"
metric = "Orders"
values = "9x9 0x5 9x23"

[[expect]]
alarm = "orders-low"
fires = ["12m", "15m"]
recovers = ["17m", "20m"]
reaches = ["P2", "shop-high-alerts"]
page_says = ["People cannot order.", "Threshold Crossed"]

[[quiet]]
alarm = "payments-failing"
because = "nobody pays while nobody orders"
"""


def write_shop(folder: Path, scenario: str = SCENARIO) -> Path:
    """Write the template and an incident; return the incident's file."""
    (folder / "shop.yaml").write_text(TEMPLATE, encoding="utf-8")
    file = folder / "incident.toml"
    file.write_text(scenario, encoding="utf-8")
    return file


def rehearse(folder: Path, *arguments: str) -> Result:
    """Run the command over the shop's template."""
    given = arguments or (str(folder / "incident.toml"),)
    return CliRunner().invoke(main, ["rehearse", "--template", str(folder / "shop.yaml"), *given])
