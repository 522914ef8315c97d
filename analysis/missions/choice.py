"""What a build may be asked for. No library is imported here: a build that has nothing to do must answer at once."""

WORLDS = ("sample", "real")
PUBLIC, INTERNAL = "public", "internal"
EDITIONS = (PUBLIC, INTERNAL)
# Where a page says of which commit it is. Filled when an edition is put together: a commit changes no page.
COMMIT_PLACE = '<span class="commit"></span>'
