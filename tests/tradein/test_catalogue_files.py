"""The content files, checked whole: every mistake is found, with its file and line, before anything changes."""

from datetime import date
from pathlib import Path

import pytest

from tradein.catalogue_check import check, check_prices
from tradein.catalogue_files import CatalogueFiles, read_catalogue, read_prices
from tradein.cli.wording import WORDING, sentence
from tradein.condition_files import read_conditions
from tradein.tables import ContentError, Problem, Reason

TODAY = date(2026, 11, 23)

GOOD = {
    "brands.csv": "brand,name,also\nxiaomi,Xiaomi,Mi|Redmi\nsamsung,Samsung,\n",
    "outside.csv": "name,what,also\nApple,brand,iPhone\niPad,tablet,\n",
    "models.csv": (
        "model,brand,name,released,popularity,also\n"
        "redmi-note-4,xiaomi,Redmi Note 4,2017,1,RN4\n"
        "galaxy-s8,samsung,Galaxy S8,2017,2,\n"
        "galaxy-s8-plus,samsung,Galaxy S8+,2017,3,\n"
    ),
    "variants.csv": (
        "variant,model,ram_gb,storage_gb\n"
        "redmi-note-4-3-32,redmi-note-4,3,32\n"
        "redmi-note-4-4-64,redmi-note-4,4,64\n"
        "galaxy-s8-4-64,galaxy-s8,4,64\n"
        "galaxy-s8-plus-4-64,galaxy-s8-plus,4,64\n"
    ),
    "products.csv": "sku,kind,name,price_inr\nmi-a2,smartphone,Mi A2,16999\nband,accessory,Mi Band 3,1999\n",
    "prices.csv": (
        "# as_of: 2018-03-15\n# currency: INR\n# note: made up, for tests\n"
        "variant,best_inr\nredmi-note-4-3-32,4500\nredmi-note-4-4-64,5200\ngalaxy-s8-4-64,14000\n"
        "galaxy-s8-plus-4-64,16000\n"
    ),
    "conditions.yml": (
        "questions:\n"
        "  - key: screen\n"
        "    ask: {en: How is the screen}\n"
        "    options:\n"
        "      - {key: good, label: {en: Yes}, says: [screen is fine]}\n"
        "      - {key: cracked, label: {en: Cracked}, says: [cracked], percent: 40, gate: cracked}\n"
        "reasons:\n"
        "  cracked: {en: the screen is cracked}\n"
        "floor_inr: 400\n"
        "round_to_inr: 10\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with good files, to be spoilt."""
    for name, content in GOOD.items():
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


def problems_of(folder: Path) -> list[tuple[str, int, Reason]]:
    """Return everything wrong with a folder, as the catalogue check sees it."""
    found: list[Problem] = []
    names: CatalogueFiles | None = None
    try:
        names = read_catalogue(folder, today=TODAY)
        found += check(names, complete=True).problems
    except ContentError as error:
        found += error.problems
    try:
        prices = read_prices(folder / "prices.csv", today=TODAY)
        if names:
            found += check_prices(prices, names.variants or (), file="prices.csv").problems
    except ContentError as error:
        found += error.problems
    try:
        read_conditions(folder / "conditions.yml")
    except ContentError as error:
        found += error.problems
    assert all(sentence(problem) for problem in found)
    return [(problem.file, problem.line, problem.reason) for problem in found]


def test_good_files_have_no_problem(folder: Path) -> None:
    """The base that the other tests spoil."""
    assert problems_of(folder) == []


def test_every_reason_has_its_words() -> None:
    """A new reason without words would end the command with a traceback."""
    assert WORDING.keys() == set(Reason)


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("brands.csv", "brand,name", "brand,title", (1, Reason.MISSING_COLUMN)),
        ("brands.csv", "also", "note", (1, Reason.UNKNOWN_COLUMN)),
        ("brands.csv", "samsung,Samsung", "xiaomi,Samsung", (3, Reason.DUPLICATE)),
        ("brands.csv", "samsung,Samsung", "Samsung,Samsung", (3, Reason.BAD_SLUG)),
        ("brands.csv", "samsung,Samsung", "samsung,", (3, Reason.MISSING_VALUE)),
        ("brands.csv", "samsung,Samsung", "samsung,Redmi", (3, Reason.NAME_TAKEN)),
        ("brands.csv", "samsung,Samsung,", "samsung,Samsung,??", (3, Reason.NAME_WITHOUT_LETTERS)),
        ("brands.csv", "samsung,Samsung,", "samsung,Samsung,,more,cells", (3, Reason.TOO_MANY_CELLS)),
        ("outside.csv", "brand", "fridge", (2, Reason.NOT_A_CHOICE)),
        ("outside.csv", "iPhone", "Redmi", (2, Reason.NAME_TAKEN)),
        ("models.csv", "xiaomi,Redmi", "nokia,Redmi", (2, Reason.UNKNOWN_BRAND)),
        ("models.csv", "2017,1", "2006,1", (2, Reason.BAD_YEAR)),
        ("models.csv", "2017,1", "2027,1", (2, Reason.BAD_YEAR)),
        ("models.csv", "2017,1", "soon,1", (2, Reason.NOT_POSITIVE)),
        ("models.csv", "2017,1", "2017,0", (2, Reason.NOT_POSITIVE)),
        ("models.csv", "Galaxy S8+", "galaxy s 8", (4, Reason.NAME_TAKEN)),
        ("models.csv", "Galaxy S8+", "Samsung Galaxy S8", (4, Reason.NAME_TAKEN)),
        ("models.csv", "Galaxy S8+", "G" * 81, (4, Reason.TOO_LONG)),
        ("models.csv", "galaxy-s8-plus,samsung", "galaxy-s9,samsung", (4, Reason.NO_VARIANT)),
        ("variants.csv", "galaxy-s8,4,64", "galaxy-s9,4,64", (4, Reason.UNKNOWN_MODEL)),
        ("variants.csv", "galaxy-s8,4,64", "galaxy-s8,0,64", (4, Reason.NOT_POSITIVE)),
        ("variants.csv", "galaxy-s8,4,64", "galaxy-s8,4,64GB", (4, Reason.NOT_POSITIVE)),
        ("variants.csv", "redmi-note-4,4,64", "redmi-note-4,3,32", (3, Reason.SAME_MEMORY)),
        ("products.csv", "smartphone", "tablet", (2, Reason.NOT_A_CHOICE)),
        ("products.csv", "16999", "16,999", (2, Reason.TOO_MANY_CELLS)),
        ("products.csv", "16999", "0", (2, Reason.NOT_POSITIVE)),
        ("prices.csv", "4500", "4500.50", (5, Reason.NOT_POSITIVE)),
        ("prices.csv", "4500", "-1", (5, Reason.NOT_POSITIVE)),
        ("prices.csv", "4500", "", (5, Reason.MISSING_VALUE)),
        ("prices.csv", "redmi-note-4-4-64", "redmi-note-4-3-32", (6, Reason.DUPLICATE)),
        ("prices.csv", "galaxy-s8-4-64,14000\n", "", (0, Reason.NO_PRICE)),
        ("prices.csv", "galaxy-s8-4-64", "galaxy-s9-4-64", (7, Reason.UNKNOWN_VARIANT)),
        ("prices.csv", "2018-03-15", "15/03/2018", (1, Reason.BAD_DATE)),
        ("prices.csv", "2018-03-15", "2026-11-24", (1, Reason.FUTURE_DATE)),
        ("prices.csv", "INR", "USD", (2, Reason.BAD_CURRENCY)),
        ("prices.csv", "# as_of: 2018-03-15\n", "", (1, Reason.MISSING_COMMENT)),
        ("conditions.yml", "percent: 40", "procent: 40", (6, Reason.BAD_FIELD)),
        ("conditions.yml", "percent: 40", "percent: 140", (6, Reason.BAD_FIELD)),
        ("conditions.yml", "percent: 40, gate", "strict_gate", (6, Reason.BAD_FIELD)),
        ("conditions.yml", "gate: cracked", "gate: broken", (6, Reason.BAD_FIELD)),
        ("conditions.yml", "key: cracked", "key: good", (6, Reason.BAD_FIELD)),
        ("conditions.yml", "says: [cracked]", "says: [the Screen is fine, screens is fine]", (6, Reason.BAD_FIELD)),
        ("conditions.yml", "[cracked]", "[cracked], says_beside: [Screens is fine]", (6, Reason.BAD_FIELD)),
        ("conditions.yml", "{en: Cracked}", "{hi: Toota}", (6, Reason.BAD_FIELD)),
        ("conditions.yml", "floor_inr: 400", "floor_inr: 0", (9, Reason.BAD_FIELD)),
        ("conditions.yml", "floor_inr: 400", "floor_inr: 400\nfloor_inr: 500", (10, Reason.BAD_FIELD)),
        ("conditions.yml", "questions:", "questions: [", (2, Reason.NOT_YAML)),
    ],
)
def test_a_mistake_is_found_in_its_file_and_line(
    folder: Path, file: str, old: str, new: str, found: tuple[int, Reason]
) -> None:
    """One spoilt place each; consequences elsewhere may be reported too."""
    content = (folder / file).read_text("utf-8")
    assert old in content
    (folder / file).write_text(content.replace(old, new, 1), "utf-8")
    assert (file, *found) in problems_of(folder)


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    """Nobody should import five times to hear of five mistakes."""
    (folder / "models.csv").write_text(
        "model,brand,name,released,popularity,also\nA,xiaomi,,1999,x,\nb,xiaomi,B,2017,1,\nb,xiaomi,C,2017,1,\n"
    )
    (folder / "products.csv").write_text("sku,kind,name,price_inr\nmi-a2,phone,Mi A2,0\n")
    with pytest.raises(ContentError) as refusal:
        read_catalogue(folder, today=TODAY)
    assert [(problem.file, problem.line) for problem in refusal.value.problems] == [
        ("models.csv", 2),
        ("models.csv", 2),
        ("models.csv", 2),
        ("models.csv", 2),
        ("models.csv", 4),
        ("products.csv", 2),
        ("products.csv", 2),
    ]


