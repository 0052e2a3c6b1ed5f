"""Synthesise one environment in this process."""

from pathlib import Path

from infra.acknowledgement import IGNORED
from infra.application import add_stacks, new_app
from infra.assembly import REPORT, Assembly, open_assembly
from infra.places import ENVIRONMENTS
from watchkeeper.environment.loader import load_environment


def synthesise(
    environment: str, outdir: Path, *, folder: Path = ENVIRONMENTS, answered: bool = True
) -> Assembly:
    """Synthesise an environment's file into a folder.

    With `answered` false, findings are reported whose reason is given in the code, too.
    """
    app = new_app(outdir, context={} if answered else {IGNORED: True})
    add_stacks(app, load_environment(environment, folder))
    (outdir / REPORT).unlink(missing_ok=True)
    try:
        app.synth()
    except RuntimeError:
        # Findings fail a synthesis after everything has been written; other errors before.
        if not (outdir / REPORT).exists():
            raise
    return open_assembly(environment, outdir)
