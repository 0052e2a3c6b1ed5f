"""Topics, subscriptions, filters, mute rules, functions and schedules."""

import pytest

from rehearsal.engine.errors import TemplateError
from tests.engine.template.template_play import read, refusals, resource

UNKNOWN = {"Ref": "Unknown"}
PARAMETERS = {"Unknown": {"Type": "String"}}
POLICY = {"Statement": [{"Sid": "One"}]}
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:pages"
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:job"
FUNCTION = resource("AWS::Lambda::Function", FunctionName="job", Handler="a.b")


@pytest.mark.parametrize(
    "key",
    [
        {"Ref": "Key"},
        {"Fn::GetAtt": "Key.Arn"},
        {"Ref": "Alias"},
        "alias/pages",
        {"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/pages"},
    ],
)
def test_a_topic_has_its_policies_and_that_of_its_key(key: object) -> None:
    deployment = read(
        {
            "Topic": resource("AWS::SNS::Topic", TopicName="pages", KmsMasterKeyId=key),
            "Other": resource(
                "AWS::SNS::Topic", DisplayName="Other", KmsMasterKeyId="alias/aws/sns"
            ),
            "Policy": resource(
                "AWS::SNS::TopicPolicy", PolicyDocument=POLICY, Topics=[{"Ref": "Topic"}]
            ),
            "Inline": resource(
                "AWS::SNS::TopicInlinePolicy", PolicyDocument={"Statement": []}, TopicArn=TOPIC_ARN
            ),
            "Key": resource("AWS::KMS::Key", KeyPolicy={"Statement": "key"}),
            "Alias": resource(
                "AWS::KMS::Alias", AliasName="alias/pages", TargetKeyId={"Fn::GetAtt": "Key.Arn"}
            ),
            "Stray": resource("AWS::KMS::Alias", AliasName="alias/x", TargetKeyId=UNKNOWN),
        },
        Parameters=PARAMETERS,
    )
    topic, other = deployment.topics
    assert (topic.name, topic.arn, topic.source) == ("pages", TOPIC_ARN, "Shop/Topic")
    assert topic.policies == (POLICY, {"Statement": []})
    assert topic.key_policy == {"Statement": "key"}
    assert (other.display_name, other.policies) == ("Other", ())
    assert (other.key, other.key_policy) == ("alias/aws/sns", None)


def test_a_policy_that_is_unknown_is_refused_and_the_topic_still_reads() -> None:
    deployment = read(
        {
            "Topic": resource("AWS::SNS::Topic", TopicName="pages"),
            "Policy": resource("AWS::SNS::TopicPolicy", PolicyDocument=UNKNOWN, Topics=[TOPIC_ARN]),
        },
        Parameters=PARAMETERS,
    )
    assert [topic.name for topic in deployment.topics] == ["pages"]
    assert "PolicyDocument is not known" in refusals(deployment)["Shop/Policy"]


