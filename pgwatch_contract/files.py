"""Where the project's data files are: beside the packages in a checkout, inside this package in a wheel."""

from pathlib import Path

_PACKAGED = Path(__file__).parent / "data"
_CHECKOUT = Path(__file__).parent.parent


def data_file(name: str) -> Path:
    """Return the path of a data file.

    Takes a path relative to the project's root, such as ``openapi.yaml`` or ``fixtures/sources.yaml``.
    """
    return (_PACKAGED if _PACKAGED.is_dir() else _CHECKOUT) / name


def schema_file(name: str) -> Path:
    """Return the path of the JSON Schema of that name, which describes an extension or a data file."""
    return Path(__file__).parent / "schemas" / f"{name}.yaml"
