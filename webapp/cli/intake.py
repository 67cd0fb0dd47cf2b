"""Commands that bring data in: import files, list the column mappings that ship, recount what was counted."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from flask.cli import with_appcontext

from webapp.cli.running import say
from webapp.domain.errors import BadInput
from webapp.domain.intake.mapping import ColumnMapping
from webapp.domain.intake.mapping_reading import read_mapping
from webapp.domain.intake.shipped import OWN_FORMAT, shipped_mapping, shipped_names
from webapp.domain.intake.snapshot import read_snapshot
from webapp.domain.scope import Scope
from webapp.domain.vocabulary import BatchState
from webapp.presentation.formats import count
from webapp.queries.imports import BatchLine, RejectedLine, fetch_rejected, get_batch
from webapp.services import people
from webapp.services.clock import now
from webapp.services.import_batches import SentFile
from webapp.services.import_here import import_here
from webapp.services.kept_files import chunks_of
from webapp.services.verification import mend
from webapp.services.verification import verify as recount
from webapp.transactions import reading

SHOWN_REASONS = 20
VERIFY_TIMEOUT_MS = 1_800_000


@click.command("import")
@click.option("--network", required=True, help="The network's name or short name.")
@click.option(
    "--mapping",
    "mapping_name",
    default=OWN_FORMAT,
    show_default=True,
    help="How the files are read: the name of a mapping that ships (see `dripline mappings`), or a YAML file.",
)
@click.option("--accept-good-rows", is_flag=True, help="Store the rows that can be taken although others cannot.")
@click.option(
    "--snapshot-from",
    default="",
    metavar="DATE",
    help="The files hold all that there is from this day on; what they lack is withdrawn.",
)
@click.option("--snapshot-to", default="", metavar="DATE", help="... up to this day, included.")
@click.option(
    "--snapshot-site", "snapshot_sites", multiple=True, metavar="CODE", help="... of this site only; may be repeated."
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@with_appcontext
def import_files(
    network: str,
    mapping_name: str,
    accept_good_rows: bool,
    snapshot_from: str,
    snapshot_to: str,
    snapshot_sites: tuple[str, ...],
    paths: tuple[Path, ...],
) -> None:
    """Import PATHS, files or folders of CSV files, as one batch: stored whole, or not at all."""
    snapshot = read_snapshot(snapshot_from, snapshot_to, snapshot_sites)
    scope = people.network_scope(people.get_network(network))
    mapping = find_mapping(mapping_name)
    files = _files_of(paths)
    say(f"Receiving {count(len(files))} files ..." if len(files) > 1 else f"Receiving {files[0].name} ...")
    sent = [SentFile(path.name, _chunks(path)) for path in files]
    batch_id = import_here(scope, sent, mapping, accept_good_rows, now, _Telling(), snapshot)
    with reading(scope) as db:
        batch = get_batch(scope, db, batch_id)
        refused = fetch_rejected(scope, db, batch_id, SHOWN_REASONS)
    _summarise(batch, refused)
    if batch.state is not BatchState.STORED:
        sys.exit(1)


def find_mapping(name: str) -> ColumnMapping:
    """The mapping of that name that ships, else the one in the file of that name. Raises BadInput."""
    if name in shipped_names():
        return shipped_mapping(name)
    path = Path(name)
    if not path.is_file():
        raise BadInput(f"There is no mapping {name!r}: name one of {', '.join(shipped_names())}, or a YAML file.")
    try:
        return read_mapping(path.read_text("utf-8-sig"), path.stem)
    except UnicodeDecodeError:
        raise BadInput(f"The mapping {path.name} is not UTF-8 text.") from None


def _files_of(paths: Sequence[Path]) -> list[Path]:
    """The files named, and in the place of a folder its CSV files."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(child for child in path.iterdir() if child.is_file() and child.suffix.lower() == ".csv")
            if not inside:
                raise BadInput(f"The folder {path} holds no CSV file.")
            found += inside
        else:
            found.append(path)
    return found


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from chunks_of(stream)


class _Telling:
    """Tells how far the import is: at each new step, and at each tenth of the reading."""

    def __init__(self) -> None:
        self._told = ("", -1)

    def __call__(self, words: str, done: int, of: int) -> None:
        tenth = 10 * done // of if of else -1
        if (words, tenth) != self._told:
            self._told = (words, tenth)
            say(f"{words}: {count(done)} of {count(of)} rows" if of else f"{words} ...")


def _summarise(batch: BatchLine, refused: Sequence[RejectedLine]) -> None:
    click.echo(batch.message)
    for reason in refused:
        where = f"{reason.file}, line {reason.line}" if reason.line else reason.file
        click.echo(f"  {where}: {reason.rule}: {reason.sentence}")
    if len(refused) == SHOWN_REASONS:
        click.echo("  ... all of them stand on the batch's page under Data.")
    if batch.data_version is not None:
        click.echo(f"Data version {count(batch.data_version)}.")


@click.command()
def mappings() -> None:
    """List the column mappings that ship."""
    width = max(map(len, shipped_names()))
    for name in shipped_names():
        mapping = shipped_mapping(name)
        click.echo(f"{name:<{width}}  {mapping.title}")
        click.echo(f"{'':<{width}}  reads {', '.join(mapping.patterns())}")


@click.command()
@click.option("--network", required=True, help="The network's name or short name.")
@click.option("--mend", "mending", is_flag=True, help="Count everything anew and store it first, as after an upgrade.")
@with_appcontext
def verify(network: str, mending: bool) -> None:
    """Recount everything that was counted from the facts; exit code 1 where a cell differs."""
    scope: Scope = people.network_scope(people.get_network(network))
    if mending:
        say(f"Counting {network} anew ...")
        mend(scope, VERIFY_TIMEOUT_MS)
    say(f"Recounting {network} from its records; each table is told when it has been compared ...")
    rows = differing = 0
    with reading(scope, timeout_ms=VERIFY_TIMEOUT_MS) as db:
        for table in recount(scope, db):
            click.echo(f"{table.table:<24} {count(table.rows):>12} rows  {count(table.differing):>8} differ")
            rows, differing = rows + table.rows, differing + table.differing
    click.echo(f"{count(rows)} cells recounted, {count(differing)} differing cells.")
    if differing:
        sys.exit(1)
