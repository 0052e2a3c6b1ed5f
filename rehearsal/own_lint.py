"""Hold Watchkeeper's own templates against the design rules: python -m rehearsal.own_lint.

Reads what `make check` has synthesised to build/cdk.out.<environment>. Of our own templates
everything is known: what could not be read or checked fails, too.
"""

import sys
from pathlib import Path

from rehearsal.engine.errors import EngineError
from rehearsal.lint.report import to_text
from rehearsal.lint.run import LintReport, run_lint
from rehearsal.lint.templates import load_templates, read_leniently
from rehearsal.own_facts import ENVIRONMENTS, ROOT, own_facts
from watchkeeper.definitions.errors import WatchkeeperError
from watchkeeper.environment.loader import known_environments, load_environment


def main() -> int:
    """Print what the rules say of every environment; return 1 when they do not all hold."""
    is_clean = True
    try:
        for name in known_environments(ENVIRONMENTS):
            report = lint_environment(name, ROOT / "build" / f"cdk.out.{name}")
            print(f"  {name}: {to_text(report)}")
            is_clean = is_clean and is_spotless(report)
    except (EngineError, WatchkeeperError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if is_clean else 1


def is_spotless(report: LintReport) -> bool:
    """Tell whether every rule could be checked to the end, and holds."""
    return report.is_clean and not report.unchecked and not report.refused


def lint_environment(name: str, assembly: Path) -> LintReport:
    """Hold the synthesised templates of one environment against every rule."""
    environment = load_environment(name, ENVIRONMENTS)
    deployment = read_leniently(
        load_templates((assembly,)), account=environment.account, region=environment.region
    )
    return run_lint(deployment, own_facts(name))


if __name__ == "__main__":
    sys.exit(main())
