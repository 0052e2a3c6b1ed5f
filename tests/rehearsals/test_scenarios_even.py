"""Every second scenario; another worker lives through those of test_scenarios_odd.py."""

from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.runner.library import SCENARIOS, find_scenarios
from rehearsal.runner.result import Rehearsal
from tests.rehearsals.expectations import list_surprises


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "file", find_scenarios()[0::2], ids=lambda file: str(file.relative_to(SCENARIOS))
)
def test_what_a_scenario_expects_happens(
    file: Path, rehearsed: Callable[[Path], Rehearsal]
) -> None:
    told = list_surprises(rehearsed(file))
    assert not told, "\n".join(told)
