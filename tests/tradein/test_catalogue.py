"""The catalogue in the database: all of an import or nothing, what is offered, what it is worth."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from tests.conftest import NOW
from tests.tradein.test_catalogue_files import GOOD, TODAY
from tradein import catalogue, offer, settings
from tradein import catalogue_import as imports
from tradein import database as db
from tradein.catalogue import Brand, CatalogueEdition, Model, PriceBook, ProductKind, Variant
from tradein.catalogue_files import read_catalogue, read_prices
from tradein.cli import content
from tradein.database import Sessions
from tradein.phones.resolver import resolve
from tradein.plan import Plan
from tradein.refusals import ContentMissing, NoPrice, UnknownPhone
from tradein.tables import ContentError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with good files."""
    folder = tmp_path / "catalogue"
    folder.mkdir()
    for name, text in GOOD.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def session(database: Sessions) -> Iterator[Session]:
    """Return a session on an empty database; nothing is committed."""
    with database() as opened:
        yield opened


def bring_in(session: Session, folder: Path) -> Plan:
    """Import the names of a folder, then its prices."""
    plan = imports.import_catalogue(session, read_catalogue(folder, today=TODAY), now=NOW)
    prices = read_prices(folder / "prices.csv", today=TODAY)
    imports.import_prices(session, prices, file="prices.csv", now=NOW)
    return plan


def bring_in_names(session: Session, folder: Path) -> Plan:
    """Import the names of a folder only."""
    return imports.import_catalogue(session, read_catalogue(folder, today=TODAY), now=NOW)


def edit(folder: Path, file: str, old: str, new: str) -> Path:
    """Replace something in a file of the folder; return the file."""
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return path


def test_what_was_imported_is_offered_in_its_order(session: Session, folder: Path) -> None:
    """Brands as in the file, models by popularity, variants by memory."""
    bring_in(session, folder)
    assert [brand.name for brand in catalogue.brands(session)] == ["Xiaomi", "Samsung"]
    assert [model.name for model in catalogue.models(session, "samsung")] == ["Galaxy S8", "Galaxy S8+"]
    variants = catalogue.variants(session, "redmi-note-4")
    assert [variant.label for variant in variants] == ["3 GB / 32 GB", "4 GB / 64 GB"]
    assert variants[0].model.full_name == "Xiaomi Redmi Note 4"


def test_values_are_in_minor_units(session: Session, folder: Path) -> None:
    """4,500 rupees are 450,000 paise; a model is worth up to its dearest variant."""
    bring_in(session, folder)
    assert catalogue.best_value(session, "redmi-note-4-3-32") == 450_000
    assert catalogue.up_to(session, "redmi-note-4") == 520_000
    assert [(p.name, p.price_minor) for p in catalogue.products(session, ProductKind.SMARTPHONE)] == [
        ("Mi A2", 1_699_900)
    ]


@pytest.mark.parametrize("verb", [catalogue.best_value, catalogue.up_to, catalogue.models, catalogue.variants])
def test_a_phone_that_is_not_listed_is_refused(
    session: Session, folder: Path, verb: Callable[[Session, str], object]
) -> None:
    """Never an invented price (mission, line 2)."""
    bring_in(session, folder)
    with pytest.raises(UnknownPhone):
        verb(session, "nokia-3310")


def test_without_a_price_book_nothing_is_offered(session: Session, folder: Path) -> None:
    """Names alone are no offer."""
    imports.import_catalogue(session, read_catalogue(folder, today=TODAY), now=NOW)
    assert not catalogue.brands(session)
    assert resolve(session, "redmi note 4").model is None
    with pytest.raises(ContentMissing):
        catalogue.best_value(session, "redmi-note-4-3-32")


