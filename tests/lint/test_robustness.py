"""Whatever stands in a template, rules judge it, leave it or say what they would have to know."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.engine.errors import EngineError
from rehearsal.lint.report import to_json_lines, to_text
from rehearsal.lint.run import run_lint
from tests.lint.samples import Resources, deploy
from tests.lint.test_rules import CASES

UNKNOWN = {"Fn::GetAtt": ["Unknown", "Value"]}
JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 10**400, "", "x", "{}", "inf"),
    *([], ["x"], [{}], {}, {"x": "y"}, UNKNOWN, [UNKNOWN]),
)
Path = tuple[str | int, ...]


def paths(value: Any, way: Path = ()) -> Iterator[Path]:
    """Yield the way to everything inside a value."""
    items = dict(enumerate(value)) if isinstance(value, list) else value
    for key, inside in items.items() if isinstance(items, dict) else ():
        yield (*way, key)
        yield from paths(inside, (*way, key))


def replace(resources: Resources, way: Path, junk: Any) -> Resources:
    changed: Any = copy.deepcopy(dict(resources))
    place = changed
    for key in way[:-1]:
        place = place[key]
    place[way[-1]] = copy.deepcopy(junk)
    return {**changed, "Unknown": {"Type": "Custom::Unknown"}}


PLACES = [
    (case, way)
    for case in CASES
    for way in paths(dict(case.resources))
    if "Properties" in way[1:-1]
]


@settings(max_examples=4 * settings().max_examples)
@given(st.sampled_from(PLACES), st.sampled_from(JUNK))
def test_rules_never_crash(place: Any, junk: Any) -> None:
    case, way = place
    try:
        deployment = deploy(replace(case.resources, way, junk))
    except EngineError:
        return
    report = run_lint(deployment, case.facts)
    assert to_text(report)
    # A deployment without alarms costs nothing and has nothing to tell.
    assert all(json.loads(line) for line in to_json_lines(report).splitlines())
