"""Rows for the rules on the way from a topic to a person."""

from typing import Any

from tests.lint.samples import ACCOUNT, TOPIC_ARN, Case, alarm, facts, resource

ARN = {"Fn::GetAtt": ["Key", "Arn"]}
CLOUDWATCH = "cloudwatch.amazonaws.com"
EVENTS = "events.amazonaws.com"
SAME_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def topic(**properties: Any) -> dict[str, Any]:
    return resource("SNS::Topic", TopicName="pager", **properties)


def allow(service: str, *actions: str, **more: Any) -> dict[str, Any]:
    named = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    return named | {"Resource": "*"} | more


def key(*statements: dict[str, Any]) -> dict[str, Any]:
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return resource("KMS::Key", KeyPolicy={"Statement": [root, *statements]})


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return resource(
        "SNS::TopicPolicy",
        Topics=[{"Ref": "Topic"}],
        PolicyDocument={"Statement": list(statements)},
    )


def subscription(protocol: str, endpoint: str) -> dict[str, Any]:
    return resource(
        "SNS::Subscription", TopicArn={"Ref": "Topic"}, Protocol=protocol, Endpoint=endpoint
    )


RULE = resource("Events::Rule", EventPattern={"source": ["x"]}, Targets=[{"Arn": TOPIC_ARN}])
USE_KEY = ("kms:Decrypt", "kms:GenerateDataKey*")
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sns:Publish",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}