def test_a_model_waits_for_its_price(session: Session, folder: Path) -> None:
    """Between the import of names and that of prices the newcomer is not shown."""
    bring_in(session, folder)
    edit(folder, "models.csv", "galaxy-s8,", "galaxy-s9,samsung,Galaxy S9,2018,1,\ngalaxy-s8,")
    edit(folder, "variants.csv", "galaxy-s8-4-64,", "galaxy-s9-4-64,galaxy-s9,4,64\ngalaxy-s8-4-64,")
    imports.import_catalogue(session, read_catalogue(folder, today=TODAY), now=NOW)
    assert [model.name for model in catalogue.models(session, "samsung")] == ["Galaxy S8", "Galaxy S8+"]
    assert resolve(session, "galaxy s9").kind == "not_listed"
    with pytest.raises(NoPrice):
        catalogue.best_value(session, "galaxy-s9-4-64")
    with pytest.raises(NoPrice):
        catalogue.up_to(session, "galaxy-s9")
    edit(folder, "prices.csv", "galaxy-s8-4-64,", "galaxy-s9-4-64,20000\ngalaxy-s8-4-64,")
    imports.import_prices(session, read_prices(folder / "prices.csv", today=TODAY), file="prices.csv", now=NOW)
    assert catalogue.models(session, "samsung")[0].name == "Galaxy S9"
    assert resolve(session, "galaxy s9").kind == "variant"


def test_what_a_file_no_longer_holds_is_unlisted_and_kept(session: Session, folder: Path) -> None:
    """Quotes and exchanges refer to it."""
    bring_in(session, folder)
    edit(folder, "models.csv", "redmi-note-4,xiaomi,Redmi Note 4,2017,1,RN4\n", "")
    edit(folder, "variants.csv", "redmi-note-4-3-32,redmi-note-4,3,32\nredmi-note-4-4-64,redmi-note-4,4,64\n", "")
    edit(folder, "brands.csv", "xiaomi,Xiaomi,Mi|Redmi\n", "")
    plan = bring_in_names(session, folder)
    assert {(change.kind, change.id) for change in plan.changes if change.kind == "removed"} == {
        ("removed", "xiaomi"),
        ("removed", "redmi-note-4"),
        ("removed", "redmi-note-4-3-32"),
        ("removed", "redmi-note-4-4-64"),
    }
    kept = session.get(Model, "redmi-note-4")
    assert kept is not None
    assert not kept.listed
    assert [brand.name for brand in catalogue.brands(session)] == ["Samsung"]
    with pytest.raises(UnknownPhone):
        catalogue.best_value(session, "redmi-note-4-3-32")


def test_what_comes_back_is_listed_again(session: Session, folder: Path) -> None:
    """The same slug is the same phone."""
    bring_in(session, folder)
    line = "galaxy-s8-plus-4-64,galaxy-s8-plus,4,64\n"
    edit(folder, "variants.csv", line, "galaxy-s8-plus-6-128,galaxy-s8-plus,6,128\n")
    bring_in_names(session, folder)
    edit(folder, "variants.csv", "galaxy-s8-plus-6-128,galaxy-s8-plus,6,128\n", line)
    bring_in_names(session, folder)
    assert catalogue.best_value(session, "galaxy-s8-plus-4-64") == 1_600_000


def test_importing_the_same_again_changes_nothing(session: Session, folder: Path) -> None:
    """No new edition, no new price book."""
    bring_in(session, folder)
    assert not bring_in(session, folder).changes
    assert session.scalar(select(func.count()).select_from(CatalogueEdition)) == 1
    assert session.scalar(select(func.count()).select_from(PriceBook)) == 1


def test_a_newer_price_book_replaces_the_older_which_is_kept(session: Session, folder: Path) -> None:
    """Quotes keep the book they were made with."""
    bring_in(session, folder)
    first = catalogue.current_prices(session).id
    edit(folder, "prices.csv", "4500", "4300")
    prices = read_prices(folder / "prices.csv", today=TODAY)
    plan = imports.import_prices(session, prices, file="prices.csv", now=NOW + timedelta(days=1))
    [change] = plan.changes
    assert (change.id, change.before, change.after) == ("redmi-note-4-3-32", "4,500", "4,300")
    assert catalogue.best_value(session, "redmi-note-4-3-32") == 430_000
    assert session.get(PriceBook, first) is not None


