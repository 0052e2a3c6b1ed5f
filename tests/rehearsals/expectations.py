"""What every scenario is tested for: what it expects happens, and nothing else fires."""

from datetime import UTC, datetime

from rehearsal.runner.result import Rehearsal


def list_surprises(rehearsal: Rehearsal) -> list[str]:
    """Say each expectation that was not met in one line."""
    return [
        f"{_clock(each.at)} {each.alarm}: expected that it {each.expected}, but {each.got}"
        for each in rehearsal.failures
    ]


def _clock(at: int | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%d %H:%M}"
