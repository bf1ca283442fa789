"""The layer of what each operation does."""
