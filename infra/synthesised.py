"""Give what an environment is synthesised as, and synthesise it only where that is not known."""

from pathlib import Path

from infra.assembly import Assembly, open_assembly
from infra.places import BUILD, ENVIRONMENTS, LAYERS
from infra.remembered import contents, files, fingerprint, recall, sources

SEALS = BUILD / "synthesised"


def synthesised(
    environment: str, outdir: Path, *, folder: Path = ENVIRONMENTS, answered: bool = True
) -> Assembly:
    """Synthesise an environment into a folder, unless just that is in there already.

    The parameters are those of `synthesise`. Only one process at a time may write to a folder.
    """

    def synthesise_now() -> bytes:
        # Only now: it starts a Node process, which most checks and tests can do without.
        from infra.synthesis import synthesise  # noqa: PLC0415

        synthesise(environment, outdir, folder=folder, answered=answered)
        return _seal(outdir)

    recall(
        SEALS,
        outdir.name,
        decided_by=(
            f"{environment} {answered=}".encode(),
            (folder / f"{environment}.toml").read_bytes(),
            *sources("infra", "layers/watchkeeper", "functions"),
            # Of each layer, what `make layers` has found in it just before.
            *contents(LAYERS, LAYERS.glob("*/*.json")),
        ),
        make=synthesise_now,
        # Another hand writes there, too: `make synth`.
        holds=lambda seal: seal == _seal(outdir),
    )
    return open_assembly(environment, outdir)


def _seal(outdir: Path) -> bytes:
    return fingerprint(contents(outdir, files(outdir))).encode()
