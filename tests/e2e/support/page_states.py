"""The page in one of its states: what it says is what docs/web-page.md says of that state. With --pictures, its picture
for that document is taken again."""

import re

from . import places
from .stores import SqliteStore
from .waiting import wait_until

DOCUMENT = places.ROOT / "docs" / "web-page.md"
PICTURES = places.ROOT / "docs" / "images"
SIZE = (900, 4000)  # of the window: so high that it needs no scroll bar; a picture ends below the tiles
MARGIN = 12
SCALE = 0.75  # of a picture, which stays in the repository for good


def name_as_people_do(pipeline):
    """A page says where totals are kept: so that a picture shows no folder of a test."""
    pipeline.use_store(SqliteStore(pipeline.program.folder / "sales.db", "sales.db"))


def documented():
    """{state: what the page says}"""
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \| .* \| \d+ \|$", DOCUMENT.read_text(), re.M))


def picture_of(state):
    return PICTURES / f"page-{state.replace('_', '-')}.png"


class PageState:
    def __init__(self, browser, takes_pictures):
        self._browser, self._takes_pictures = browser, takes_pictures

    def __call__(self, web, state):
        """Opens the page of a run that is in this state, or is about to be."""
        said = documented()[state]
        page = self._browser
        page.open(web.url, size=SIZE)
        page.wait_for(lambda _: page.script("return document.querySelector('#state').dataset.state") == state, state)
        assert re.match(rf"{re.escape(said)}( since .+)?$", page.text("#state-text"))
        assert web.json("/api/status")["state"] == state
        if self._takes_pictures:
            wait_until(lambda: self._take(state), what=f"a picture of {state}")
        assert page.complaints() == []

    def _take(self, state):
        """False: the page has changed its state meanwhile, so that nobody knows what the picture shows."""
        page = self._browser
        if page.script("return document.querySelector('#rejects-note').textContent").startswith("how many are open"):
            return False  # nobody has looked yet
        height = page.script("return document.querySelector('.tiles').getBoundingClientRect().bottom")
        picture = page.screenshot((SIZE[0], round(height) + MARGIN), SCALE)
        is_of_state = page.script("return document.querySelector('#state').dataset.state") == state
        if is_of_state:
            picture_of(state).write_bytes(picture)
        return is_of_state
