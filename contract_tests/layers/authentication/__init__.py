"""The layer of logins and tokens."""
