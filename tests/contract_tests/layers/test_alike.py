"""Texts that are nearly another: what every way to compare them that is not exact takes for the same."""

import pytest

from contract_tests.layers.alike import alike
from mockserver.deviations.kinds.lookups import NAMES

NEEDS_MORE = {"reads-63-bytes", "reads-255-characters"}
"""Ways that only a long text shows."""


@pytest.mark.parametrize("kind", sorted(NAMES.keys() - NEEDS_MORE))
def test_every_way_to_compare_finds_the_text_by_another(kind: str) -> None:
    """Of the texts that are nearly one there is one, for each way to compare, by which it is found."""
    text = " Ab-\N{LATIN SMALL LETTER E WITH ACUTE} 7i/z"
    _, matches = NAMES[kind]
    found = [how for how, other in {**alike(text), "after a blank": f" {text}"}.items() if matches(text, other)]
    assert found


def test_each_is_another_text() -> None:
    """None is the text itself, of one that has none of what makes others different either."""
    for text in ("x", "admin", " Ab-\N{LATIN SMALL LETTER E WITH ACUTE} 7i/z"):
        assert text not in alike(text).values()
        assert len(alike(text)) > 20
