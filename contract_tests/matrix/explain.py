"""Which known deviations explain that a release breaks a clause on an operation."""

from dataclasses import dataclass

from contract_tests.contract.clauses import read_clauses
from contract_tests.contract.document import load_contract
from contract_tests.errors import NotJudged
from contract_tests.judging.ledger import Entry, ledger_of
from contract_tests.judging.record import Failure
from contract_tests.matrix.errors import MatrixError
from pgwatch_contract.files import data_file
from pgwatch_contract.releases.release import ReleaseError


@dataclass(frozen=True)
class Known:
    """What a release is known to do against its own document with one store: entries of its ledger."""

    entries: tuple[Entry, ...]

    def explains(self, clause: str, operation: str, found: str) -> tuple[str, ...]:
        """Return the names of the deviations that explain what was found of a clause on an operation."""
        failure = Failure(clause, operation, "", "", found)
        return tuple(dict.fromkeys(each.name for each in self.entries if each.explains(failure)))

    def of(self, name: str) -> list[Entry]:
        """Return the entries about a deviation."""
        return [each for each in self.entries if each.name == name]

    def title(self, name: str) -> str:
        """Return what a deviation of these does, in a sentence."""
        return self.of(name)[0].title


def known_of(release: str, store: str | None = None) -> Known:
    """Return what a release is known to do, with one store or (None) with any.

    Raises MatrixError where there is no such release.
    """
    try:
        clauses = read_clauses()
        contract = load_contract(data_file("openapi.yaml"), release)
        entries = ledger_of(release, None, None, clauses, contract).entries
    except (ReleaseError, NotJudged) as error:
        raise MatrixError(str(error)) from None
    return Known(tuple(each for each in entries if None in (store, each.store) or each.store == store))
