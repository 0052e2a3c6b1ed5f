"""What became of the e-mails that Storytailor sent: the metrics of `email_metrics`."""

from watchkeeper.definitions.metric import Kind, MetricDefinition, Unit

EMAIL = "Storytailor/Email"
# Where people's alarms have always looked for failed e-mails.
PIPELINES = "Storytailor/Pipelines"
JOB = "email_metrics"

TOTAL = ("Environment",)
BY_EMAIL_TYPE = ("Environment", "EmailType")


def _counted(namespace: str, name: str, description: str) -> MetricDefinition:
    return MetricDefinition(
        namespace=namespace,
        name=name,
        unit=Unit.COUNT,
        kind=Kind.COUNTER,
        dimension_sets=(BY_EMAIL_TYPE, TOTAL),
        description=description,
        source=JOB,
    )


def _of_a_day(name: str, description: str) -> MetricDefinition:
    return MetricDefinition(
        namespace=EMAIL,
        name=name,
        unit=Unit.COUNT,
        kind=Kind.COUNTER,
        dimension_sets=(BY_EMAIL_TYPE,),
        description=description,
        source=JOB,
    )


def _seconds(name: str, description: str) -> MetricDefinition:
    return MetricDefinition(
        namespace=EMAIL,
        name=name,
        unit=Unit.SECONDS,
        kind=Kind.DISTRIBUTION,
        dimension_sets=(TOTAL,),
        description=description,
        source=JOB,
    )


EMAIL_OPENS = _counted(
    EMAIL,
    "EmailOpens",
    "E-mails opened, once each, when it was seen; one that was clicked or left was opened.",
)
EMAIL_CLICKS = _counted(EMAIL, "EmailClicks", "E-mails clicked in, once each, when it was seen.")
EMAIL_BOUNCES = _counted(
    EMAIL, "EmailBounces", "E-mails that came back, once each, when it was seen."
)
SPAM_COMPLAINTS = _counted(
    EMAIL, "SpamComplaints", "E-mails called spam by who got them, once each, when it was seen."
)
EMAIL_DELIVERY_FAILURE = _counted(
    PIPELINES,
    "EmailDeliveryFailure",
    "E-mails that the provider did not take, once each, when it was seen.",
)
EMAILS_DAY_OLD = _of_a_day("EmailsDayOld", "E-mails sent a day ago, at sent_at and 24 hours.")
OPENED_WITHIN_A_DAY = _of_a_day(
    "OpenedWithinADay", "Those of EmailsDayOld that have been opened, at the same minute."
)
QUEUED_TO_SENT = _seconds(
    "QueuedToSent",
    "From queued_at to sent_at, one sample an e-mail; absent where there is no queued_at.",
)
SENT_TO_DELIVERED = _seconds(
    "SentToDelivered",
    "From sent_at to delivered_at, one sample an e-mail; absent where there is no delivered_at.",
)

EMAIL_METRICS = (
    EMAIL_OPENS,
    EMAIL_CLICKS,
    EMAIL_BOUNCES,
    SPAM_COMPLAINTS,
    EMAIL_DELIVERY_FAILURE,
    EMAILS_DAY_OLD,
    OPENED_WITHIN_A_DAY,
    QUEUED_TO_SENT,
    SENT_TO_DELIVERED,
)
