"""Physical names and ARNs: explicit ones as given, others made from stack and logical id.

CloudFormation adds random characters to the names it makes; here a name is always the same, so
that a series file and a scenario can address what the template does not name.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rehearsal.engine.errors import TemplateError
from rehearsal.engine.template.document import WrittenResource
from rehearsal.engine.template.kinds import ResourceKind
from rehearsal.engine.template.values import Absence, Outcome, Unresolved, describe, write_scalar

Resolve = Callable[[object], Outcome]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Say where a stack is deployed."""

    account: str
    region: str

    def __post_init__(self) -> None:
        """Refuse what is not an account and a region."""
        if not (self.account.isascii() and self.account.isdigit() and len(self.account) == 12):
            message = f"account is {self.account!r}, expected 12 digits"
            raise TemplateError(message)
        if not self.region:
            message = "region is empty, expected the name of one such as 'us-east-1'"
            raise TemplateError(message)

    @property
    def partition(self) -> str:
        """Return the partition that the region belongs to."""
        for start, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
            if self.region.startswith(start):
                return partition
        return "aws"

    @property
    def suffix(self) -> str:
        """Return what the host names of AWS end with here."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Hold what a resource is called: its name, what Ref gives, and its attributes."""

    name: str
    arn: str
    ref: str
    attributes: Mapping[str, str]


def identify(
    stack: str, place: Place, written: WrittenResource, kind: ResourceKind, resolve: Resolve
) -> Identity | Unresolved:
    """Work out what a resource of a known kind is called."""
    name = _find_name(stack, written, kind, resolve)
    fields = _make_digits(f"{stack}/{written.logical_id}")
    for key, use in kind.uses.items():
        found = _read_text(written, use.property, resolve)
        if isinstance(found, Unresolved):
            return found
        fields[key] = use.shorten(use.default if found is None else found)
    if isinstance(name, Unresolved):
        return name
    fields |= {"name": name, "account": place.account, "region": place.region}
    fields |= {"partition": place.partition, "suffix": place.suffix}
    fields["arn"] = kind.arn.format_map(fields)
    return Identity(
        name=name,
        arn=fields["arn"],
        ref=kind.ref.format_map(fields),
        attributes={key: form.format_map(fields) for key, form in kind.attributes.items()},
    )


def _make_digits(seed: str) -> dict[str, str]:
    digest = hashlib.sha256(seed.encode()).hexdigest()
    return {
        "hex8": digest[:8],
        "hex16": digest[:16],
        "upper14": digest[:14].upper(),
        "uuid": str(uuid.UUID(digest[:32])),
    }


def _find_name(
    stack: str, written: WrittenResource, kind: ResourceKind, resolve: Resolve
) -> str | Unresolved:
    if kind.name_property:
        given = _read_text(written, kind.name_property, resolve)
        if given is not None:
            # CloudWatch sees the names of these in lower case, however they were given.
            return given.lower() if isinstance(given, str) and kind.is_lower else given
    return _make_name(stack, written, kind, resolve)


def _make_name(
    stack: str, written: WrittenResource, kind: ResourceKind, resolve: Resolve
) -> str | Unresolved:
    name = f"{stack}-{written.logical_id}"
    ending = ""
    if kind.fifo_property:
        is_fifo = _read_text(written, kind.fifo_property, resolve)
        if isinstance(is_fifo, Unresolved):
            return is_fifo
        ending = ".fifo" if is_fifo == "true" else ""
    if len(name + ending) > kind.most_characters:
        digits = _make_digits(name)["hex8"]
        name = f"{name[: kind.most_characters - len(digits) - len(ending) - 1]}-{digits}"
    return (name.lower() if kind.is_lower else name) + ending


def _read_text(written: WrittenResource, name: str, resolve: Resolve) -> str | Unresolved | None:
    """Read a scalar property; None when the template does not give it."""
    if name not in written.properties:
        return None
    value = resolve(written.properties[name])
    if isinstance(value, Unresolved):
        return value
    if isinstance(value, Absence):
        return None
    text = write_scalar(value)
    if not text:
        message = f"{written.logical_id}: {name} is {describe(value)}, expected a text"
        raise TemplateError(message)
    return text
