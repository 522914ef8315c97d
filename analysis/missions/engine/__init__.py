"""Runs the annexes, collects their facts and assembles the book. Nothing of the library imports it."""