def test_a_missing_file_is_told(folder: Path) -> None:
    """A folder holds all of them."""
    (folder / "variants.csv").unlink()
    (folder / "conditions.yml").unlink()
    found = problems_of(folder)
    assert ("variants.csv", 0, Reason.NOT_FOUND) in found
    assert ("conditions.yml", 0, Reason.NOT_FOUND) in found


def test_an_empty_file_is_told(folder: Path) -> None:
    """An export that went wrong must not unlist the whole catalogue."""
    (folder / "models.csv").write_text("model,brand,name,released,popularity,also\n")
    (folder / "conditions.yml").write_text("# nothing\n")
    found = problems_of(folder)
    assert ("models.csv", 0, Reason.EMPTY) in found
    assert ("conditions.yml", 0, Reason.EMPTY) in found


def test_what_a_spreadsheet_does_to_a_file_is_no_mistake(folder: Path) -> None:
    """A byte order mark, CRLF, padded lines, quoted comments, blank rows at the end."""
    for name, good in GOOD.items():
        content = good.replace("# note: made up, for tests", '"# note: made up, for tests",')
        content = content.replace("# currency: INR", "# currency: INR,")
        if name.endswith(".csv"):
            content += ",\n\n,,,\n"
        (folder / name).write_bytes(b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode())
    assert problems_of(folder) == []
    assert read_prices(folder / "prices.csv", today=TODAY).note == "made up, for tests"