def test_subscriptions_are_read_from_topics_and_by_themselves() -> None:
    deployment = read(
        {
            "Topic": resource(
                "AWS::SNS::Topic",
                TopicName="pages",
                Subscription=[{"Protocol": "email", "Endpoint": "a@b"}],
            ),
            "Plain": resource(
                "AWS::SNS::Subscription",
                TopicArn={"Ref": "Topic"},
                Protocol="lambda",
                Endpoint=FUNCTION_ARN,
            ),
            "Rich": resource(
                "AWS::SNS::Subscription",
                TopicArn={"Ref": "Topic"},
                Protocol="https",
                Endpoint="{{resolve:ssm:/pager}}",
                FilterPolicy={"severity": ["P1"]},
                FilterPolicyScope="MessageBody",
                RawMessageDelivery="true",
                RedrivePolicy='{"deadLetterTargetArn": "arn:dead"}',
            ),
            "Unknown": resource(
                "AWS::SNS::Subscription", TopicArn=TOPIC_ARN, Protocol="https", Endpoint=UNKNOWN
            ),
        },
        Parameters=PARAMETERS,
    )
    inline, plain, rich = deployment.subscriptions
    assert (inline.topic_arn, inline.protocol, inline.endpoint) == (TOPIC_ARN, "email", "a@b")
    assert (plain.endpoint, plain.filter_policy, plain.is_raw) == (FUNCTION_ARN, None, False)
    assert (rich.endpoint, rich.filter_policy) == ("{{resolve:ssm:/pager}}", {"severity": ["P1"]})
    assert (rich.filter_policy_scope, rich.is_raw) == ("MessageBody", True)
    assert (rich.dead_letter_arn, rich.source) == ("arn:dead", "Shop/Rich")
    assert "Endpoint is not known" in refusals(deployment)["Shop/Unknown"]


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("{", "FilterPolicy is a text that is not JSON, expected an object"),
        ("[1]", "FilterPolicy is a list of 1, expected an object"),
        (5, "FilterPolicy is 5, expected an object"),
        ("[" * 100_000, "FilterPolicy is a text that is not JSON, expected an object"),
    ],
)
def test_a_filter_policy_that_is_no_object_is_an_error(policy: object, sentence: str) -> None:
    written = resource(
        "AWS::SNS::Subscription", TopicArn="t", Protocol="sqs", Endpoint="q", FilterPolicy=policy
    )
    with pytest.raises(TemplateError, match=sentence):
        read({"S": written})


def metric_filter(**properties: object) -> dict[str, object]:
    transformation = {"MetricNamespace": "Shop", "MetricName": "Errors", "MetricValue": "1"}
    return resource(
        "AWS::Logs::MetricFilter",
        **{
            "LogGroupName": "/shop",
            "FilterPattern": "ERROR",
            "MetricTransformations": [transformation | properties.pop("transform", {})],  # type: ignore[operator]
            **properties,
        },
    )


def test_log_groups_and_metric_filters_are_read() -> None:
    deployment = read(
        {
            "Group": resource("AWS::Logs::LogGroup", LogGroupName="/shop", RetentionInDays="30"),
            "For ever": resource("AWS::Logs::LogGroup"),
            "Words": metric_filter(LogGroupName={"Ref": "Group"}, FilterPattern=""),
            "Fields": metric_filter(
                FilterName="named",
                FilterPattern="{ $.kind = * }",
                ApplyOnTransformedLogs=False,
                transform={
                    "MetricValue": "$.size",
                    "Unit": "Bytes",
                    "Dimensions": [{"Key": "kind", "Value": "$.kind"}],
                },
            ),
        }
    )
    group, for_ever = deployment.log_groups
    assert (group.name, group.retention_days, for_ever.retention_days) == ("/shop", 30, None)
    assert group.arn == "arn:aws:logs:eu-west-1:123456789012:log-group:/shop:*"
    words, fields = deployment.metric_filters
    assert (words.name, words.log_group, words.pattern.text) == ("Shop-Words", "/shop", "")
    assert (words.namespace, words.metric_name, words.value) == ("Shop", "Errors", "1")
    assert (words.default, words.unit, words.dimensions) == (None, None, ())
    assert (fields.name, fields.value, fields.unit) == ("named", "$.size", "Bytes")
    assert fields.dimensions == (("kind", "$.kind"),)


