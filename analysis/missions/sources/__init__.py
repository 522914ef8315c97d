"""Deliveries as suppliers send them: the only room that knows their column names and codes."""
