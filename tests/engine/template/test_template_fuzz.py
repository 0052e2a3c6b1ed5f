"""Any JSON in any place: it reads, is refused, or is the engine's own error, and nothing else."""

import contextlib
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.engine.errors import EngineError
from rehearsal.engine.template.intrinsics import FUNCTIONS
from rehearsal.template_files import load_template
from tests.engine.template.template_play import read_all

FIXTURES = Path(__file__).parents[2] / "fixtures" / "templates"
TEMPLATES = {
    path.name.partition(".")[0]: load_template(path) for path in sorted(FIXTURES.iterdir())
}
NAMES = sorted(
    {"Unknown", "AWS::NoValue", "AWS::Region", "LookupFn20AE", "PagerTopic91D0", "Readings", "Hall"}
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "0", "-1", "1e999", "true", "Infinity", "a.b", "${A}", "${!A}", *NAMES]),
    st.text(max_size=8),
)
KEYS = st.one_of(
    st.sampled_from([*FUNCTIONS, "Fn::Cidr", "Fn::Transform", "Condition", "Name", "Value", "Key"]),
    st.text(max_size=4),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=1),
        st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_leaves=8,
)


def list_places(value: object, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the way to every value inside a template."""
    places = [way]
    if isinstance(value, dict):
        for key, item in value.items():
            places += list_places(item, (*way, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            places += list_places(item, (*way, position))
    return places


PLACES = [(name, way) for name, template in TEMPLATES.items() for way in list_places(template)]


def replace(value: Any, way: tuple[Any, ...], put: object) -> Any:
    if not way:
        return put
    first, *rest = way
    items = value.items() if isinstance(value, dict) else enumerate(value)
    changed = {
        key: replace(item, tuple(rest), put) if key == first else item for key, item in items
    }
    return changed if isinstance(value, dict) else list(changed.values())


@settings(max_examples=4 * settings().max_examples)
@given(place=st.sampled_from(PLACES), put=ANYTHING)
def test_any_json_in_place_of_any_part_of_a_template(
    place: tuple[str, tuple[Any, ...]], put: object
) -> None:
    name, way = place
    documents = {**TEMPLATES, name: replace(TEMPLATES[name], way, put)}
    with contextlib.suppress(EngineError):
        deployment = read_all(documents)
        # Nothing is ever lost: an alarm that was written is read, refused, or not created.
        told = {alarm.source for alarm in deployment.alarms}
        told |= {refusal.source for refusal in deployment.refused}
        for resource in deployment.of_type(
            "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
        ):
            assert resource.source in told


@given(document=ANYTHING)
def test_any_json_as_a_template(document: Any) -> None:
    with contextlib.suppress(EngineError):
        read_all({"Any": document})


SECTIONS = st.sampled_from(["Parameters", "Mappings", "Conditions", "Outputs", "Transform"])


@given(sections=st.dictionaries(SECTIONS, ANYTHING), put=ANYTHING)
def test_any_json_as_a_section_of_a_template(sections: dict[str, Any], put: object) -> None:
    probe = {"Type": "Custom::P", "Properties": {"Found": put}, "Condition": "A"}
    with contextlib.suppress(EngineError):
        read_all({"Any": {"Resources": {"P": probe}, **sections}})


@given(text=st.one_of(st.text(), ANYTHING.map(json.dumps), st.binary().map(repr)))
def test_any_text_as_a_file(tmp_path_factory: Any, text: str) -> None:
    file = tmp_path_factory.mktemp("fuzz") / "a.yaml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    with contextlib.suppress(EngineError):
        load_template(file)
