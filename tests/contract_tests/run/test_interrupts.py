"""Interrupts at the wrong moment: they wait, or pass without effect."""

import signal

import pytest

from contract_tests import interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_delayed_interrupt_counts_after_the_block(number: signal.Signals) -> None:
    """What was begun is brought to its end before the interrupt counts, once, also where blocks are nested."""
    counted: list[int] = []
    before = signal.signal(number, lambda came, _: counted.append(came))
    try:
        with interrupts.delayed():
            with interrupts.delayed():
                signal.raise_signal(number)
            assert counted == []
        assert counted == [number]
    finally:
        signal.signal(number, before)


def test_an_ignored_interrupt_has_no_effect() -> None:
    """While the run cleans up, whoever is impatient is not heard; after it, Ctrl-C works as before."""
    before = signal.getsignal(signal.SIGINT)
    with interrupts.ignored():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before


def test_an_error_in_the_block_leaves_the_handlers_as_they_were() -> None:
    """An exception goes its way, and interrupts work again."""
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ValueError, match="broke"), interrupts.delayed():
        raise ValueError("broke")
    assert signal.getsignal(signal.SIGTERM) == before