def test_a_file_in_another_encoding_is_told_with_the_line(folder: Path) -> None:
    """Excel's plain CSV in Windows-1252, or "Unicode text" in UTF-16."""
    (folder / "brands.csv").write_bytes("brand,name,also\nxiaomi,Xiaomi,Mi\nx,Caf\u00e9,\n".encode("cp1252"))
    (folder / "prices.csv").write_bytes(GOOD["prices.csv"].encode("utf-16"))
    found = problems_of(folder)
    assert ("brands.csv", 3, Reason.NOT_UTF8) in found
    assert ("prices.csv", 1, Reason.NOT_UTF8) in found


def test_a_yes_or_no_in_the_questions_stays_a_word(folder: Path) -> None:
    """YAML would make booleans of them."""
    content = GOOD["conditions.yml"].replace("key: good", "key: no").replace("screen is fine", "no, yes, on")
    (folder / "conditions.yml").write_text(content)
    option = read_conditions(folder / "conditions.yml").questions[0].options[0]
    assert (option.key, option.label["en"], option.says) == ("no", "Yes", ("no", "yes", "on"))


def test_a_larger_variant_that_is_cheaper_is_a_warning_only(folder: Path) -> None:
    """It happens, but usually two lines were swapped."""
    names = read_catalogue(folder, today=TODAY)
    prices = GOOD["prices.csv"].replace("5200", "4400")
    (folder / "prices.csv").write_text(prices)
    report = check_prices(
        read_prices(folder / "prices.csv", today=TODAY), names.variants or (), file="prices.csv", floor_minor=500_000
    )
    assert not report.problems
    assert [(warning.line, warning.reason) for warning in report.warnings] == [
        (6, Reason.LARGER_IS_CHEAPER),
        (5, Reason.BELOW_FLOOR),
        (6, Reason.BELOW_FLOOR),
    ]


