"""What the engine works out in a shorter way than Rasa: the same comes out."""

import subprocess
from collections.abc import Callable
from pathlib import Path

Inside = Callable[[str], "subprocess.CompletedProcess[str]"]


def test_a_regression_of_one_message_gives_the_pipelines_numbers(inside: Inside) -> None:
    """For two classes and for many; for a message without any n-gram too."""
    ran = inside(
        "import numpy as np\n"
        "from scipy.sparse import random as random_matrix\n"
        "from sealed.classifier import weighted_regression\n"
        "from sealed.regression import Counts, Regression\n"
        "numbers = np.random.default_rng(7)\n"
        "for classes in (2, 3, 9):\n"
        "    rows = random_matrix(90, 40, density=0.3, format='csr', random_state=classes)\n"
        "    rows.data = np.ceil(rows.data * 5)\n"
        "    rows[0] = 0\n"
        "    rows.eliminate_zeros()\n"
        "    config = {'max_iter': 20, 'random_state': 1}\n"
        "    trained = weighted_regression(config).fit(rows, [str(at % classes) for at in range(90)])\n"
        "    for row in rows:\n"
        "        ranked = Regression.of(trained).ranked(Counts(row.indices, row.data))\n"
        "        likely = dict(zip(trained.classes_, trained.predict_proba(row)[0]))\n"
        "        assert all(abs(likely[name] - share) < 1e-5 for name, share in ranked), (ranked, likely)\n"
        "        assert [share for _, share in ranked] == sorted(dict(ranked).values(), reverse=True)\n"
        "        assert len(ranked) == classes\n"
        "print('same')\n"
    )
    assert ran.stdout.strip() == "same", ran.stderr


def test_what_is_learned_is_the_same_each_time_and_weighs_the_labels(inside: Inside) -> None:
    """Where two labels share their only n-gram, the one that counts three times as much is three times as likely."""
    ran = inside(
        "import numpy as np\n"
        "from scipy.sparse import csr_matrix\n"
        "from sealed.descent import DescendedRegression\n"
        "rows, labels = csr_matrix(np.eye(3)[[0, 1, 2, 2] * 100]), ['a', 'b', 'c', 'd'] * 100\n"
        "def learned():\n"
        "    weights = {'d': 3.0}\n"
        "    return DescendedRegression(max_iter=200, random_state=1, class_weight=weights).fit(rows, labels)\n"
        "once, twice = learned(), learned()\n"
        "assert (once.coef_ == twice.coef_).all() and (once.intercept_ == twice.intercept_).all()\n"
        "assert once.predict(rows[:3]).tolist() == ['a', 'b', 'd']\n"
        "c, d = once.predict_proba(rows[2])[0][2:]\n"
        "assert 2.7 < d / c < 3.3, (c, d)\n"
        "print('same')\n"
    )
    assert ran.stdout.strip() == "same", ran.stderr


def test_a_message_has_the_counts_that_rasa_gives_it(inside: Inside) -> None:
    """Of the whole message; one message alone and many at once; one without a word has none."""
    ran = inside(
        "from rasa.engine.graph import ExecutionContext, GraphSchema\n"
        "from rasa.engine.storage.resource import Resource\n"
        "from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer\n"
        "from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer\n"
        "from rasa.shared.nlu.training_data.message import Message\n"
        "from rasa.shared.nlu.training_data.training_data import TrainingData\n"
        "from sealed.classifier import sentence_features\n"
        "from sealed.featurizer import MessageCountVectorsFeaturizer\n"
        "tokenizer = WhitespaceTokenizer(WhitespaceTokenizer.get_default_config())\n"
        "def messages(*texts):\n"
        "    return tokenizer.process([Message.build(text, 'any') for text in texts])\n"
        "def counts(kind, texts, **config):\n"
        "    context = ExecutionContext(GraphSchema({}))\n"
        "    featurizer = kind({**kind.get_default_config(), **config}, None, Resource('f'), context)\n"
        "    featurizer.persist = lambda: None\n"
        "    featurizer.train(TrainingData(messages('my old phone', 'old is gold', 'phone phone')))\n"
        "    return [message for message in featurizer.process(messages(*texts))]\n"
        "same, counted = [], 0\n"
        "for config in ({}, {'analyzer': 'char_wb', 'min_ngram': 1, 'max_ngram': 4}):\n"
        "    for texts in (['my phone'], ['old phone phone', '...', 'nothing of it', 'is my gold old']):\n"
        "        ours = counts(MessageCountVectorsFeaturizer, texts, **config)\n"
        "        rasas = counts(CountVectorsFeaturizer, texts, **config)\n"
        "        for one, other in zip(ours, rasas, strict=True):\n"
        "            same.append(bool(one.features) == bool(other.features))\n"
        "            if one.features:\n"
        "                same.append((sentence_features(one) != sentence_features(other)).nnz == 0)\n"
        "                counted += sentence_features(one).sum()\n"
        "                same.append(len(one.features) == 1)\n"
        "print(all(same), counted > 50)\n"
    )
    assert ran.stdout.strip() == "True True", ran.stderr


def test_what_was_learned_is_stored_as_numbers(inside: Inside, tmp_path: Path) -> None:
    """And a file that holds anything else is not read."""
    ran = inside(
        "import numpy as np\n"
        "from sealed.regression import Counts, Regression\n"
        "learned = Regression(np.array(['a', 'b']), np.ones(3, np.float32), np.eye(3, 2, dtype=np.float32),"
        " np.zeros(2, np.float32))\n"
        f"learned.save({str(tmp_path / 'weights.npz')!r})\n"
        "message = Counts(np.array([0, 2]), np.array([2, 1]))\n"
        f"print(Regression.read({str(tmp_path / 'weights.npz')!r}).ranked(message) == learned.ranked(message))\n"
        f"np.savez({str(tmp_path / 'evil.npz')!r}, classes=np.array([print], dtype=object))\n"
        "try:\n"
        f"    Regression.read({str(tmp_path / 'evil.npz')!r})\n"
        "except ValueError as refused:\n"
        "    print('refused')\n"
    )
    assert ran.stdout.split() == ["True", "refused"], ran.stderr