def test_a_bad_file_changes_nothing(session: Session, folder: Path) -> None:
    """All or nothing, also across files."""
    bring_in(session, folder)
    edit(folder, "brands.csv", "Samsung,", "Samsung India,")
    edit(folder, "variants.csv", "galaxy-s8,4,64", "galaxy-s9,4,64")
    with pytest.raises(ContentError):
        bring_in_names(session, folder)
    brand = session.get(Brand, "samsung")
    assert brand is not None
    assert brand.name == "Samsung"


def test_prices_for_phones_that_are_not_stored_are_refused(session: Session, folder: Path) -> None:
    """An empty database, or a file of another programme."""
    prices = read_prices(folder / "prices.csv", today=TODAY)
    with pytest.raises(ContentError):
        imports.import_prices(session, prices, file="prices.csv", now=NOW)
    assert session.scalar(select(func.count()).select_from(PriceBook)) == 0


def test_single_files_may_come_one_by_one(session: Session, folder: Path) -> None:
    """A new model waits for its variants with a warning; a variant never comes without its model."""
    bring_in(session, folder)
    models = edit(folder, "models.csv", "galaxy-s8,", "galaxy-s9,samsung,Galaxy S9,2018,1,\ngalaxy-s8,")
    plan = imports.import_catalogue(session, read_catalogue(models, today=TODAY), now=NOW)
    assert [warning.evidence for warning in plan.warnings] == [("galaxy-s9",)]
    edit(folder, "variants.csv", "galaxy-s8-4-64,", "galaxy-s9-4-64,galaxy-s9,4,64\ngalaxy-s8-4-64,")
    imports.import_catalogue(session, read_catalogue(folder / "variants.csv", today=TODAY), now=NOW)
    assert session.get(Variant, "galaxy-s9-4-64") is not None
    brands = edit(folder, "brands.csv", "samsung,Samsung,\n", "")
    with pytest.raises(ContentError):
        imports.import_catalogue(session, read_catalogue(brands, today=TODAY), now=NOW)


def test_an_import_works_on_both_databases(either_database: Sessions, folder: Path) -> None:
    """Over a programme that is running: what stays, what is new, what is unlisted, and the new prices."""
    with db.transaction(either_database) as session:
        bring_in(session, folder)
        assert [brand.name for brand in catalogue.brands(session)] == ["Xiaomi", "Samsung"]
        assert [model.name for model in catalogue.models(session, "xiaomi")] == ["Redmi Note 4"]
        assert catalogue.best_value(session, "redmi-note-4-3-32") == 450_000
        assert resolve(session, "mi a1").kind == "not_listed"
        assert resolve(session, "redmi note 4 64gb").kind == "variant"


