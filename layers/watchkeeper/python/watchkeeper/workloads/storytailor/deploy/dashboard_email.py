"""The dashboard of Storytailor's e-mails."""

from collections.abc import Iterable

from watchkeeper.definitions.alarm import AlarmDefinition, Statistic
from watchkeeper.definitions.conditions import percent
from watchkeeper.definitions.dashboard import (
    AlarmStatusWidget,
    DashboardDefinition,
    GraphWidget,
    Line,
    View,
)
from watchkeeper.definitions.metric import MetricDefinition
from watchkeeper.workloads.storytailor.deploy.alarming import EMAIL_DASHBOARD, Alarming
from watchkeeper.workloads.storytailor.deploy.log_metrics import provider_latency
from watchkeeper.workloads.storytailor.metrics import EMAILS_SENT, UNSUBSCRIBES
from watchkeeper.workloads.storytailor.metrics_email import (
    EMAIL_BOUNCES,
    EMAIL_CLICKS,
    EMAIL_DELIVERY_FAILURE,
    EMAIL_OPENS,
    EMAILS_DAY_OLD,
    OPENED_WITHIN_A_DAY,
    QUEUED_TO_SENT,
    SENT_TO_DELIVERED,
    SPAM_COMPLAINTS,
)
from watchkeeper.workloads.storytailor.sources import OTHER

HOUR = 3600
DAY = 86_400


def email_dashboard(alarming: Alarming, alarms: Iterable[AlarmDefinition]) -> DashboardDefinition:
    """Return the dashboard, with the states of the alarms that belong to it."""
    states = tuple(alarm.name for alarm in alarms if alarm.dashboard == EMAIL_DASHBOARD)
    board = _EmailBoard(alarming)
    return DashboardDefinition(
        name=EMAIL_DASHBOARD,
        description="What is mailed, what becomes of it, and who leaves because of it.",
        rows=(
            (AlarmStatusWidget(title="Alarm states", alarms=states),),
            (board.volume(), board.open_rate()),
            (board.unsubscribes(), board.unsubscribe_rate()),
            (board.click_rate(), board.opens(), board.clicks()),
            (board.bounce_rate(), board.bounces(), board.complaints()),
            (board.failures(), board.durations(), board.provider()),
        ),
    )


class _EmailBoard:
    """Draw the widgets of one environment."""

    def __init__(self, alarming: Alarming) -> None:
        self._alarming = alarming
        self._types = (*alarming.storytailor.email_types, OTHER)

    def _by_type(self, metric: MetricDefinition) -> tuple[Line, ...]:
        return tuple(
            Line(
                label=one,
                plots=Statistic(
                    series=self._alarming.series(metric, EmailType=one), statistic="Sum"
                ),
            )
            for one in self._types
        )

    def _share(self, label: str, part: MetricDefinition, whole: MetricDefinition) -> Line:
        series = self._alarming.series
        return Line(label=label, plots=percent(series(part), series(whole), minimum=1))

    def _stacked(
        self, title: str, metric: MetricDefinition, *alarms: str, width: int = 8
    ) -> GraphWidget:
        return GraphWidget(
            title=title,
            lines=self._by_type(metric),
            period_seconds=HOUR,
            view=View.STACKED_BAR,
            thresholds_of=alarms,
            width=width,
        )

    def volume(self) -> GraphWidget:
        return GraphWidget(
            title="Volume by type (7 d)",
            range_days=7,
            lines=self._by_type(EMAILS_SENT),
            period_seconds=DAY,
            view=View.STACKED_BAR,
            axis_label="e-mails a day",
        )

    def open_rate(self) -> GraphWidget:
        rates = (
            (one, percent(self._alarming.series(OPENED_WITHIN_A_DAY, EmailType=one),
                          self._alarming.series(EMAILS_DAY_OLD, EmailType=one), minimum=1))
            for one in self._types
        )  # fmt: skip
        return GraphWidget(
            title="Open rate by type, within a day of sending",
            range_days=7,
            lines=tuple(Line(label=one, plots=rate) for one, rate in rates),
            period_seconds=DAY,
            view=View.BAR,
            axis_label="% of e-mails",
        )

    def unsubscribes(self) -> GraphWidget:
        return self._stacked(
            "Unsubscribes an hour, by type",
            UNSUBSCRIBES,
            "storytailor-unsubscribe-spike",
            width=12,
        )

    def unsubscribe_rate(self) -> GraphWidget:
        return GraphWidget(
            title="Unsubscribe rate (7 d)",
            range_days=7,
            lines=(self._share("unsubscribed, % of sent", UNSUBSCRIBES, EMAILS_SENT),),
            period_seconds=HOUR,
            axis_label="% of sends",
            thresholds_of=(
                "storytailor-unsubscribe-rate",
                "storytailor-unsubscribe-rate-critical",
            ),
        )

    def click_rate(self) -> GraphWidget:
        return GraphWidget(
            title="Click-through rate (7 d)",
            range_days=7,
            lines=(
                self._share("clicked, % of sent", EMAIL_CLICKS, EMAILS_SENT),
                self._share("clicked, % of opened", EMAIL_CLICKS, EMAIL_OPENS),
            ),
            period_seconds=DAY,
            axis_label="%",
            width=8,
        )

    def opens(self) -> GraphWidget:
        return self._stacked("Opens an hour, by type", EMAIL_OPENS)

    def clicks(self) -> GraphWidget:
        return self._stacked("Clicks an hour, by type", EMAIL_CLICKS)

    def bounce_rate(self) -> GraphWidget:
        return GraphWidget(
            title="Bounce rate (7 d)",
            range_days=7,
            lines=(self._share("bounced, % of sent", EMAIL_BOUNCES, EMAILS_SENT),),
            period_seconds=DAY,
            axis_label="% of sends",
            thresholds_of=("storytailor-bounce-rate",),
            width=8,
        )

    def bounces(self) -> GraphWidget:
        return self._stacked("Bounces an hour, by type", EMAIL_BOUNCES)

    def complaints(self) -> GraphWidget:
        return self._stacked(
            "Spam complaints an hour, by type", SPAM_COMPLAINTS, "storytailor-spam-complaints"
        )

    def failures(self) -> GraphWidget:
        return self._stacked(
            "Failures an hour, by type",
            EMAIL_DELIVERY_FAILURE,
            "storytailor-email-failure-rate",
        )

    def durations(self) -> GraphWidget:
        watched = (("queued to sent", QUEUED_TO_SENT), ("sent to delivered", SENT_TO_DELIVERED))
        return GraphWidget(
            title="Queue and delivery, p95",
            lines=tuple(
                Line(
                    label=label,
                    plots=Statistic(series=self._alarming.series(metric), statistic="p95"),
                )
                for label, metric in watched
            ),
            period_seconds=HOUR,
            axis_label="s",
            thresholds_of=(
                "storytailor-email-latency-queued",
                "storytailor-email-latency-delivered",
            ),
            width=8,
        )

    def provider(self) -> GraphWidget:
        series = provider_latency(self._alarming.environment).series()
        return GraphWidget(
            title="Mail provider's API, p95",
            lines=(Line(label="p95", plots=Statistic(series=series, statistic="p95")),),
            period_seconds=HOUR,
            axis_label="ms",
            thresholds_of=("storytailor-email-latency-provider",),
            width=8,
        )
