"""What a release keeps its sources, metrics and presets in: YAML files, or a database that is imagined."""
