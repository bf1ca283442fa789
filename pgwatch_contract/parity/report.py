"""The verdict of parity in words: for a terminal, and as JSON."""

from typing import Any

from pgwatch_contract.parity.comparison import LEAST_SHARE, Difference, Verdict


def as_text(verdict: Verdict) -> str:
    """Return the verdict: first line whether and how far they are alike, then each difference."""
    failures_first = sorted(verdict.differences, key=lambda each: each.reason is not None)
    parts = [headline(verdict), *map(_in_words, failures_first)]
    if verdict.unneeded:
        parts.append(f"stated as different, but identical: {', '.join(verdict.unneeded)}")
    return "\n".join(parts)


def headline(verdict: Verdict) -> str:
    """Return the verdict in one line."""
    recording = verdict.recording
    failures = len(verdict.failures)
    ending = f"{len(verdict.differences) - failures} differ for a stated reason"
    if failures:
        ending += f", {failures} without one"
    elif not verdict.alike:
        ending += f", which is more than {100 - LEAST_SHARE:g} %"
    return (
        f"{'alike' if verdict.alike else 'not alike'}: {verdict.server} answers {verdict.identical} of {verdict.count} "
        f"requests ({verdict.share:.1f} %) exactly as pgwatch {recording.version} ({recording.store} store); {ending}"
    )


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as JSON has it; ``share`` is in percent."""
    recording = verdict.recording
    return {
        "format": 1,
        "alike": verdict.alike,
        "headline": headline(verdict),
        "server": verdict.server,
        "recording": {
            "release": recording.release,
            "version": recording.version,
            "store": recording.store,
            "date": recording.date,
        },
        "requests": verdict.count,
        "identical": verdict.identical,
        "share": round(verdict.share, 2),
        "differences": [_as_json(difference) for difference in verdict.differences],
        "unneeded": list(verdict.unneeded),
    }


def _as_json(difference: Difference) -> dict[str, Any]:
    return {
        "id": difference.entry.id,
        "request": difference.entry.written["send"],
        "reason": difference.reason,
        "difference": difference.lines,
    }


def _in_words(difference: Difference) -> str:
    kind = "differs" if difference.reason else "FAILURE"
    reason = [f"  because: {difference.reason}"] if difference.reason else []
    return "\n".join([f"{kind} {difference.entry.label}", *reason, *(f"  {line}" for line in difference.lines)])
