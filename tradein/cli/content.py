"""Commands about content: the catalogue's names, the price book, the condition questions."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tradein import answers, catalogue_import, handover, tac, terms
from tradein.catalogue_check import check, check_prices
from tradein.catalogue_files import read_catalogue, read_prices
from tradein.cli._run import console, errors, reading, stop, transaction, utcnow
from tradein.cli.wording import sentence
from tradein.condition_files import read_conditions
from tradein.plan import Plan
from tradein.reminder_files import read_reminders
from tradein.tables import ContentError, Problem

catalogue_app = typer.Typer(no_args_is_help=True, help="The phones of the programme: brands, models, variants.")
prices_app = typer.Typer(no_args_is_help=True, help="What each variant is worth at best.")
conditions_app = typer.Typer(no_args_is_help=True, help="The questions about the old phone's condition.")

SHOWN = 20
UNCHANGED = "Nothing was changed: this was a dry run."

Content = Annotated[
    Path, typer.Argument(exists=True, readable=True, show_default=False, help="A folder, or one of its files.")
]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything and show what would change; change nothing.")]


@catalogue_app.command("check")
def check_catalogue(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, show_default=False)]) -> None:
    """Check all files of a catalogue folder together; no database is needed and nothing is changed.

    Looks at every line, at what the files say about each other, and at the prices of all variants; the terms and
    tac.csv are checked where they are there. Ends with 1 if something is wrong; warnings are only told.
    """
    problems: list[Problem] = []
    warnings: list[Problem] = []
    names = prices = book = None
    today = utcnow().date()
    try:
        names = read_catalogue(folder, today=today)
    except ContentError as error:
        problems += error.problems
    try:
        prices = read_prices(folder / "prices.csv", today=today)
    except ContentError as error:
        problems += error.problems
    try:
        book = read_conditions(folder / "conditions.yml")
    except ContentError as error:
        problems += error.problems
    problems += _beside(folder)
    reports = []
    if names:
        reports.append(check(names, complete=True))
    if names and prices:
        floor = book.floor_minor if book else 0
        reports.append(check_prices(prices, names.variants or (), file="prices.csv", floor_minor=floor))
    for report in reports:
        problems += report.problems
        warnings += report.warnings
    _warn(warnings)
    if problems:
        raise bad(problems, "The catalogue can't be used")
    if names and prices and book:
        console.print(
            f"[green]✓[/green] {len(names.brands or ())} brands, {len(names.models or ())} models, "
            f"{len(names.variants or ())} variants with prices of {prices.as_of}, "
            f"{len(names.products or ())} products, {len(book.questions)} questions."
        )


def _beside(folder: Path) -> list[Problem]:
    """Return what is wrong with the files that stand for themselves."""
    problems: list[Problem] = []
    readers = [(terms.read, file) for file in sorted((folder / "terms").glob("*.md"))]
    beside = [
        *readers,
        *[(tac.read_tacs, file) for file in folder.glob("tac.csv")],
        *[(handover.read, file) for file in folder.glob("handover.yml")],
        *[(answers.read, file) for file in folder.glob("answers.yml")],
        *[(read_reminders, file) for file in folder.glob("reminders.yml")],
    ]
    for read, file in beside:
        try:
            read(file)
        except ContentError as error:
            problems += error.problems
    return problems


@catalogue_app.command("import")
def import_catalogue(path: Content, *, dry_run: DryRun = False) -> None:
    """Import brands, outside names, models, variants and products from a folder, or one of these files.

    A model or variant that the file no longer holds is not offered any more; what was promised for it stays. Phones
    are offered once they have a price: see 'tradein prices import'. Nothing changes unless every line is good.
    """
    now = utcnow()
    try:
        files = read_catalogue(path, today=now.date())
        with reading() if dry_run else transaction() as session:
            if dry_run:
                plan = catalogue_import.plan_catalogue(session, files)
            else:
                plan = catalogue_import.import_catalogue(session, files, now=now)
    except ContentError as error:
        raise bad(error.problems) from None
    show(plan, dry_run=dry_run)


@prices_app.command("import")
def import_prices(file: File, *, dry_run: DryRun = False) -> None:
    """Put a new price book in force; quotes made before keep their value.

    The file begins with '# as_of: 2018-03-15', '# currency: INR' and '# note: …' and must price every listed variant,
    in whole rupees. Nothing changes unless every line is good.
    """
    now = utcnow()
    try:
        prices = read_prices(file, today=now.date())
        with reading() if dry_run else transaction() as session:
            if dry_run:
                plan = catalogue_import.plan_prices(session, prices, file=file.name)
            else:
                plan = catalogue_import.import_prices(session, prices, file=file.name, now=now)
    except ContentError as error:
        raise bad(error.problems) from None
    show(plan, dry_run=dry_run)


@conditions_app.command("import")
def import_conditions(file: File, *, dry_run: DryRun = False) -> None:
    """Put a new set of condition questions in force; quotes made before keep their value.

    The file is YAML: questions with options that rule a phone out, deduct a percentage or add a bonus. Nothing changes
    unless all of it is good.
    """
    try:
        book = read_conditions(file)
        with reading() if dry_run else transaction() as session:
            if dry_run:
                plan = catalogue_import.plan_conditions(session, book)
            else:
                plan = catalogue_import.import_conditions(session, book, now=utcnow())
    except ContentError as error:
        raise bad(error.problems) from None
    show(plan, dry_run=dry_run)


def bad(problems: list[Problem] | tuple[Problem, ...], what: str = "Nothing was imported") -> typer.Exit:
    """Print every problem on standard error and return the exit to raise."""
    found = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return stop("\n  ".join([f"{what}: {found}.", *(escape(sentence(problem)) for problem in problems)]))


def _warn(warnings: list[Problem] | tuple[Problem, ...]) -> None:
    for warning in warnings:
        errors.print(f"[yellow]![/yellow] {escape(sentence(warning))}", highlight=False)


def show(plan: Plan, *, dry_run: bool) -> None:
    """Print what an import changed, or in a dry run would change."""
    _warn(plan.warnings)
    if not plan.changes:
        console.print("Everything is as it is in the file already.")
        return
    counts = Table("", "added", "changed", "removed")
    tables = dict.fromkeys(change.table for change in plan.changes)
    for table in tables:
        kinds = [change.kind for change in plan.changes if change.table == table]
        counts.add_row(table, *(str(kinds.count(kind)) for kind in ("added", "changed", "removed")))
    console.print(counts)
    if not dry_run:
        console.print("[green]✓[/green] Imported.")
        return
    first = Table("", "what", "before", "after", title=f"The first {SHOWN}" if len(plan.changes) > SHOWN else None)
    for change in plan.changes[:SHOWN]:
        cells = (change.kind, f"{change.table} {change.id}", change.before, change.after)
        first.add_row(*(escape(cell) for cell in cells))
    console.print(first)
    console.print(UNCHANGED)
