"""Read CloudWatch's embedded metric format: a log line that is a document becomes samples.

Documents are taken whole or not at all. CloudWatch does not fail the log call for a bad one: it
counts it in a metric of `AWS/Logs` and creates nothing, and so `EmfError` names that metric. A
line that is no document, which most lines of a log are, gives no samples.

Two rules are not published and read so here: a metric that is defined and has no value in the
document makes it invalid, and times must lie in the window of PutMetricData.
"""

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NoReturn

from rehearsal.engine.errors import SampleError
from rehearsal.engine.metrics.identity import MetricIdentity
from rehearsal.engine.metrics.samples import MAX_DIMENSIONS, Sample

MAX_BYTES: Final = 1_048_576
MAX_METRICS: Final = 100
MAX_VALUES: Final = 100
MAX_REFERENCE_LENGTH: Final = 250

# What Lambda's runtimes write before a line: [LEVEL] time, request id and level, by tabs.
_PREFIX: Final = re.compile(
    r"(?:\[[A-Z]+\]\t)?\d{4}-\d\d-\d\dT[\d:.]+Z\t[\w-]*\t(?:[A-Z]+\t)?(?=\{)"
)
_MARK: Final = '"_aws"'


class Counter(StrEnum):
    """Name the metric of AWS/Logs that counts a document that was not taken."""

    PARSING = "EMFParsingErrors"
    VALIDATION = "EMFValidationErrors"


class EmfError(SampleError):
    """Report a document of which CloudWatch creates no metric; `counter` is where it counts it."""

    def __init__(self, problem: str, counter: Counter) -> None:
        super().__init__(f"{problem} ({counter})")
        self.counter = counter


def read_emf(line: str, arrives: int) -> list[Sample]:
    """Return the samples of a log line that CloudWatch ingests at this moment, or raise EmfError.

    An array of values is one sample of several values; each dimension set makes a metric of its
    own.
    """
    text = line.strip()
    if prefix := _PREFIX.match(text):
        text = text[prefix.end() :]
    if not text.startswith("{") or _MARK not in text:
        return []
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        _refuse(f"a document has at most {MAX_BYTES} bytes")
    document = _parse(text)
    if "_aws" not in document:
        return []
    try:
        return list(_read_document(document, arrives))
    except EmfError:
        raise
    except SampleError as error:
        raise EmfError(str(error), Counter.VALIDATION) from error


def _parse(text: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise EmfError(f"the document is no JSON: {error}", Counter.PARSING) from error
    except RecursionError as error:
        raise EmfError("the document is nested too deeply", Counter.PARSING) from error
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise EmfError(f"the document is no JSON: {name} is no number of it", Counter.PARSING)


def _read_document(document: Mapping[str, Any], arrives: int) -> Iterator[Sample]:
    about = document["_aws"]
    if not isinstance(about, dict):
        _refuse("_aws is an object with Timestamp and CloudWatchMetrics")
    moment = about.get("Timestamp")
    if type(moment) is not int or moment < 0:
        _refuse(f"_aws.Timestamp is a whole number of milliseconds, not {moment!r}")
    directives = about.get("CloudWatchMetrics")
    if not isinstance(directives, list):
        _refuse("_aws.CloudWatchMetrics is a list of directives")
    for directive in directives:
        yield from _read_directive(directive, document, moment // 1000, arrives)


def _read_directive(
    directive: object, document: Mapping[str, Any], at: int, arrives: int
) -> Iterator[Sample]:
    if not isinstance(directive, dict):
        _refuse("a directive is an object with Namespace, Dimensions and Metrics")
    namespace, metrics = directive.get("Namespace"), directive.get("Metrics")
    if not isinstance(namespace, str):
        _refuse(f"a directive's Namespace is a text, not {namespace!r}")
    if not isinstance(metrics, list):
        _refuse("a directive's Metrics is a list of metric definitions")
    if len(metrics) > MAX_METRICS:
        _refuse(f"a directive defines at most {MAX_METRICS} metrics, not {len(metrics)}")
    sets = _read_dimension_sets(directive.get("Dimensions"), document)
    for definition in metrics:
        name, values, unit, resolution = _read_definition(definition, document)
        for dimensions in sets:
            yield Sample(
                metric=MetricIdentity.of(namespace, name, dimensions),
                at=at,
                arrives=arrives,
                values=values,
                unit=unit,
                high_resolution=resolution == 1,
            )


def _read_dimension_sets(sets: object, document: Mapping[str, Any]) -> list[dict[str, str]]:
    if not isinstance(sets, list) or not sets:
        _refuse("a directive's Dimensions is a list of at least one set, which may be empty: [[]]")
    return [_read_dimension_set(names, document) for names in sets]


def _read_dimension_set(names: object, document: Mapping[str, Any]) -> dict[str, str]:
    if not isinstance(names, list):
        _refuse(f"a dimension set is a list of names, not {names!r}")
    if len(names) > MAX_DIMENSIONS:
        _refuse(f"a dimension set has at most {MAX_DIMENSIONS} names, not {len(names)}")
    dimensions = {}
    for name in names:
        if not isinstance(name, str) or not 1 <= len(name) <= MAX_REFERENCE_LENGTH:
            _refuse(f"a dimension's name has 1 to {MAX_REFERENCE_LENGTH} characters: {name!r}")
        value = document.get(name)
        if not isinstance(value, str):
            _refuse(f"dimension {name!r} must be a text at the root of the document, not {value!r}")
        dimensions[name] = value
    return dimensions


def _read_definition(
    definition: object, document: Mapping[str, Any]
) -> tuple[str, tuple[float, ...], str | None, int]:
    if not isinstance(definition, dict) or not isinstance(definition.get("Name"), str):
        _refuse(f"a metric definition is an object with a Name, not {definition!r}")
    name, unit = definition["Name"], definition.get("Unit")
    resolution = definition.get("StorageResolution", 60)
    if unit is not None and not isinstance(unit, str):
        _refuse(f"the Unit of metric {name!r} is a text, not {unit!r}")
    if resolution not in (1, 60) or isinstance(resolution, bool):
        _refuse(f"the StorageResolution of metric {name!r} is 1 or 60, not {resolution!r}")
    return name, _read_values(name, document.get(name)), unit, resolution


def _read_values(name: str, target: object) -> tuple[float, ...]:
    members = target if isinstance(target, list) else [target]
    if not 1 <= len(members) <= MAX_VALUES:
        _refuse(f"metric {name!r} has 1 to {MAX_VALUES} values, not {len(members)}")
    return tuple(_read_value(name, member) for member in members)


def _read_value(name: str, member: object) -> float:
    if isinstance(member, bool) or not isinstance(member, (int, float)):
        _refuse(f"metric {name!r} must be a number at the root of the document, not {member!r}")
    try:
        return float(member)
    except OverflowError as error:
        problem = f"metric {name!r} has a value beyond 2^360"
        raise EmfError(problem, Counter.VALIDATION) from error


def _refuse(problem: str) -> NoReturn:
    raise EmfError(problem, Counter.VALIDATION)
