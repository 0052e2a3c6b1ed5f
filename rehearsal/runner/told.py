"""What functions are told when a scenario says otherwise than the templates do."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rehearsal.runner.deployment import Assembly
from rehearsal.scenario.model import Scenario
from rehearsal.scenario.surroundings import Surroundings
from rehearsal.world.errors import RehearsalError


def as_told(assembly: Assembly, scenario: Scenario, surroundings: Surroundings) -> Assembly:
    """Return the assembly with the settings that a scenario gives to functions."""
    functions = dict(assembly.functions)
    for told in scenario.told:
        name = surroundings.suite[told.function]
        function = functions[name]
        functions[name] = replace(function, variables=_changed(function.variables, told.settings))
    return replace(assembly, functions=functions)


def _changed(variables: Mapping[str, str], settings: Mapping[str, Any]) -> Mapping[str, str]:
    for name, text in variables.items():
        document = _document(text)
        if settings.keys() <= document.keys():
            return {**variables, name: json.dumps({**document, **settings}, sort_keys=True)}
    raise RehearsalError(f"no variable holds {sorted(settings)}, expected settings of the function")


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
