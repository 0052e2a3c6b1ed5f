"""What has to arrive in the inbox because of an incident: each alarm's page, then its recovery."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rehearsal.local.clock import MINUTE
from rehearsal.local.console import clock_time
from rehearsal.local.errors import LocalStageError
from rehearsal.local.incident.script import Script
from rehearsal.local.paging.inbox import Page
from rehearsal.local.paging.pager import Pager


@dataclass(kw_only=True)
class Arrival:
    """Expect an alarm's page and its recovery, each by a moment (s since 1970)."""

    alarm: str
    page_due: int
    recovery_due: int
    page_says: tuple[str, ...]
    page: Page | None = None
    recovery: Page | None = None

    def __str__(self) -> str:
        """Say when the page and the recovery came."""
        came = [
            f"{what} {clock_time(page.received_at)}" if page else f"not {what}"
            for what, page in (("paged", self.page), ("resolved", self.recovery))
        ]
        return f"{self.alarm}: {', '.join(came)}"

    def take(self, page: Page) -> bool:
        """Note a page that opened or resolved this incident; tell whether it was one."""
        if page.notice.alarm != self.alarm or not page.is_news:
            return False
        if page.notice.state == "ALARM" and self.page is None:
            self.page = page
        elif page.notice.state == "OK" and self.page is not None and self.recovery is None:
            self.recovery = page
        return page in (self.page, self.recovery)

    def overdue(self, now: int) -> str:
        """Name what should have arrived by now; empty when nothing is overdue."""
        if self.page is None and now > self.page_due:
            return f"the page of {self.alarm} did not arrive by {clock_time(self.page_due)}"
        if self.recovery is None and now > self.recovery_due:
            return f"the recovery of {self.alarm} did not arrive by {clock_time(self.recovery_due)}"
        return ""

    def unsaid(self) -> Iterator[str]:
        """Name the texts that the page should have said."""
        if self.page is not None:
            notice = self.page.notice
            said = " ".join((notice.alarm, notice.description, notice.reason))
            for text in self.page_says:
                if text not in said:
                    yield f"the page of {self.alarm} does not say {text!r}"


def expect_arrivals(script: Script, pager: Pager) -> list[Arrival]:
    """List what must arrive: of every alarm that fires, recovers and reaches the inbox."""
    expected = [
        Arrival(
            alarm=alarm,
            page_due=script.start + each.fires[1] + MINUTE,
            recovery_due=script.start + each.recovers[1] + MINUTE,
            page_says=each.page_says,
        )
        for alarm, each in script.alarms
        if each.recovers and pager.reaches_inbox(alarm)
    ]
    if not expected:
        raise LocalStageError(f"no alarm that {script.name} expects is sent to the inbox")
    return expected


def list_overdue(arrivals: Iterable[Arrival], pager: Pager, now: int) -> list[str]:
    """Name everything that is overdue, with the state its alarm is in."""
    named = ((each, each.overdue(now)) for each in arrivals)
    return [f"{said}; the alarm is in {pager.state_of(each.alarm)}" for each, said in named if said]


def has_all(arrivals: Iterable[Arrival]) -> bool:
    """Tell whether every page and every recovery has arrived."""
    return all(each.recovery is not None for each in arrivals)
