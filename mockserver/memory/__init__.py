"""What a mock knows and remembers: sources, metrics and presets from files, logins, databases that can be reached."""
