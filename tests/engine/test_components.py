"""The components of the dialogue model that are ours."""

import json
import subprocess
from collections.abc import Callable

import pytest

Inside = Callable[[str], "subprocess.CompletedProcess[str]"]

SPELT = {
    "फोन बेचना है": "phon bechana hai",
    "हाँ ठीक है": "haan thik hai",
    "नहीं": "nahin",
    "ज़रूरी है क्या": "zaruri hai kya",
    "रेडमी नोट ४": "redami not 4",
    "मेरा phone खराब है": "mera phone kharaab hai",
    "yesssss pleeease": "yess pleease",
    "64 gb, 1000 rs": "64 gb, 1000 rs",
    "": "",
}


def test_hindi_is_spelt_alike_in_both_scripts(inside: Inside) -> None:
    """Near enough to what people type for the pieces of words to be the same."""
    ran = inside(
        "import json\n"
        "from sealed.tokenizer import latin\n"
        f"print(json.dumps([latin(text) for text in json.loads({json.dumps(json.dumps(list(SPELT)))})]))\n"
    )
    assert json.loads(ran.stdout) == list(SPELT.values()), ran.stderr


@pytest.mark.parametrize("letter", ["\u095b", "\u091c\u093c"])
def test_a_letter_with_a_dot_is_one_however_it_is_encoded(inside: Inside, letter: str) -> None:
    """Keyboards differ in it."""
    ran = inside(f"from sealed.tokenizer import latin\nprint(latin({letter!a}))\n")
    assert ran.stdout.strip() == "z", ran.stderr


def test_an_intent_is_as_likely_as_its_answers_together(inside: Inside) -> None:
    """And its answers are ranked by their share of it."""
    ran = inside(
        "import json\n"
        "from sealed.classifier import summed\n"
        "print(json.dumps(summed([('stop', 0.4), ('faq/bill', 0.375), ('faq/cash', 0.125), ('greet', 0.1)])))\n"
    )
    intents, answers = json.loads(ran.stdout)
    assert intents == [["faq", 0.5], ["stop", 0.4], ["greet", 0.1]], ran.stderr
    assert answers == {"faq": [["faq/bill", 0.75], ["faq/cash", 0.25]]}
