"""Qorgan: a secure intake bot for people who may be sent back."""
