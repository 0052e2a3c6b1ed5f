"""Parameter Store: parameters with every version they had, as functions read and list them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rehearsal.world.aws.wire import Answer, Call, refuse_unknown, to_answer, to_refusal
from rehearsal.world.clock import SimulatedClock

Asked = Mapping[str, Any]
NOT_FOUND = "ParameterNotFound"
OWNER = "arn:aws:iam::111111111111:user/rehearsal"


@dataclass(frozen=True, kw_only=True)
class Version:
    """Be one version of a parameter."""

    number: int
    value: str
    written: float
    description: str = ""


@dataclass(kw_only=True)
class Parameters:
    """Hold parameters, and answer the calls that read them and overwrite them.

    `note` is told of every such call that overwrites: name, value and description.
    """

    clock: SimulatedClock
    region: str
    account: str
    note: Callable[[str, str, str], None] = lambda _name, _value, _description: None
    _versions: dict[str, list[Version]] = field(default_factory=dict)

    def put(self, name: str, value: str, description: str = "") -> None:
        """Write the next version of a parameter, now."""
        versions = self._versions.setdefault(name, [])
        written = self.clock.time()
        number = len(versions) + 1
        versions.append(
            Version(number=number, value=value, written=written, description=description)
        )

    def newest(self, name: str) -> Version:
        """Give a parameter as it is now."""
        return self._versions[name][-1]

    def delete(self, name: str) -> None:
        """Delete a parameter and its versions."""
        self._versions.pop(name, None)

    def __call__(self, call: Call) -> Answer:
        """Answer a call to Systems Manager."""
        answers: dict[str, Callable[[Asked], Answer]] = {
            "GetParameter": self._one,
            "PutParameter": self._overwrite,
            "GetParameters": self._several,
            "GetParametersByPath": self._by_path,
            "DescribeParameters": self._descriptions,
            "GetParameterHistory": self._history,
            "ListTagsForResource": lambda _asked: to_answer({"TagList": []}),
        }
        if call.operation not in answers:
            return refuse_unknown("ssm", call)
        return answers[call.operation](call.document)

    def _one(self, asked: Asked) -> Answer:
        name = asked["Name"]
        if name not in self._versions:
            return to_refusal(NOT_FOUND, f"Parameter {name} not found.")
        return to_answer({"Parameter": self._newest(name)})

    def _overwrite(self, asked: Asked) -> Answer:
        """Write over a parameter there is, as kill switches are; a new one needs a type."""
        name = asked["Name"]
        if name not in self._versions or not asked.get("Overwrite"):
            return to_refusal("ParameterAlreadyExists", "expected Overwrite of one there is")
        self.put(name, asked["Value"], asked.get("Description", ""))
        self.note(name, asked["Value"], asked.get("Description", ""))
        return to_answer({"Version": len(self._versions[name]), "Tier": "Standard"})

    def _several(self, asked: Asked) -> Answer:
        found = [name for name in asked["Names"] if name in self._versions]
        return to_answer({"Parameters": [self._newest(name) for name in found]})

    def _by_path(self, asked: Asked) -> Answer:
        return self._page(asked, [self._newest(name) for name in self._below(asked["Path"])])

    def _descriptions(self, asked: Asked) -> Answer:
        return self._page(asked, [self._described(name) for name in self._chosen(asked)])

    def _newest(self, name: str) -> Mapping[str, Any]:
        newest = self._versions[name][-1]
        return {
            **self._shape(name, newest),
            "Value": newest.value,
            "ARN": f"arn:aws:ssm:{self.region}:{self.account}:parameter{name}",
        }

    def _shape(self, name: str, version: Version) -> dict[str, Any]:
        return {
            "Name": name,
            "Type": "String",
            "Version": version.number,
            "LastModifiedDate": version.written,
            "DataType": "text",
        }

    def _described(self, name: str) -> dict[str, Any]:
        newest = self._versions[name][-1]
        more = {"LastModifiedUser": OWNER, "Tier": "Standard", "Policies": []}
        return {**self._shape(name, newest), **more}

    def _history(self, asked: Asked) -> Answer:
        more = {"LastModifiedUser": OWNER, "Tier": "Standard", "Labels": [], "Policies": []}
        name = asked["Name"]
        versions = self._versions.get(name, [])
        found = [{**self._shape(name, each), "Value": each.value, **more} for each in versions]
        return self._page(asked, found)

    def _below(self, path: str) -> list[str]:
        return sorted(name for name in self._versions if name.startswith(f"{path.rstrip('/')}/"))

    def _chosen(self, asked: Asked) -> list[str]:
        names = sorted(self._versions)
        for each in asked.get("ParameterFilters", ()):
            wanted = each["Values"]
            if each["Key"] == "Path":
                below = {name for path in wanted for name in self._below(path)}
                names = [name for name in names if name in below]
            else:
                names = [name for name in names if name in wanted]
        return names

    def _page(self, asked: Asked, items: Sequence[Mapping[str, Any]]) -> Answer:
        """Answer with one page; the token is where the next one begins."""
        begin = int(asked.get("NextToken", "0"))
        end = begin + int(asked.get("MaxResults", 10))
        more = {"NextToken": str(end)} if end < len(items) else {}
        return to_answer({"Parameters": items[begin:end], **more})