def test_a_default_value_of_a_filter_is_read() -> None:
    written = metric_filter(transform={"DefaultValue": "0"})
    assert read({"F": written}).metric_filters[0].default == 0.0


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (metric_filter(ApplyOnTransformedLogs=True), "it has ApplyOnTransformedLogs"),
        (metric_filter(FieldSelectionCriteria="x = 1"), "it has FieldSelectionCriteria"),
        (
            metric_filter(EmitSystemFieldDimensions=["@aws.account"]),
            "it has EmitSystemFieldDimensions",
        ),
        (metric_filter(FilterPattern="{ $.a = "), "pattern"),
        (metric_filter(LogGroupName=UNKNOWN), "LogGroupName is not known"),
    ],
)
def test_a_filter_that_cannot_be_evaluated_is_refused(
    written: dict[str, object], reason: str
) -> None:
    deployment = read({"F": written}, Parameters=PARAMETERS)
    assert deployment.metric_filters == ()
    assert reason in refusals(deployment)["Shop/F"]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (metric_filter(MetricTransformations=[]), "MetricTransformations has 0 items, expected 1"),
        (metric_filter(FilterPattern=None), "FilterPattern is null, expected a text"),
    ],
)
def test_a_wrong_filter_is_an_error(written: dict[str, object], sentence: str) -> None:
    with pytest.raises(TemplateError, match=sentence):
        read({"F": written})


def mute_rule(**properties: object) -> dict[str, object]:
    schedule = {"Expression": "cron(0 2 * * *)", "Duration": "PT1H"}
    return resource(
        "AWS::CloudWatch::AlarmMuteRule", **{"Rule": {"Schedule": schedule}, **properties}
    )


def test_a_mute_rule_is_read() -> None:
    zoned = {"Expression": "at(2026-11-21T02:00)", "Duration": "P1D", "Timezone": "Europe/Paris"}
    deployment = read(
        {
            "Plain": mute_rule(),
            "Rich": mute_rule(
                Name="night",
                Rule={"Schedule": zoned},
                MuteTargets={"AlarmNames": ["a", "b"]},
                StartDate="2026-01-01T00:00:00",
                ExpireDate="2026-01-01T00:00:00Z",
            ),
        }
    )
    plain, rich = deployment.mute_rules
    assert (plain.name, plain.timezone, plain.alarms) == ("Shop-Plain", "UTC", ())
    assert (plain.starts, plain.expires) == (None, None)
    assert (rich.name, rich.alarms) == ("night", ("a", "b"))
    assert (rich.starts, rich.expires) == (1767222000, 1767225600)


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"Rule": {}}, "Rule.Schedule.Expression is missing"),
        ({"StartDate": "soon"}, "StartDate is 'soon', expected a date and time such as"),
        ({"Rule": {"Schedule": {"Expression": "cron(x)", "Duration": "PT1H"}}}, "cron"),
        (
            {
                "Rule": {"Schedule": {"Expression": "e", "Duration": "d", "Timezone": "Moon"}},
                "StartDate": "2026-01-01",
            },
            "Moon",
        ),
    ],
)
def test_a_wrong_mute_rule_is_an_error(properties: dict[str, object], sentence: str) -> None:
    with pytest.raises(TemplateError) as caught:
        read({"M": mute_rule(**properties)})
    assert str(caught.value).startswith("stack Shop, M (AWS::CloudWatch::AlarmMuteRule): ")
    assert sentence in str(caught.value)


def test_a_function_is_read_with_its_environment() -> None:
    deployment = read(
        {
            "Plain": resource("AWS::Lambda::Function"),
            "Rich": resource(
                "AWS::Lambda::Function",
                FunctionName="job",
                Handler="handler.handle",
                Timeout="60",
                MemorySize=512,
                LoggingConfig={"LogGroup": {"Ref": "Group"}},
                Environment={"Variables": {"A": "", "B": 5, "C": UNKNOWN}},
            ),
            "Group": resource("AWS::Logs::LogGroup", LogGroupName="/own"),
        },
        Parameters=PARAMETERS,
    )
    plain, rich = deployment.functions
    assert (plain.name, plain.handler, plain.log_group) == (
        "Shop-Plain",
        "",
        "/aws/lambda/Shop-Plain",
    )
    assert (plain.timeout_seconds, plain.memory_mebibytes, plain.environment) == (3, 128, {})
    assert (rich.name, rich.arn, rich.handler) == ("job", FUNCTION_ARN, "handler.handle")
    assert (rich.timeout_seconds, rich.memory_mebibytes, rich.log_group) == (60, 512, "/own")
    assert rich.environment == {"A": "", "B": "5"}
    assert rich.unknown_environment == {"C": "parameter Unknown has no default and was not given"}


