"""The contract: the document loaded and checked, its parts in words, values held against its schemas."""
