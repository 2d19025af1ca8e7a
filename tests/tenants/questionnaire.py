"""A second questionnaire with its catalogues: nothing of the first is in the code."""

from pathlib import Path

TENANTS = Path(__file__).with_name("tenants.toml")
