"""The bundled model on the demo's posts, against what their invented authors meant."""

import tomllib

import pytest

from listener.collectors.base import TrackedBrand
from listener.demo.make_sample import Sample
from listener.demo.sample import END, config_text, load_sample
from listener.matching import Matcher
from nlp.load import load_labeller
from nlp.types import Item, Scores
from storage.query import parse


@pytest.mark.model
def test_the_bundled_model_reads_the_demo_far_better_than_chance() -> None:
    meant = {(draft.id, brand): mood for draft in Sample().make() for brand, mood in draft.meant.items()}
    brands = tomllib.loads(config_text())["brands"]
    matcher = Matcher([TrackedBrand(brand["id"], parse(brand["query"]), 1) for brand in brands])
    posts = [post for post in load_sample(END) if post.repost_of is None and post.edited_at is None][::5]
    found = [
        (mention, meant.get((post.source_id, mention.brand_id)), post)
        for post in posts
        for mention in matcher.match(post)
    ]
    asked = [(Item(post.text, mention.target), mood) for mention, mood, post in found if mood is not None]
    scores = load_labeller("embedded").label([item for item, _ in asked])
    right = [
        isinstance(score, Scores) and score.label == mood
        for score, (_, mood) in zip(scores, asked, strict=True)
    ]
    assert len(right) > 300
    assert sum(right) / len(right) > 0.6
