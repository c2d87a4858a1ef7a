"""The TAC table: checked whole, imported whole, in the catalogue's own names of brands."""

import pytest
from sqlalchemy.orm import Session

from tradein.imei import Tac
from tradein.tac import TacChange, TacError, import_tacs


def test_our_brands_are_stored_by_slug_and_others_by_name(session: Session) -> None:
    """Redmi is Xiaomi's; Nokia is nobody's of ours, and that is what refuses it."""
    import_tacs(session, "# demo\ntac,brand,model\n35693803,Redmi,Note 4\n35000001,Nokia,3310\n")
    assert {tac.tac: tac.brand for tac in session.query(Tac)} == {"35693803": "xiaomi", "35000001": "Nokia"}


def test_every_bad_line_is_named_with_its_number_and_nothing_is_imported(session: Session) -> None:
    """Comments count as lines: the numbers are those of the operator's editor."""
    content = "# demo\ntac,brand,model\n3569380,Redmi,x\n35693803,,x\n35693804,Redmi\n35693805,a,b\n35693805,a,b\n"
    with pytest.raises(TacError) as refused:
        import_tacs(session, content)
    assert [problem.split(":")[0] for problem in refused.value.problems] == ["line 3", "line 4", "line 5", "line 7"]
    assert session.query(Tac).count() == 0


@pytest.mark.parametrize("content", ["", "a,b\n", "tac;brand;model\n"])
def test_a_file_of_another_kind_is_refused(session: Session, content: str) -> None:
    """With the columns it should have."""
    with pytest.raises(TacError):
        import_tacs(session, content)


def test_importing_again_says_what_changed(session: Session) -> None:
    """Added, changed, the same."""
    import_tacs(session, "tac,brand,model\n35693803,Redmi,Note 4\n35693804,Redmi,\n")
    again = import_tacs(session, "tac,brand,model\n35693803,Redmi,Note 5\n35693804,Redmi,\n35693805,Redmi,\n")
    assert again == TacChange(added=1, changed=1, same=1)
