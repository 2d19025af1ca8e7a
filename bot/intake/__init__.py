"""The heart: questions, conversation and triage as pure functions and data."""
