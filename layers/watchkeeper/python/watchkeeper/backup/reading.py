"""Read every parameter below a path, and prove that none is missing.

The two listings must name the same parameters at the same versions, and the history must end at
that version. Where they differ somebody changed, added or removed a parameter meanwhile: it is read
again a few times. What stays different, or cannot be read, fails the export by name.
"""

from collections.abc import Iterator, Mapping

from watchkeeper.backup.calls import (
    CallExhaustedError,
    CallRefusedError,
    Rates,
    Remaining,
    refuse_problems,
    run_each,
)
from watchkeeper.backup.listing import (
    ChangedMeanwhileError,
    Listings,
    batches,
    list_again,
    list_parameters,
)
from watchkeeper.backup.parameter_store import VALUES_PER_PAGE, Answer, ParameterStore
from watchkeeper.backup.record import (
    SECURE_TYPE,
    ParameterPolicy,
    ParameterRecord,
    ParameterVersion,
)
from watchkeeper.backup.sealing import MAX_PART_BYTES
from watchkeeper.definitions.errors import BackupError

# The first reading, and three more of what changed during it.
MAX_READINGS = 4
GONE_CODES = frozenset({"ParameterNotFound", "InvalidResourceId"})
# A call costs 1.8 ms of a processor (measured, TLS left out), and a function of 512 MB has 0.29 of
# one: 160 calls a second, of which half is counted on.
KMS_CALLS_PER_SECOND = 80.0
# Compressing, writing, reading back and pointing to the export.
FINISH_SECONDS = 20.0


def read_parameters(
    store: ParameterStore, path: str, rates: Rates, remaining: Remaining
) -> list[ParameterRecord]:
    """Return all parameters below the path in the order of their names; raise when there is none.

    Secrets are in clear if the store opens them.
    """
    records = read_listed(store, list_parameters(store, path, remaining), rates, remaining)
    if not records:
        raise BackupError(
            f"no parameter was found below {path}: the path is wrong, or the role may not read it"
        )
    return records


def read_listed(
    store: ParameterStore,
    listings: Listings,
    rates: Rates,
    remaining: Remaining,
) -> list[ParameterRecord]:
    """Return what was listed, in the order of the names, with its tags, labels and old versions."""
    refuse_lack_of_time(listings, rates, remaining())
    records: dict[str, ParameterRecord] = {}
    waiting = listings.names
    changed: dict[str, str] = {}
    for reading in range(MAX_READINGS):
        if reading:
            list_again(store, listings, waiting)
            waiting = [name for name in waiting if name in listings.names]
        outcomes = run_each(lambda name: _read(store, listings, name), waiting, remaining)
        records |= {each.name: each for each in outcomes if isinstance(each, ParameterRecord)}
        changed = _changed(dict(zip(waiting, outcomes, strict=True)))
        waiting = list(changed)
        if not waiting:
            break
    refuse_problems(changed, "read as one version")
    return [records[name] for name in sorted(records)]


def _changed(outcomes: Mapping[str, ParameterRecord | BackupError]) -> dict[str, str]:
    """Give those to be read again, with the reason; raise when others cannot be read at all."""
    errors = {
        name: outcome for name, outcome in outcomes.items() if isinstance(outcome, BackupError)
    }
    changed = {
        name: str(error)
        for name, error in errors.items()
        if isinstance(error, ChangedMeanwhileError)
    }
    refuse_problems({name: str(errors[name]) for name in errors.keys() - changed.keys()}, "read")
    return changed


def seconds_needed(count: int, sealed_parts: int, rates: Rates) -> float:
    """Estimate the seconds from two complete listings to the end, for so many parameters."""
    details = count / min(rates.tags, rates.history)
    sealing_and_opening = 2 * sealed_parts / KMS_CALLS_PER_SECOND
    return details + sealing_and_opening + FINISH_SECONDS


def refuse_lack_of_time(listings: Listings, rates: Rates, remaining_seconds: float) -> None:
    """Raise before thousands of calls are made for an export that cannot end in time."""
    count = len(listings.names)
    secrets = (each["Value"] for each in listings.values.values() if each["Type"] == SECURE_TYPE)
    parts = sum(-(-len(each.encode()) // MAX_PART_BYTES) for each in secrets)
    needed = seconds_needed(count, parts, rates)
    if needed > remaining_seconds:
        raise BackupError(
            f"{count} parameters need about {needed:.0f} s, and {remaining_seconds:.0f} s of the "
            "run are left: raise the function's timeout or split the path"
        )


def _read(store: ParameterStore, listings: Listings, name: str) -> ParameterRecord | BackupError:
    """Complete one parameter; return what is wrong with it alone, raise what ends the export."""
    try:
        return _completed(store, name, *listings.agreeing(name))
    except CallExhaustedError as error:
        raise CallExhaustedError(f"{name}: {error}") from error
    except CallRefusedError as error:
        gone = error.code in GONE_CODES
        return ChangedMeanwhileError("gone while it was read") if gone else error
    except BackupError as error:
        return error


def _completed(
    store: ParameterStore, name: str, value: Answer, description: Answer
) -> ParameterRecord:
    tags = store.tags(name)
    history = {each["Version"]: each for each in store.history(name)}
    newest = max(history, default=0)
    if newest != value["Version"]:
        raise ChangedMeanwhileError(
            f"version {value['Version']} by its value and {newest} by its history"
        )
    labels = tuple(history[newest].get("Labels", []))
    return ParameterRecord(
        name=name,
        arn=value["ARN"],
        tags=tags,
        current=version_from(value, description, labels),
        labelled=tuple(_labelled(store, name, history, newest)),
    )


def _labelled(
    store: ParameterStore, name: str, history: dict[int, Answer], newest: int
) -> Iterator[ParameterVersion]:
    wanted = sorted(n for n, each in history.items() if each.get("Labels") and n != newest)
    for batch in batches(wanted, VALUES_PER_PAGE):
        values = store.values_of_versions(name, batch)
        for number in batch:
            if number not in values:
                raise ChangedMeanwhileError(f"labelled version {number} has no value")
            about = history[number]
            yield version_from(values[number], about, tuple(about["Labels"]))


def version_from(value: Answer, about: Answer, labels: tuple[str, ...]) -> ParameterVersion:
    """Make a version from GetParameters' answer and DescribeParameters' or the history's."""
    return ParameterVersion(
        version=value["Version"],
        type=value["Type"],
        value=value["Value"],
        key_id=about.get("KeyId", ""),
        data_type=value.get("DataType", ""),
        tier=about.get("Tier", ""),
        description=about.get("Description", ""),
        allowed_pattern=about.get("AllowedPattern", ""),
        policies=tuple(
            ParameterPolicy(
                text=each.get("PolicyText", ""),
                type=each.get("PolicyType", ""),
                status=each.get("PolicyStatus", ""),
            )
            for each in about.get("Policies", [])
        ),
        last_modified=value["LastModifiedDate"],
        last_modified_user=about.get("LastModifiedUser", ""),
        labels=labels,
    )
