"""What a test wants to know of a page, read with the standard library's parser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page:
    """The tags of a page with their attributes, and its text by tag for title and headings."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def links(self) -> list[str]:
        return [found["href"] for found in self.all("a") if "href" in found]

    def unsafe(self) -> list[str]:
        """What the content security policy would refuse, and addresses that are none of the web's."""
        found = []
        for tag, attributes in self.tags:
            found += [f"{tag} {name}" for name in attributes if name.startswith("on") or name == "style"]
            if tag == "script" and not attributes.get("src", "").startswith("/static/"):
                found.append("inline script")
            if tag == "style":
                found.append("inline style")
            for name in ("href", "src", "action", "hx-get", "hx-post"):
                if not attributes.get(name, "/").startswith(("/", "http://", "https://", "#", "?")):
                    found.append(f"{tag} {name}={attributes[name]}")
        return found


class _Parser(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page, self.open = page, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("title", "h1"):
            self.open = tag
            self.page.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.open:
            self.open = ""

    def handle_data(self, data: str) -> None:
        if self.open:
            self.page.texts[self.open][-1] += data


def page_of(html: str) -> Page:
    page = Page()
    _Parser(page).feed(html)
    return page