CASES = (
    Case(
        rule="encrypted-topic-key",
        name="a topic under the key that AWS manages",
        resources={"Alarm": alarm(), "Topic": topic(KmsMasterKeyId="alias/aws/sns")},
        finds=("AWS manages",),
    ),
    Case(
        rule="encrypted-topic-key",
        name="a key that only the account's own principals may use",
        resources={"Alarm": alarm(), "Topic": topic(KmsMasterKeyId=ARN), "Key": key()},
        finds=("nothing in it allows cloudwatch.amazonaws.com",),
    ),
    Case(
        rule="encrypted-topic-key",
        name="a grant that forgets the data key, through the key's alias",
        resources={
            "Alarm": alarm(),
            "Topic": topic(KmsMasterKeyId="alias/pager"),
            "Alias": resource("KMS::Alias", AliasName="alias/pager", TargetKeyId={"Ref": "Key"}),
            "Key": key(allow(CLOUDWATCH, "kms:Decrypt")),
        },
        finds=("kms:GenerateDataKey",),
    ),
    Case(
        rule="encrypted-topic-key",
        name="a grant to alarms of another account",
        resources={
            "Alarm": alarm(),
            "Topic": topic(KmsMasterKeyId=ARN),
            "Key": key(
                allow(
                    CLOUDWATCH,
                    *USE_KEY,
                    Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}},
                )
            ),
        },
        finds=(f"asks for aws:SourceAccount 999999999999, but {CLOUDWATCH} comes from {ACCOUNT}",),
    ),
    Case(
        rule="encrypted-topic-key",
        name="a grant to EventBridge that asks for an origin it does not tell",
        resources={
            "Rule": RULE,
            "Topic": topic(KmsMasterKeyId=ARN),
            "Key": key(allow(EVENTS, *USE_KEY, Condition=SAME_ACCOUNT)),
        },
        finds=("does not send here",),
    ),
    Case(
        rule="encrypted-topic-key",
        name="a key of another template",
        resources={"Alarm": alarm(), "Topic": topic(KmsMasterKeyId="alias/elsewhere")},
        needs=("template of its key alias/elsewhere",),
    ),
    Case(
        rule="encrypted-topic-key",
        name="a key for alarms of this account and for EventBridge",
        resources={
            "Alarm": alarm(),
            "Rule": RULE,
            "Topic": topic(KmsMasterKeyId=ARN),
            "Key": key(allow(CLOUDWATCH, *USE_KEY, Condition=SAME_ACCOUNT), allow(EVENTS, "kms:*")),
        },
    ),
    Case(
        rule="encrypted-topic-key",
        name="a topic in clear, and an alarm that scales something",
        resources={
            "Alarm": alarm(),
            "Scaling": alarm("scaling", AlarmActions=["arn:aws:autoscaling:eu-central-1:1:x"]),
            "Topic": topic(),
            "Rule": resource("Events::Rule", Targets=[{"Arn": "arn:aws:sqs:eu-central-1:1:x"}]),
        },
    ),
    Case(
        rule="encrypted-topic-key",
        name="a policy that only the deployment knows",
        resources={
            "Alarm": alarm(),
            "Topic": topic(KmsMasterKeyId=ARN),
            "Key": resource("KMS::Key", KeyPolicy={"Fn::GetAtt": ["Strange", "Policy"]}),
            "Strange": {"Type": "Custom::Policy"},
        },
        needs=("policies that can be read",),
    ),
    Case(
        rule="encrypted-topic-key",
        name="conditions that are met or about something else",
        resources={
            "Alarm": alarm(),
            "Topic": topic(KmsMasterKeyId=ARN),
            "Key": key(
                allow(
                    CLOUDWATCH,
                    *USE_KEY,
                    Condition={
                        "StringLike": {"kms:ViaService": "sns.*", "aws:SourceAccount": "1234*"},
                        "StringEqualsIfExists": {"aws:SourceOrgID": "o-1"},
                        "Bool": {"aws:SecureTransport": "true"},
                    },
                )
            ),
        },
    ),
    Case(
        rule="encrypted-topic-key",
        name="an encrypted topic that nothing publishes to",
        resources={"Topic": topic(KmsMasterKeyId="alias/aws/sns"), "Other": topic()},
    ),
    Case(
        rule="topic-lets-publisher-in",
        name="a policy about TLS alone, which replaces the one that let alarms in",
        resources={"Alarm": alarm(), "Topic": topic(), "Policy": policy(TLS_ONLY)},
        finds=("nothing in it allows cloudwatch.amazonaws.com to do sns:Publish",),
    ),
    Case(
        rule="topic-lets-publisher-in",
        name="a policy for alarms of another name",
        resources={
            "Alarm": alarm(),
            "Topic": topic(),
            "Policy": policy(
                allow(
                    CLOUDWATCH,
                    "sns:Publish",
                    Condition={
                        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:shop-*"}
                    },
                )
            ),
        },
        finds=("asks for aws:SourceArn",),
    ),
    Case(
        rule="topic-lets-publisher-in",
        name="a policy that denies everybody",
        resources={
            "Alarm": alarm(),
            "Topic": topic(),
            "Policy": policy(
                allow(CLOUDWATCH, "sns:Publish"),
                {"Effect": "Deny", "Principal": "*", "Action": "sns:*"},
            ),
        },
        finds=("it denies sns:Publish",),
    ),
    Case(
        rule="topic-lets-publisher-in",
        name="a rule that publishes to a topic without a policy",
        resources={"Rule": RULE, "Topic": topic()},
        finds=("events.amazonaws.com publishes to it, but it has no policy",),
    ),
    Case(
        rule="topic-lets-publisher-in",
        name="a policy that only the deployment knows",
        resources={
            "Alarm": alarm(),
            "Topic": topic(),
            "Policy": resource(
                "SNS::TopicPolicy",
                Topics=[{"Ref": "Topic"}],
                PolicyDocument={"Fn::GetAtt": ["Strange", "Policy"]},
            ),
            "Strange": {"Type": "Custom::Policy"},
        },
        needs=("policies that can be read",),
    ),
    Case(
        rule="topic-lets-publisher-in",
        name="an alarm of the account and a topic without a policy",
        resources={"Alarm": alarm(), "Topic": topic()},
    ),
    Case(
        rule="topic-lets-publisher-in",
        name="policies that let in alarms and the budget by account",
        resources={
            "Alarm": alarm(),
            "Budget": resource(
                "Budgets::Budget",
                NotificationsWithSubscribers=[
                    {"Subscribers": [{"SubscriptionType": "SNS", "Address": TOPIC_ARN}]}
                ],
            ),
            "Topic": topic(),
            "Tls": policy(TLS_ONLY),
            "Policy": policy(
                allow(CLOUDWATCH, "sns:Publish", Condition=SAME_ACCOUNT),
                allow("budgets.amazonaws.com", "SNS:Publish"),
            ),
        },
    ),
    Case(
        rule="topic-lets-publisher-in",
        name="a statement for everybody of the account",
        resources={
            "Alarm": alarm(),
            "Topic": topic(),
            "Policy": policy(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "sns:Publish",
                    "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
                }
            ),
        },
    ),
    Case(
        rule="topic-reaches-somebody",
        name="a topic without subscribers, beside one of a chat",
        resources={
            "Alarm": alarm(),
            "Topic": topic(),
            "Chat": resource(
                "Chatbot::SlackChannelConfiguration", SnsTopicArns=[f"{TOPIC_ARN}-of-others"]
            ),
        },
        finds=("no subscription",),
    ),
    Case(
        rule="topic-reaches-somebody",
        name="a chat's webhook, subscribed as it is",
        resources={
            "Alarm": alarm(),
            "Topic": topic(),
            "Chat": subscription("https", "https://hooks.slack.com/services/T0/B0/secret"),
        },
        finds=("a webhook of hooks.slack.com",),
    ),
    Case(
        rule="topic-reaches-somebody",
        name="a topic of another template",
        resources={"Alarm": alarm()},
        needs=(TOPIC_ARN,),
    ),
    Case(
        rule="topic-reaches-somebody",
        name="a topic of another template that the facts know",
        resources={"Alarm": alarm()},
        facts=facts(topics=[{"arn": TOPIC_ARN, "reaches": "the platform team's pager"}]),
    ),
    Case(
        rule="topic-reaches-somebody",
        name="an incident service beside a webhook",
        resources={
            "Alarm": alarm(),
            "Topic": topic(),
            "Chat": subscription("https", "https://hooks.slack.com/services/T0/B0/secret"),
            "Pager": subscription("https", "https://events.pagerduty.com/integration/1/enqueue"),
        },
    ),
    Case(
        rule="topic-reaches-somebody",
        name="an address that only a secret knows",
        resources={
            "Alarm": alarm(),
            "Topic": topic(),
            "Pager": subscription("https", "{{resolve:secretsmanager:pager:SecretString:url}}"),
        },
    ),
    Case(
        rule="topic-reaches-somebody",
        name="a chat through Amazon Q",
        resources={
            "Alarm": alarm(),
            "Topic": topic(),
            "Chat": resource("Chatbot::SlackChannelConfiguration", SnsTopicArns=[{"Ref": "Topic"}]),
        },
    ),
    Case(
        rule="topic-reaches-somebody",
        name="subscriptions written into the topic",
        resources={
            "Alarm": alarm(),
            "Topic": topic(Subscription=[{"Protocol": "email", "Endpoint": "ops@example.com"}]),
            "Unused": resource("SNS::Topic", TopicName="unused"),
        },
    ),
)