# --- the commands -----------------------------------------------------------------------------------------------------
@pytest.fixture
def command_line(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """Return a runner whose commands work on the test's database."""
    monkeypatch.setenv("TRADEIN_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    settings.load.cache_clear()
    yield CliRunner()
    settings.load.cache_clear()


def test_the_commands_import_check_and_show(command_line: CliRunner, folder: Path, database: Sessions) -> None:
    """A day of an operator: check, dry run, import, again."""
    checked = command_line.invoke(content.catalogue_app, ["check", str(folder)])
    assert checked.exit_code == 0, checked.output
    assert "3 models" in checked.output
    dry = command_line.invoke(content.catalogue_app, ["import", str(folder), "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert "Nothing was changed" in dry.output
    with db.transaction(database) as session:
        assert session.get(Brand, "xiaomi") is None
    for app, arguments in (
        (content.catalogue_app, ["import", str(folder)]),
        (content.prices_app, [str(folder / "prices.csv")]),
        (content.conditions_app, [str(folder / "conditions.yml")]),
    ):
        done = command_line.invoke(app, arguments)
        assert done.exit_code == 0, done.output
        assert "Imported" in done.output
        assert "already" in command_line.invoke(app, arguments).output
    with db.transaction(database) as session:
        assert resolve(session, "redmi note 4 64gb").variant is not None


def test_a_bad_file_ends_a_command_with_one_and_a_line_per_problem(command_line: CliRunner, folder: Path) -> None:
    """File and line first, so that an editor can jump there."""
    edit(folder, "models.csv", "2017,1", "1999,1")
    edit(folder, "prices.csv", "4500", "4,5")
    edit(folder, "conditions.yml", "percent: 40", "percent: lots")
    done = command_line.invoke(content.catalogue_app, ["check", str(folder)])
    assert done.exit_code == 1
    assert "models.csv:2: the year 1999 is not between 2007 and 2026" in done.output
    assert "prices.csv:5: has more cells" in done.output
    assert "conditions.yml:6: questions.1.options.2.percent" in done.output
    assert command_line.invoke(content.catalogue_app, ["import", str(folder)]).exit_code == 1
    assert command_line.invoke(content.prices_app, [str(folder / "prices.csv")]).exit_code == 1
    assert command_line.invoke(content.conditions_app, [str(folder / "conditions.yml")]).exit_code == 1


# --- the lists to choose from -----------------------------------------------------------------------------------------
def test_the_lists_are_what_the_catalogue_offers(session: Session, folder: Path) -> None:
    """The same brands, models and variants in the same order, with the same values."""
    bring_in(session, folder)
    assert [(brand.id, brand.name) for brand in offer.brands(session)] == [
        (brand.id, brand.name) for brand in catalogue.brands(session)
    ]
    for brand in offer.brands(session):
        listed = catalogue.models(session, brand.id)
        assert [(model.id, model.full_name) for model in brand.models] == [(row.id, row.full_name) for row in listed]
        for model in brand.models:
            assert model.up_to_minor == catalogue.up_to(session, model.id)
            assert [(variant.id, variant.label, variant.best_minor) for variant in model.variants] == [
                (row.id, row.label, catalogue.best_value(session, row.id))
                for row in catalogue.variants(session, model.id)
            ]


def test_a_list_is_read_once_for_every_content(session: Session, folder: Path) -> None:
    """Of names or of prices: after an import the next reader has the new list, before it nobody asks for rows."""
    bring_in(session, folder)
    before = offer.brands(session)
    assert offer.brands(session) is before
    edit(folder, "prices.csv", "redmi-note-4-3-32,4500", "redmi-note-4-3-32,4300")
    bring_in(session, folder)
    dearer, cheaper = (brands[0].models[0].variants[0].best_minor for brands in (before, offer.brands(session)))
    assert (dearer, cheaper) == (450_000, 430_000)


def test_rows_that_no_import_wrote_are_listed_too(session: Session, folder: Path) -> None:
    """They have no digest to be kept by."""
    bring_in(session, folder)
    session.execute(delete(CatalogueEdition))
    assert offer.brands(session) == offer.brands(session)
    assert offer.brands(session) is not offer.brands(session)


def test_what_is_not_on_offer_is_in_no_list(session: Session, folder: Path) -> None:
    """A model without a price has none to show; a brand without such a model stays a brand."""
    with pytest.raises(UnknownPhone):
        offer.brand(session, "samsung")
    bring_in_names(session, folder)
    assert not offer.brands(session)
    assert offer.brand(session, "samsung") == offer.OfferedBrand("samsung", "Samsung", ())
    with pytest.raises(NoPrice):
        offer.model(session, "redmi-note-4")
    with pytest.raises(UnknownPhone):
        offer.model(session, "redmi-note-40")
    bring_in(session, folder)
    assert offer.model(session, "redmi-note-4").name == "Redmi Note 4"
