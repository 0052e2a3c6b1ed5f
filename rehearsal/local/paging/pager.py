"""Let alarms be evaluated as the stage's time goes on, and show people what comes of it."""

from rehearsal.engine.messages.transition import Transition
from rehearsal.local.clock import MINUTE
from rehearsal.local.console import Console
from rehearsal.local.errors import LocalStageError
from rehearsal.local.paging.cloudwatch import CloudWatchStandIn, Publication, is_first_ok
from rehearsal.local.paging.inbox import Page
from rehearsal.local.paging.subscriptions import by_topic, name_topic
from rehearsal.local.stage import LocalStage

DELIVERY_TIMEOUT_SECONDS = 15.0


class Pager:
    """Page whoever the deployed topics reach; `pages` are all that arrived in the inbox.

    Metrics count from now on. The alarms are made when it first goes on: before any function has
    run, those on silence would rightly fire.
    """

    def __init__(self, stage: LocalStage, console: Console) -> None:
        self._stage = stage
        self._console = console
        self._evaluated = 0
        self._subscribers = by_topic(stage.subscribers)
        self._expected_pages = 0
        self._cloudwatch = CloudWatchStandIn(
            stage.emulator,
            stage.templates,
            scheduled=(each.function for each in stage.functions),
            clock=stage.clock,
        )
        self.pages: list[Page] = []

    def _minute(self) -> int:
        return int(self._stage.clock.now()) // MINUTE * MINUTE

    def reaches_inbox(self, alarm: str) -> bool:
        """Tell whether what an alarm (by name) says arrives in the inbox."""
        topics = [
            topic
            for each in self._stage.templates.alarms
            if each.name == alarm
            for topic in each.actions.alarm
        ]
        found = (one for topic in topics for one in self._subscribers.get(topic, ()))
        return any(self._is_inbox(one.endpoint) for one in found)

    def state_of(self, alarm: str) -> str:
        """Give the state of an alarm by name."""
        return self._cloudwatch.states[alarm]

    def _is_inbox(self, endpoint: str) -> bool:
        return endpoint == self._stage.inbox.endpoint

    def go_on(self) -> None:
        """Evaluate every minute that has begun since the last call, and show what is new."""
        if self._minute() > self._evaluated:
            self._evaluated = self._minute()
            news = self._cloudwatch.advance(self._evaluated)
            self._show_transitions(news.transitions)
            for publication in news.publications:
                self._show_sent(publication)
        self.show_pages()

    def wait_for_deliveries(self) -> None:
        """Wait until all that was published to the inbox has arrived, and show it."""
        arrived = self._stage.inbox.wait_for_pages(
            self._expected_pages, timeout_seconds=DELIVERY_TIMEOUT_SECONDS
        )
        self.show_pages()
        if not arrived:
            raise LocalStageError(
                f"{self._expected_pages} messages were published to the inbox's topics, and "
                f"{self._stage.inbox.page_count} arrived within {DELIVERY_TIMEOUT_SECONDS:g} s"
            )

    def show_pages(self) -> None:
        """Show what has arrived in the inbox."""
        for page in self._stage.inbox.take_pages():
            self.pages.append(page)
            if page.is_news:
                self._console.page(page)
        for problem in self._stage.inbox.take_problems():
            self._console.problem(f"the inbox refused a post: {problem}")

    def _show_transitions(self, transitions: tuple[Transition, ...]) -> None:
        """Show changes; that an alarm has enough data for the first time is nothing to look at."""
        for change in transitions:
            if not is_first_ok(change):
                self._console.transition(change)
        fine = sum(map(is_first_ok, transitions))
        if fine:
            self._console.note(f"{fine} alarms have seen enough to be OK")

    def _show_sent(self, publication: Publication) -> None:
        subscribers = self._subscribers.get(publication.topic_arn, ())
        topic = name_topic(publication.topic_arn)
        if not subscribers and not publication.is_first:
            self._console.sent(publication.time, f"{topic}, nobody subscribed", publication.subject)
        for each in subscribers:
            if self._is_inbox(each.endpoint):
                self._expected_pages += 1
            elif not publication.is_first:
                how = f"{topic} to {each.protocol} {each.endpoint}"
                self._console.sent(publication.time, how, publication.subject)
