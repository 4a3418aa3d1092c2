"""Shadows the real bridge for a run whose working directory is bench/firehose."""
