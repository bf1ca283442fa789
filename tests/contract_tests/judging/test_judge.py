"""The judge: what it keeps shows no secret, and a check is asked about what it applies to alone."""

from contract_tests.asking.exchange import Exchange
from contract_tests.contract.clauses import read_clauses
from contract_tests.contract.document import load_contract
from contract_tests.judging.check import Check
from contract_tests.judging.judge import Judge
from contract_tests.judging.record import Failure, Record
from contract_tests.target.target import Target
from tests.conftest import ROOT

CONTRACT = load_contract(ROOT / "openapi.yaml")
CLAUSE = "source.delete.unknown-is-404"
SECRET = "s3cr3t-of-somebody"


def exchange(body: bytes = b"", status: int = 200, **headers: str) -> Exchange:
    """Return a deletion and its answer."""
    url = f"http://pgwatch.example/source?name={SECRET}"
    return Exchange("deleteSource", "DELETE", url, headers, SECRET.encode(), status, body=body)


def judge_with(*checks: Check) -> Judge:
    target = Target("http://pgwatch.example", CONTRACT)
    target.hidden.hide(SECRET, "${SECRET}")
    return Judge(target, read_clauses(), checks, Record())


def texts_of(failure: Failure) -> list[str]:
    """Return all texts that a failure holds."""
    values = [each for value in vars(failure).values() for each in (value if isinstance(value, list) else [value])]
    return [each for each in values if isinstance(each, str)]


def test_no_text_of_a_failure_shows_a_secret() -> None:
    """Whatever a failure says of request, answer, steps, what was sent and what was found: a secret is its variable."""
    judge = judge_with()
    about = exchange(SECRET.encode(), Token=SECRET)
    judge.that(False, CLAUSE, about, f"no {SECRET}", f"a {SECRET}", [about, f"then {SECRET}"], [f"{SECRET} x"], SECRET)
    judge.that(False, CLAUSE, about, "nothing")
    failures = judge.commit()
    assert len(failures) == 2
    assert [text for failure in failures for text in texts_of(failure) if SECRET in text] == []
    full = next(failure for failure in failures if failure.what)
    shown = [full.request, full.curl, full.expected, full.actual, full.found, full.what, *full.steps]
    assert [text for text in shown if "${SECRET}" not in text] == []


def test_a_check_is_asked_about_what_it_applies_to() -> None:
    """An exchange that a check does not apply to neither keeps nor breaks its clause."""
    judge = judge_with(Check(CLAUSE, lambda _: ("404", "200"), lambda seen: seen.status == 200))
    judge.see(exchange(status=401))
    assert (judge.commit(), judge.record.judged) == ([], {})
    judge.see(exchange(status=200))
    assert [failure.clause for failure in judge.commit()] == [CLAUSE]
    assert sum(judge.record.judged.values()) == 1


def test_a_judge_apart_tells_the_same_map() -> None:
    """What is observed beside the tests is exercised too, whether it is ever adopted or not."""
    judge = judge_with()
    judge.apart("log").see(exchange(status=401))
    assert "deleteSource status 401: seen" in judge.coverage.exercised
