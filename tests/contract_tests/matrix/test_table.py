"""The matrix: what its cells say, and which deviations explain them."""

from dataclasses import replace

import pytest

from contract_tests.contract.clauses import read_clauses
from contract_tests.judging.verdict import BROKEN, KEPT, NOT_JUDGED
from contract_tests.matrix.errors import MatrixError
from contract_tests.matrix.explain import Known, known_of
from contract_tests.matrix.recorded import DOES_NOT_APPLY
from contract_tests.matrix.table import make_matrix
from tests.support.matrix_verdicts import LIES, UNKNOWN, explained, matrix, recorded
from tests.support.report_verdicts import failure

CLAUSES = read_clauses()
FOUND = "200 without a body"


def test_a_cell_has_the_worst_word_of_its_operations() -> None:
    """One broken operation makes the clause broken, one that is judged makes it judged."""
    words = {"kept": ("login",), "not judged": ("addSource",)}
    one = recorded()
    for clauses, word in (
        (words, KEPT),
        ({**words, "broken": ("listSources",)}, BROKEN),
        ({"not judged": ("addSource",)}, NOT_JUDGED),
        ({}, DOES_NOT_APPLY),
    ):
        cell = matrix(replace(one, clauses={**one.clauses, "answer.complete": clauses})).columns[0].cells
        assert cell["answer.complete"].word == word


def test_a_clause_younger_than_the_verdict_is_not_judged() -> None:
    """A clause that the verdict does not know is not taken for one that does not apply."""
    one = recorded()
    clauses = {name: words for name, words in one.clauses.items() if name != UNKNOWN}
    assert matrix(replace(one, clauses=clauses)).columns[0].cells[UNKNOWN].word == NOT_JUDGED


def test_the_words_are_those_of_the_verdict() -> None:
    """Every clause has the word that the verdict had for it, and the counts add up to all clauses."""
    column = matrix(recorded()).columns[0]
    assert column.cells[UNKNOWN].word == BROKEN
    assert column.cells["login.token-counts"].word == KEPT
    unjudged = [clause.id for clause in CLAUSES.values() if "mock" in clause.needs]
    assert unjudged
    assert all(column.cells[name].word == NOT_JUDGED for name in unjudged)
    assert column.counts.total() == len(CLAUSES)


def test_an_entry_explains_its_clauses_on_its_operations() -> None:
    """An entry of the ledger explains a clause on the operations that it names, and on no others."""
    known = Known((LIES,))
    assert known.explains(UNKNOWN, "deleteSource", FOUND) == ("delete-lies",)
    assert known.explains(UNKNOWN, "deleteSource", "500 text/plain") == ()
    assert known.explains(UNKNOWN, "updateSource", FOUND) == ()
    assert known.explains("source.delete.deletes-it", "deleteSource", FOUND) == ()


def test_an_entry_without_operations_explains_any() -> None:
    """One without operations explains its clauses on all of them, and on the server as a whole."""
    known = Known((replace(LIES, operations=frozenset()),))
    assert known.explains(UNKNOWN, "login", FOUND) == known.explains(UNKNOWN, "", FOUND) == ("delete-lies",)


def test_what_is_known_is_known_of_a_store() -> None:
    """What a release does with one store alone explains nothing with the other; without a store, all counts."""
    with_files, with_a_database, with_any = (
        {entry.name for entry in known_of("5.3", store).entries} for store in ("yaml", "postgres", None)
    )
    assert "empty-list-is-null" in with_files - with_a_database
    assert "update-moves-to-the-end" in with_a_database - with_files
    assert with_any == with_files | with_a_database
    with pytest.raises(MatrixError, match=r"no release '2\.0'"):
        known_of("2.0")


def test_a_broken_cell_names_its_deviation() -> None:
    """A cell that is explained says so, with the name."""
    cell = explained(matrix(recorded()), LIES).columns[0].cells[UNKNOWN]
    assert (cell.in_words, cell.deviations, cell.is_new) == ("broken (known: delete-lies)", ("delete-lies",), False)


def test_what_is_not_known_is_said() -> None:
    """A broken operation that nothing explains makes the cell new, even where another one is explained."""
    several = matrix(recorded("5.3", "yaml", failure(), failure("updateSource")))
    cell = explained(several, LIES).columns[0].cells[UNKNOWN]
    assert cell.is_new
    assert cell.cases[0].unexplained == ("updateSource",)
    assert cell.in_words == "broken (known: delete-lies; not known)"
    assert explained(several).columns[0].cells[UNKNOWN].in_words == "broken (not known)"


def test_stores_are_named_where_there_are_several() -> None:
    """The title of a column has the store only where the release has two columns."""
    assert [column.title for column in matrix().columns] == ["3.1", "5.3 yaml", "5.3 postgres"]


def test_releases_without_a_verdict_are_listed() -> None:
    """Of the releases that there are, the matrix names those that nothing is recorded of."""
    assert "5.3" not in matrix().missing
    assert "6.0" in matrix().missing


def test_the_same_cells_are_put_together() -> None:
    """Releases that broke a clause alike are one group, others have groups of their own."""
    other = recorded("6.0", "yaml", failure(actual="500"))
    groups = matrix(recorded("3.1"), recorded("5.3"), other).alike(UNKNOWN)
    assert [[column.title for column in group] for group in groups] == [["3.1", "5.3"], ["6.0"]]


def test_releases_and_clauses_are_found() -> None:
    """A release is found by any of its versions, a clause by its id or a part of it; else an error says what to do."""
    whole = matrix()
    assert [column.title for column in whole.of("v5.3.0")] == ["5.3 yaml", "5.3 postgres"]
    assert [clause.id for clause in whole.find(UNKNOWN)] == [UNKNOWN]
    assert {clause.id.partition(".")[0] for clause in whole.find("cors.")} == {"cors"}
    for ask, text in (
        (lambda: whole.of("6.0"), r"no verdict on 6\.0 is recorded; there are: 3\.1, 5\.3"),
        (lambda: whole.of("nine"), r"no release 'nine'"),
        (lambda: whole.find("no.such"), r"pgwatch-contract clauses lists all"),
    ):
        with pytest.raises(MatrixError, match=text):
            ask()


def test_a_matrix_without_verdicts_is_empty() -> None:
    """Nothing recorded is no error: all clauses, no releases."""
    empty = make_matrix([])
    assert (empty.columns, len(empty.clauses), empty.deviations) == ((), len(CLAUSES), {})
