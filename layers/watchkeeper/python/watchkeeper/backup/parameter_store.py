"""Read Parameter Store: every call the export needs, each at its own pace.

No single call tells all of a parameter. GetParametersByPath gives the values, DescribeParameters
what surrounds them, ListTagsForResource the tags, GetParameterHistory the labels.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watchkeeper.backup.calls import Pace, Rates, Remaining, ask

# The most each call gives or takes (Systems Manager API reference).
VALUES_PER_PAGE = 10
DESCRIPTIONS_PER_PAGE = 50
HISTORY_PER_PAGE = 50

Answer = Mapping[str, Any]
ByName = dict[str, Answer]


class ParameterStore:
    """Ask Parameter Store, never faster than the rates and never past the deadline.

    Without `opens_secrets` the values of SecureStrings are ciphertexts, which no key is needed for.
    """

    def __init__(
        self, ssm: Any, rates: Rates, remaining: Remaining, *, opens_secrets: bool = True
    ) -> None:
        self._ssm = ssm
        self._opens_secrets = opens_secrets
        self._remaining = remaining
        self._values = Pace(rates.values)
        self._descriptions = Pace(rates.descriptions)
        self._tags = Pace(rates.tags)
        self._history = Pace(rates.history)

    def add_values(self, path: str, into: ByName) -> None:
        """List everything below the path with its value.

        What was read before an error stays in `into`.
        """
        pages = self._pages(
            self._ssm.get_parameters_by_path,
            self._values,
            Path=path,
            Recursive=True,
            WithDecryption=self._opens_secrets,
            MaxResults=VALUES_PER_PAGE,
        )
        for page in pages:
            into.update({each["Name"]: each for each in page.get("Parameters", [])})

    def add_descriptions(self, path: str, into: ByName) -> None:
        """List everything below the path with all but its value.

        Pages may be empty: the service pages through the whole account and filters afterwards.
        """
        below = {"Key": "Path", "Option": "Recursive", "Values": [path]}
        into.update(self._described(below))

    def values_of(self, names: Sequence[str]) -> ByName:
        """Read up to ten parameters by name or `name:version`; leave out those that are gone."""
        return {each["Name"]: each for each in self._named(names)}

    def values_of_versions(self, name: str, versions: Sequence[int]) -> dict[int, Answer]:
        """Read up to ten versions of one parameter; leave out those that are gone."""
        return {each["Version"]: each for each in self._named([f"{name}:{n}" for n in versions])}

    def descriptions_of(self, names: Sequence[str]) -> ByName:
        """Describe up to fifty parameters by name; leave out those that are gone."""
        return self._described({"Key": "Name", "Option": "Equals", "Values": list(names)})

    def tags(self, name: str) -> dict[str, str]:
        """Read the tags of a parameter."""
        answer = self._ask(
            self._ssm.list_tags_for_resource,
            self._tags,
            ResourceType="Parameter",
            ResourceId=name,
        )
        return {each["Key"]: each["Value"] for each in answer.get("TagList", [])}

    def history(self, name: str) -> list[Answer]:
        """Read what surrounded each version of a parameter; secrets stay encrypted here."""
        pages = self._pages(
            self._ssm.get_parameter_history,
            self._history,
            Name=name,
            WithDecryption=False,
            MaxResults=HISTORY_PER_PAGE,
        )
        return [each for page in pages for each in page.get("Parameters", [])]

    def _named(self, names: Sequence[str]) -> list[Answer]:
        answer = self._ask(
            self._ssm.get_parameters,
            self._values,
            Names=list(names),
            WithDecryption=self._opens_secrets,
        )
        found: list[Answer] = answer.get("Parameters", [])
        return found

    def _described(self, condition: Mapping[str, object]) -> ByName:
        pages = self._pages(
            self._ssm.describe_parameters,
            self._descriptions,
            ParameterFilters=[condition],
            MaxResults=DESCRIPTIONS_PER_PAGE,
        )
        return {each["Name"]: each for page in pages for each in page.get("Parameters", [])}

    def _pages(self, method: Any, pace: Pace, **arguments: Any) -> Iterator[Answer]:
        while True:
            page = self._ask(method, pace, **arguments)
            yield page
            if not page.get("NextToken"):
                return
            arguments["NextToken"] = page["NextToken"]

    def _ask(self, method: Any, pace: Pace, **arguments: Any) -> Answer:
        pace.wait(self._remaining())
        return ask(method, **arguments)
