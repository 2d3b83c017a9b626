"""Share of voice and negative share of six brands against a known truth, through the product as a user runs it.

    python -m benchmarks.known_truth [--posts 14640] [--seed 1] [--data ../shared/data]

Six makers' streams, whose sizes and shares of sentiment differ as those of real airlines on Twitter do, are written by the demo's generator,
which knows what each author meant. Beside them lie posts that only look alike ("a heart murmur"). They are imported, matched by the queries
below, labelled and counted by the command line in a folder of its own. Printed are share of voice and negative share, counted and corrected
(no audit was made), with the truth.

With --data the texts are real English posts that the model was not trained on (labels/en/val.tsv), drawn with replacement, with the brand's
handle before each. Their labels are of the whole post's tone and not toward the brand, so the truth is another than what is asked of
the model: a harder case than any user's.
"""

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from listener.demo.people import Maker
from listener.demo.phrasebook import Writer
from nlp.types import LABELS

Meant = tuple[str, str, str]
"""A post's brand ("" for none), what its author meant, and its text."""
Say = Callable[[Maker, str], str]
START = datetime(2026, 2, 1, tzinfo=UTC)
DAYS = 14

MAKERS = (
    Maker("murmur", "Murmur", ("Murmur One", "Murmur Air"), "@MurmurAudio", ("#Murmur",), 0.26, (0.69, 0.18, 0.13)),
    Maker("brumlo", "Brumlo", ("Brumlo B2", "Brumlo Go"), "@Brumlo", ("#Brumlo",), 0.20, (0.78, 0.13, 0.09)),
    Maker("kvarto", "Kvarto", ("Kvarto 4", "Kvarto Mini"), "@KvartoSound", ("#Kvarto",), 0.19, (0.71, 0.17, 0.12)),
    Maker("ondello", "Ondello", ("Ondello Wave",), "@Ondello", ("#Ondello",), 0.165, (0.49, 0.27, 0.24)),
    Maker("aria", "Aria", ("Aria 2", "Aria Mini"), "@AriaSound", ("#AriaSound",), 0.15, (0.43, 0.33, 0.24)),
    Maker("tindra", "Tindra", ("Tindra Go",), "@Tindra", ("#Tindra",), 0.035, (0.36, 0.34, 0.30)),
)  # fmt: skip
"""Each with its part of all posts and its shares of negative, neutral and positive ones."""
QUERIES = {
    "murmur": '(murmur OR @murmuraudio OR #murmur) NOT ("heart murmur" OR "murmur of")',
    "brumlo": "brumlo OR @brumlo OR #brumlo",
    "kvarto": "kvarto OR @kvartosound OR #kvarto",
    "ondello": "ondello OR @ondello OR #ondello",
    "aria": "(aria OR @ariasound OR #ariasound) NOT (opera OR soprano)",
    "tindra": "tindra OR @tindra OR #tindra",
}
LOOK_ALIKES = (
    "the doctor heard a heart murmur, more tests on Friday",
    "a murmur of starlings over the pier tonight",
    "the soprano's last aria had the whole opera house in tears",
    "headphones recommendations please, budget 100",
)


def main() -> None:
    """Build the posts, run the product over them, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--posts", type=int, default=14_640)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    say = generated(chance) if options.data is None else real(options.data, chance)
    truth = list(drawn(say, options.posts, chance))
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), truth)
    report(truth, found)


def generated(chance: random.Random) -> Say:
    """Posts of the demo's generator."""
    writer = Writer(chance)
    return lambda maker, label: writer.text("en", label, maker, network="x", mood=label)


def real(data: Path, chance: random.Random) -> Say:
    """Labelled real posts, addressed to the brand."""
    texts: dict[str, list[str]] = {label: [] for label in LABELS}
    for line in (data / "labels" / "en" / "val.tsv").read_text(encoding="utf-8").splitlines():
        label, _, text = line.partition("\t")
        texts[label].append(text)
    return lambda maker, label: f"{maker.handle} {chance.choice(texts[label])}"


def drawn(say: Say, count: int, chance: random.Random) -> list[Meant]:
    """Posts in random order, and one in twenty beside them that only looks alike."""
    made = [("", "neutral", chance.choice(LOOK_ALIKES)) for _ in range(count // 20)]
    for maker in MAKERS:
        for label, share in zip(LABELS, maker.moods, strict=True):
            number = round(count * maker.share * share)
            made += ((maker.name, label, say(maker, label)) for _ in range(number))
    chance.shuffle(made)
    return made


def measured(folder: Path, truth: Sequence[Meant]) -> dict[tuple[str, str], float]:
    """Figures by (metric, brand), as `listener metrics` gives them."""
    tables = "".join(
        f"[[brands]]\nname = {json.dumps(maker.name)}\nquery = '{QUERIES[maker.id]}'\n" for maker in MAKERS
    )
    (folder / "config.toml").write_text(tables, encoding="utf-8")
    with (folder / "posts.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "created_at", "text", "author"])
        for number, (_, _, text) in enumerate(truth):
            at = START + timedelta(days=DAYS) * number / len(truth)
            out.writerow([f"{number}", at.isoformat(), text, f"person{number % 9000}"])
    names = {"id": "source_id", "created_at": "published_at", "text": "text", "author": "author"}
    maps = [part for column, field in names.items() for part in ("--map", f"{field}={column}")]
    run(folder, "import", "posts.csv", "--source", "x", *maps)
    run(folder, "label")
    metrics = "mentions", "share_of_voice", "negative_share_raw", "negative_share"
    until = START + timedelta(days=DAYS)
    window = "--since", f"{START:%Y-%m-%d}", "--until", f"{until:%Y-%m-%d}"
    points = json.loads(run(folder, "metrics", *metrics, *window, "--format", "json"))
    return {(point["metric"], point["brand"]): point["value"] for point in points}


def run(folder: Path, *arguments: str) -> str:
    """What a command prints; its own words if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "listener.cli", *arguments], cwd=folder, capture_output=True, text=True,
        env={"PYTHONPATH": str(Path.cwd()), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"listener {arguments[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def report(truth: Sequence[Meant], found: dict[tuple[str, str], float]) -> None:
    """Both tables in one, and what was asked of them."""
    named = [(brand, label) for brand, label, _ in truth if brand]
    print(
        "| brand | posts | share of voice, true | found | off by | negative, true | as labelled | corrected |"
    )
    print("|---|---|---|---|---|---|---|---|")
    worst, closer = 0.0, 0
    for brand in (maker.name for maker in MAKERS):
        own = [label for name, label in named if name == brand]
        share, seen = 100 * len(own) / len(named), found["share_of_voice", brand]
        negative = 100 * own.count("negative") / len(own)
        raw, corrected = found["negative_share_raw", brand], found["negative_share", brand]
        worst = max(worst, abs(seen - share))
        closer += abs(corrected - negative) < abs(raw - negative)
        print(
            f"| {brand} | {len(own):,} | {share:.2f} | {seen:.2f} | {seen - share:+.2f} "
            f"| {negative:.1f} | {raw:.1f} | {corrected:.1f} |"
        )
    print(f"\nshare of voice: off by {worst:.2f} points at most")
    print(f"negative share: the corrected one is closer to the truth for {closer} of {len(MAKERS)} brands")


if __name__ == "__main__":
    main()
