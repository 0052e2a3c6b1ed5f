"""What the tests of templates share: the assembly of each environment, one after the other."""

from collections.abc import Mapping

import pytest

from infra.assembly import Assembly


@pytest.fixture(params=("local", "production", "staging"))
def assembly(request: pytest.FixtureRequest, assemblies: Mapping[str, Assembly]) -> Assembly:
    """Give what was synthesised of one environment."""
    return assemblies[request.param]
