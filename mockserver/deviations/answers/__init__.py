"""Deviations in answers, whatever they are about: statuses, headers, bodies, errors."""
