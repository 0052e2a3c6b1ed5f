"""Tell an operator what a restore would do, without a single value."""

from collections.abc import Iterable, Iterator

from watchkeeper.backup.difference import Fingerprints, clear_value
from watchkeeper.backup.kept_export import FoundManifest
from watchkeeper.backup.record import SECURE_TYPE, ParameterVersion
from watchkeeper.operations.plan import Restoration
from watchkeeper.operations.restoring import Comparison


def headline(found: FoundManifest) -> str:
    """Say which export it is."""
    manifest = found.manifest
    return (
        f"export {found.stored.key} of {manifest.completed_at:%Y-%m-%d %H:%M} UTC, "
        f"{manifest.count} parameters below {manifest.path}"
    )


def difference_lines(
    comparison: Comparison, fingerprints: Fingerprints, *, overwrite: bool
) -> Iterator[str]:
    """Say each difference on a line, then how many there are."""
    for each in comparison.added:
        yield f"+ {each.name}  {_shown(each.kept.current, fingerprints)}{_reason(each)}"
    for each in comparison.changed:
        if each.live is None:
            continue
        before = _shown(each.live.current, fingerprints)
        after = _shown(each.kept.current, fingerprints)
        held = "" if overwrite or not each.overwrites else "  [needs --overwrite]"
        fields = ", ".join(each.fields)
        yield f"~ {each.name}  {fields}: {before} -> {after}{_reason(each) or held}"
    for name in comparison.only_in_account:
        yield f"! {name}  only in the account, and stays"
    yield (
        f"{len(comparison.added)} to add (+), {len(comparison.changed)} to change (~), "
        f"{len(comparison.unchanged)} unchanged, {len(comparison.only_in_account)} only in the "
        "account (!)"
    )


def approval_lines(restored: Iterable[Restoration], environment: str) -> Iterator[str]:
    """Say what is left to do when secrets were restored: their new versions count as drift."""
    count = sum(each.kept.current.type == SECURE_TYPE for each in restored)
    if count:
        what = "secret has a new version" if count == 1 else "secrets have new versions"
        yield (
            f"{count} {what}, which counts as drift until an export that is made from now on is "
            "approved: start ssm_backup, and when it has finished"
        )
        yield f"  watchkeeper ssm approve --environment {environment}"


def _shown(version: ParameterVersion, fingerprints: Fingerprints) -> str:
    length = len(str(version.value))
    value = fingerprints.hash(str(clear_value(version)))
    return f"{version.type} of {length} characters ({value})"


def _reason(restoration: Restoration) -> str:
    return f"  [left out: {restoration.obstacle}]" if restoration.obstacle else ""