@pytest.mark.parametrize(
    "options",
    [
        # a deeper scratch with a non-original screen would cost less than a light one
        "{key: a, label: {en: A}, percent: 2}, {key: c, label: {en: C}, percent: 3, group: g}",
        # a bonus for damage
        "{key: a, label: {en: A}}, {key: b, label: {en: B}, percent: 20, bonus_inr: 5}",
        # dead phones have no price
        "{key: a, label: {en: A}}, {key: b, label: {en: B}, percent: 20, gate: dead}",
        "{key: a, label: {en: A}}",
    ],
)
def test_questions_with_which_damage_could_pay_are_refused(folder: Path, options: str) -> None:
    """The monotony that the pricing tests prove holds for every book that is let in."""
    (folder / "conditions.yml").write_text(
        f"questions: [{{key: q, ask: {{en: Q}}, options: [{options}]}}]\n"
        "reasons: {dead: {en: dead}}\nfloor_inr: 400\nround_to_inr: 10\n"
    )
    with pytest.raises(ContentError):
        read_conditions(folder / "conditions.yml")


@pytest.mark.parametrize(
    ("same", "says", "why"),
    [
        ("[[screen, display], [glass, display]]", "[a]", "another group"),
        ("[[wifi, wi fi]]", "[a]", "one word"),
        ("[[fine, ok]]", "[screen ok]", "already"),
    ],
)
def test_words_that_would_mean_two_things_are_refused(folder: Path, same: str, says: str, why: str) -> None:
    """A word of two groups, one that is two, and groups that make two options' phrases one."""
    (folder / "conditions.yml").write_text(
        "questions: [{key: q, ask: {en: Q}, options: ["
        f"{{key: a, label: {{en: A}}, says: {says}}}, {{key: b, label: {{en: B}}, says: [screen fine]}}]}}]\n"
        f"same: {same}\nreasons: {{}}\nfloor_inr: 400\nround_to_inr: 10\n"
    )
    with pytest.raises(ContentError) as refused:
        read_conditions(folder / "conditions.yml")
    assert why in str(refused.value.problems)
