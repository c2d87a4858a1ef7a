"""The TAC table: checked whole, imported whole, in the catalogue's own names of brands."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tradein.imei import Tac
from tradein.tables import ContentError, Reason
from tradein.tac import TacRow, import_tacs, plan_tacs, read_tacs


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a test puts its table."""
    return tmp_path / "tac.csv"


def rows(*lines: tuple[str, str, str]) -> tuple[TacRow, ...]:
    """Return rows as a good file gives them."""
    return tuple(TacRow(tac=tac, brand=brand, model=model) for tac, brand, model in lines)


@pytest.mark.parametrize(
    "content",
    [
        "tac,brand,model\n35693803,Redmi,Note 4\n35000001,Nokia,\n",
        "\ufeff# sample, with commas: yes\r\ntac,brand,model\r\n\r\n35693803, Redmi ,Note 4\r\n35000001,Nokia\r\n",
        "brand,tac,model\nRedmi,35693803,Note 4\n# and this is an old one\nNokia,35000001,\n",
        '"# quoted, by a spreadsheet",,\nTAC,Brand,Model\n35693803,"Redmi",Note 4\n35000001,Nokia,\n,,\n',
    ],
    ids=["plain", "from a spreadsheet", "columns in another order", "padded"],
)
def test_a_table_is_read_as_spreadsheets_write_it(file: Path, content: str) -> None:
    """A byte order mark, CRLF, blank lines, padding and comments are no mistakes."""
    file.write_bytes(content.encode())
    assert read_tacs(file) == rows(("35693803", "Redmi", "Note 4"), ("35000001", "Nokia", ""))


def test_every_bad_line_is_named_with_its_number(file: Path) -> None:
    """Comments count as lines: the numbers are those of the operator's editor."""
    file.write_text(
        "# demo\ntac,brand,model\n3569380,Redmi,x\n# old\n35693803,,x\n35693804,Redmi,a,b\n35693805,a,b\n35693805,a,b\n"
    )
    with pytest.raises(ContentError) as refused:
        read_tacs(file)
    assert [(problem.line, problem.reason) for problem in refused.value.problems] == [
        (3, Reason.BAD_TAC),
        (5, Reason.MISSING_VALUE),
        (6, Reason.TOO_MANY_CELLS),
        (8, Reason.DUPLICATE),
    ]


def test_a_whole_imei_in_the_place_of_a_tac_is_not_repeated(file: Path) -> None:
    """The problem says how long it is."""
    file.write_text("tac,brand,model\n356938035643809,Redmi,\n")
    with pytest.raises(ContentError) as refused:
        read_tacs(file)
    assert refused.value.problems[0].evidence == ("15",)


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        ("", {Reason.EMPTY}),
        ("tac,brand,model\n", {Reason.EMPTY}),
        ("a,b\n", {Reason.MISSING_COLUMN, Reason.UNKNOWN_COLUMN}),
        ("tac;brand;model\n", {Reason.MISSING_COLUMN, Reason.UNKNOWN_COLUMN}),
        ('tac,brand,model\n35693803,"Redmi,x\n', {Reason.NOT_CSV}),
    ],
)
def test_a_file_of_another_kind_is_refused(file: Path, content: str, reasons: set[Reason]) -> None:
    """With what is the matter."""
    file.write_text(content)
    with pytest.raises(ContentError) as refused:
        read_tacs(file)
    assert {problem.reason for problem in refused.value.problems} == reasons


def test_a_file_that_is_not_there_or_no_text_is_refused(file: Path) -> None:
    """Like a bad line: no traceback for the operator."""
    with pytest.raises(ContentError) as missing:
        read_tacs(file)
    file.write_bytes(b"tac,brand,model\n35693803,\xff,\n")
    with pytest.raises(ContentError) as binary:
        read_tacs(file)
    assert [error.value.problems[0].reason for error in (missing, binary)] == [Reason.NOT_FOUND, Reason.NOT_UTF8]


def test_our_brands_are_stored_by_slug_and_others_by_name(session: Session) -> None:
    """Redmi is Xiaomi's; Nokia is nobody's of ours, and that is what refuses it."""
    import_tacs(session, rows(("35693803", "Redmi", "Note 4"), ("35000001", "Nokia", "3310")))
    assert {tac.tac: tac.brand for tac in session.query(Tac)} == {"35693803": "xiaomi", "35000001": "Nokia"}


def test_a_plan_says_what_would_change_and_changes_nothing(session: Session) -> None:
    """A TAC that the file lacks stays: no table is complete."""
    import_tacs(session, rows(("35693803", "Redmi", "Note 4"), ("35693804", "Redmi", "")))
    newer = rows(("35693803", "Redmi", "Note 5"), ("35693805", "Redmi", ""))
    plan = plan_tacs(session, newer)
    assert [(change.kind, change.id, change.before, change.after) for change in plan.changes] == [
        ("added", "35693805", "", "xiaomi"),
        ("changed", "35693803", "xiaomi · Note 4", "xiaomi · Note 5"),
    ]
    assert session.query(Tac).count() == 2
    assert import_tacs(session, newer) == plan
    assert import_tacs(session, newer).changes == ()
    assert session.query(Tac).count() == 3
