"""What a build may be asked for. No library is imported here: a build that has nothing to do must answer at once."""

WORLDS = ("sample", "real")
PUBLIC, INTERNAL = "public", "internal"
EDITIONS = (PUBLIC, INTERNAL)
