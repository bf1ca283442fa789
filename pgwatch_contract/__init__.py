"""The pgwatch API contract: its version, its data files and the command line that fronts the tools."""

__version__ = "0.1.0"
