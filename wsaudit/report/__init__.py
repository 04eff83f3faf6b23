"""Reporters: one list of findings, written for people, machines and GitHub."""