def test_the_rules_found_are_rasas(inside: Inside) -> None:
    """In tables and conversations made by chance, with rules from one state to four and for a beginning."""
    ran = inside(
        "import json, random\n"
        "from rasa.core.policies.rule_policy import RulePolicy\n"
        "from sealed import rules\n"
        "chance = random.Random(7)\n"
        "def state(begins):\n"
        "    made = {'user': {'intent': chance.choice(['a', 'b', 'should_not_be_set', None])}}\n"
        "    if chance.random() < 0.3:\n"
        "        made['active_loop'] = {'name': chance.choice(['form', 'should_not_be_set'])}\n"
        "    named = chance.choice(['c', 'd', 'should_not_be_set'])\n"
        "    return made if begins else made | {'prev_action': {'action_name': named}}\n"
        "def states(longest):\n"
        "    return [state(at == 0 and chance.random() < 0.5) for at in range(chance.randint(1, longest))]\n"
        "policy = object.__new__(RulePolicy)\n"
        "found = 0\n"
        "for _ in range(3000):\n"
        "    table = {json.dumps(states(4)): 'x' for _ in range(6)} | ({'[]': 'x'} if chance.random() < 0.1 else {})\n"
        "    said = states(7)\n"
        "    keys = rules._get_possible_keys(policy, table, said)\n"
        "    assert keys == rules._stock_keys(policy, table, said), (table, said)\n"
        "    found += bool(keys)\n"
        "print(found > 500)\n"
    )
    assert ran.stdout.strip() == "True", ran.stderr


def test_a_search_put_back_stops_the_start(inside: Inside) -> None:
    """Each of the two; and rules that do name words are searched for them."""
    ran = inside(
        "import sealed.quiet; sealed.quiet.calm()\n"
        "import json\n"
        "from rasa.core.policies.rule_policy import RulePolicy\n"
        "from sealed import proofs, rules\n"
        "def told():\n"
        "    try:\n"
        "        rules.prove()\n"
        "    except proofs.NotProved as sentence:\n"
        "        return str(sentence)\n"
        "    return 'holds'\n"
        "rules.install(); print(told())\n"
        "RulePolicy._get_possible_keys = rules._stock_keys; print(told())\n"
        "rules.install(); RulePolicy._get_possible_keys = lambda *_: set(); print(told())\n"
        "rules.install(); RulePolicy._find_action_from_rules = rules._stock_find; print(told())\n"
        "rules.uninstall(); print(told())\n"
        "policy = object.__new__(RulePolicy)\n"
        "policy.lookup = {'rules': {json.dumps([{'user': {'text': 'hi'}}]): 'x'}}\n"
        "print(rules._name_words(policy))\n"
    )
    assert ran.stdout.splitlines() == [
        "holds",
        "the search of the rules that stops early is not the one in use",
        "the search of the rules that stops early is not the one in use",
        "rules are searched for words that none of them names",
        "the search of the rules that stops early is not the one in use",
        "True",
    ], ran.stderr


def test_a_form_looks_ahead_as_rasa_does(inside: Inside) -> None:
    """The same state comes out, of which nothing leads back; put back, it stops the start."""
    ran = inside(
        "import sealed.quiet; sealed.quiet.calm()\n"
        "from rasa.core.actions.forms import FormAction\n"
        "from rasa.shared.core.domain import Domain\n"
        "from rasa.shared.core.events import ActionExecuted, ActiveLoop, LoopInterrupted, SlotSet, UserUttered\n"
        "from rasa.shared.core.slots import AnySlot\n"
        "from sealed import forms, proofs\n"
        "from sealed.tracker import Conversation\n"
        "def slots():\n"
        "    return [AnySlot(name, mappings=[{}], influence_conversation=False) for name in ('a', 'requested_slot')]\n"
        "domain = Domain.empty()\n"
        "domain.slots = slots()\n"
        "form = FormAction('form', None)\n"
        "own = Conversation('c', slots())\n"
        "def state(tracker):\n"
        "    types = [event.type_name for event in tracker.events]\n"
        "    return {**tracker.current_state(), 'latest_event_time': 0, 'types': types}\n"
        "same = []\n"
        "for event in [UserUttered('one'), SlotSet('a', 1), ActiveLoop('form'), SlotSet('requested_slot', 'a'),\n"
        "    ActionExecuted('form'), ActionExecuted('action_listen'), UserUttered('two'), LoopInterrupted(True)]:\n"
        "    own.update(event)\n"
        "    before = state(own)\n"
        "    for more in ([], [SlotSet('a', None), ActiveLoop('form')], [ActiveLoop(None)]):\n"
        "        ours = forms._temporary_tracker(form, own, more, domain)\n"
        "        same.append(state(ours) == state(forms._stock_temporary(form, own, more, domain)))\n"
        "    same.append(state(own) == before)\n"
        "print(all(same), len(same))\n"
        "def told():\n"
        "    try:\n"
        "        forms.prove()\n"
        "    except proofs.NotProved as sentence:\n"
        "        return str(sentence)\n"
        "    return 'holds'\n"
        "forms.install(); print(told())\n"
        "forms.uninstall(); print(told())\n"
    )
    assert ran.stdout.splitlines() == ["True 32", "holds", "a form replays the session to look ahead"], ran.stderr