@pytest.mark.parametrize(
    ("arn", "found"),
    [(FUNCTION_ARN, True), (f"{FUNCTION_ARN}:live", True), (f"{FUNCTION_ARN}s", False)],
)
def test_a_function_is_found_by_its_arn_and_that_of_its_aliases(arn: str, found: bool) -> None:
    function = read({"F": FUNCTION}).find_function(arn)
    assert (function is not None) is found


def test_schedules_of_both_kinds_are_read() -> None:
    target = {"Arn": {"Fn::GetAtt": "F.Arn"}, "Id": "T", "RoleArn": "arn:role"}
    full = {
        **target,
        "Input": '{"a": 1}',
        "DeadLetterConfig": {"Arn": "arn:dead"},
        "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 240},
    }
    deployment = read(
        {
            "F": FUNCTION,
            "Plain": resource(
                "AWS::Scheduler::Schedule", ScheduleExpression="rate(5 minutes)", Target=target
            ),
            "Rich": resource(
                "AWS::Scheduler::Schedule",
                Name="nightly",
                GroupName="jobs",
                ScheduleExpression="cron(0 2 * * ? *)",
                ScheduleExpressionTimezone="Europe/Paris",
                State="DISABLED",
                Target=full,
            ),
            "Rule": resource(
                "AWS::Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[target, full]
            ),
            "OnPattern": resource("AWS::Events::Rule", EventPattern={}, Targets=[{}]),
        }
    )
    plain, rich, first, second = deployment.schedules
    assert (plain.expression, plain.timezone, plain.is_enabled) == ("rate(5 minutes)", "UTC", True)
    assert (plain.target_arn, plain.input, plain.dead_letter_arn) == (FUNCTION_ARN, None, None)
    assert (plain.max_retries, plain.max_age_seconds) == (185, 86_400)
    assert (rich.name, rich.timezone, rich.is_enabled) == ("nightly", "Europe/Paris", False)
    assert rich.arn == "arn:aws:scheduler:eu-west-1:123456789012:schedule/jobs/nightly"
    assert (rich.input, rich.dead_letter_arn) == ('{"a": 1}', "arn:dead")
    assert (rich.max_retries, rich.max_age_seconds) == (0, 240)
    assert (first.expression, first.source) == ("rate(1 hour)", "Shop/Rule")
    assert (second.input, second.max_retries) == ('{"a": 1}', 0)
    assert deployment.refused == ()


@pytest.mark.parametrize("name", ["InputPath", "InputTransformer"])
def test_a_schedule_whose_input_is_made_from_the_event_is_refused(name: str) -> None:
    written = resource(
        "AWS::Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[{"Arn": "a", name: "$"}]
    )
    reason = "its input is made from the event (InputTransformer or InputPath)"
    assert refusals(read({"R": written})) == {"Shop-R": reason}


def test_resources_are_there_for_whoever_wants_more() -> None:
    written = resource("AWS::SQS::Queue", Tags=[{"Key": "a", "Value": 1}, "?", {"Key": 2}])
    other = resource("Custom::X", Tags={"b": True}) | {"Metadata": {"aws:asset:path": "x"}}
    deployment = read({"Q": written, "X": other})
    queue, custom = deployment.resources
    assert (queue.source, queue.name, queue.tags) == ("Shop/Q", "Shop-Q", {"a": "1"})
    assert (custom.name, custom.arn, custom.ref) == (None, None, None)
    assert (custom.tags, custom.metadata) == ({"b": "true"}, {"aws:asset:path": "x"})
    assert list(deployment.of_type("AWS::SQS::Queue", "Custom::Y")) == [queue]
