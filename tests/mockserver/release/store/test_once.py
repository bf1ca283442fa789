"""What a release's store makes once of each source, and keeps: it shows what it would show if it made all anew."""

import asyncio
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from mockserver.go.json.types import zero
from mockserver.release.backend import load_release_contract
from mockserver.release.dialect import Dialect, dialect_of
from mockserver.release.store import yaml_store
from mockserver.release.store.body_types import BodyTypes, body_types
from mockserver.release.store.once import Once
from mockserver.release.store.pgwatch_files import Files
from mockserver.release.store.store import NameTaken, StorageError
from mockserver.release.store.yaml_store import YamlStore, rewritten, rewritten_source
from mockserver.settings import Settings
from pgwatch_contract.releases.release import read_release

TEXTS = ("", "a", "b c", "\ttab\n", "\n x", "\n\nabc", " \n", "$AWKWARD", "${AWKWARD}x", "<<", "x\n", "é\n\ty")
STEPS = 60


class Anew(Once[Any, Any]):
    """Makes everything anew each time."""

    def of(self, values: Sequence[Any]) -> list[Any]:
        return [self._make(each) for each in values]


def made_of(release: str) -> tuple[BodyTypes, Dialect]:
    contract = load_release_contract(Settings.spec, read_release(release))
    return body_types(contract.specification.raw["components"]["schemas"]), dialect_of(read_release(release))


def some_source(types: BodyTypes, chosen: random.Random) -> dict[str, Any]:
    """A source with texts that YAML writes in its own way, variables, null and minus zero."""
    source: dict[str, Any] = zero(types.source)
    texts = ("Group", "ConnStr", "IncludePattern", "PresetMetrics")
    source |= {key: chosen.choice(TEXTS) for key in texts}
    source |= {"Name": chosen.choice("pqrstu") + chosen.choice(TEXTS), "Kind": chosen.choice(("", "postgres"))}
    source["Metrics"] = chosen.choice((None, {}, {chosen.choice(TEXTS): chosen.choice((0.0, -0.0, 60.0, 1.0))}))
    source["CustomTags"] = chosen.choice((None, {chosen.choice(TEXTS): chosen.choice(TEXTS)}))
    return source


def seen(store: YamlStore, dialect: Dialect, types: BodyTypes) -> Any:
    """What a store lists, or why it cannot."""
    try:
        return [dialect.json.marshal(source, types.source) for source in store.sources() or []]
    except StorageError as error:
        return str(error)


async def changed(store: YamlStore, step: int, names: Sequence[str], source: dict[str, Any]) -> str:
    """Make one change; return how it failed, if it did."""
    try:
        if step % 3 == 0:
            await store.create_source(source)
        elif step % 3 == 1:
            await store.put_source(source)
        else:
            await store.delete_source(random.Random(step).choice(names))
    except (NameTaken, StorageError) as error:
        return repr(error)
    return ""


@pytest.mark.parametrize("release", ["3.0", "3.5", "5.3"])
@pytest.mark.parametrize("seed", range(8))
def test_what_was_kept_shows_what_is_there(release: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each of many changes, awkward texts and duplicates included, the list and its faults are the same."""
    monkeypatch.setenv("AWKWARD", "\n\n$AWKWARD y")
    monkeypatch.setattr(yaml_store, "SECONDS_OF_A_WRITE", 0)
    types, dialect = made_of(release)
    chosen = random.Random(seed)
    begun = [some_source(types, chosen) for _ in range(chosen.randrange(5))]
    files = Files(Settings.sources, Settings.metrics, begun, None, None)
    keeping = YamlStore(files, types, dialect, ["AWKWARD"])
    monkeypatch.setattr(yaml_store, "Once", Anew)
    making = YamlStore(files, types, dialect, ["AWKWARD"])
    names = [each["Name"] for each in begun] + ["p", "q"]
    for step in range(STEPS):
        assert seen(keeping, dialect, types) == seen(making, dialect, types)
        source = some_source(types, chosen)
        names.append(source["Name"])
        ends = [asyncio.run(changed(store, step, names, source)) for store in (keeping, making)]
        assert ends[0] == ends[1]
        if isinstance(seen(making, dialect, types), str) and step % 4 == 0:  # nothing can be read any more
            return


@pytest.mark.parametrize("seed", range(40))
def test_a_source_that_stays_itself_is_what_it_would_become(seed: int) -> None:
    """Where a source is taken for what is read back of it, both are the same to the sign of a zero."""
    types, _ = made_of("5.3")
    source = some_source(types, random.Random(seed))
    assert repr(rewritten_source(source, types.source)) == repr(rewritten(source, types.source))
    as_written = {**rewritten(source, types.source), "Metrics": {"a": -0.0}}
    assert repr(rewritten_source(as_written, types.source)) == repr(rewritten(as_written, types.source))


def test_what_was_there_is_made_once() -> None:
    """Nothing is made again of values that were there before; equal ones are not the same, and what is gone is not."""
    made: list[Any] = []
    once: Once[dict[str, int], str] = Once(lambda each: made.append(each) or json.dumps(each))
    one, two = {"a": 1}, {"a": 1}
    for values in ([one, two], [two, one], [two]):
        assert once.of(values) == ['{"a": 1}'] * len(values)
    assert [made[0] is one, made[1] is two, len(made)] == [True, True, 2]
    once.of([one])
    assert len(made) == 3
