"""What a build may be asked for. No library is imported here: a build that has nothing to do must answer at once."""

from __future__ import annotations

from collections import namedtuple

DATA = ("sample", "real")
PUBLIC, INTERNAL = "public", "internal"
EDITIONS = (PUBLIC, INTERNAL)
ENGINE_PARAMETERS = ("year", "data")  # the engine gives these to every annex
# Where a page says of which commit it is. Filled when an edition is put together: a commit changes no page.
COMMIT_PLACE = '<span class="commit"></span>'
# What a page may load: everything from our own files, nothing inline. `file:` is for pages in a plain folder, which is not 'self'
# to every browser. It stands in the head of every page, and the preview sends it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; font-src 'self' file:; img-src 'self' file: data:; "
    "connect-src 'self'; form-action 'self' file:; base-uri 'none'"
)


class Choice(namedtuple("Choice", "year data edition preview", defaults=("sample", PUBLIC, False))):
    """Which edition is meant; made once, from what a person asked.

    year: reporting year. data: "sample" (synthetic) or "real" deliveries. edition: for whom. preview: the site alone.
    """

    __slots__ = ()

    @property
    def options(self) -> list:
        """As the record of an edition keeps them."""
        return [self.year, self.data, self.edition]
