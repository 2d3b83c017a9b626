"""The adopted head: which one the database names, where its file lies, and the labeller it makes of the configured model.

The database names it, so that every process changes at once and a number is never used twice; the file holds what was learned.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Connection

from listener.config import Config
from storage.db import Database
from storage.model_change import remember_model, want_model
from storage.settings import put_setting, setting

if TYPE_CHECKING:
    from nlp.embedded import EmbeddedLabeller
    from nlp.head import Head
    from nlp.types import Labeller

log = structlog.get_logger()
ADOPTED, LAST = "head", "head_number"


def adopted(db: Database) -> str | None:
    """The id of the model with the head that is adopted, as in "listener-embedded-4+h1"; None for none."""
    with db.read() as connection:
        return setting(connection, ADOPTED)


def head_of(config: Config, db: Database, base: "Labeller") -> "Head | None":
    """The adopted head, if it was learned on this model. One of another model is left aside: an upgrade must not stop the labelling.

    Raises ModelError for a file that is missing or damaged.
    """
    from nlp.head import load_head

    model_id = adopted(db)
    if model_id is None or base_of(model_id) != base.model_id:
        if model_id is not None:
            log.warning("not used: learned on another model", head=model_id, model=base.model_id)
        return None
    path = file_of(config, db, model_id)
    head = load_head(path)
    remember_model(db, model_id, str(path), None)
    return head


def with_head(config: Config, db: Database, base: "Labeller") -> "Labeller":
    """The model with its adopted head, or as it is. Raises ModelError as `head_of` does."""
    from nlp.embedded import EmbeddedLabeller
    from nlp.head import HeadLabeller

    head = head_of(config, db, base)
    return base if head is None or not isinstance(base, EmbeddedLabeller) else HeadLabeller(base, head)


def adopt(config: Config, db: Database, base: "EmbeddedLabeller", head: "Head") -> str:
    """Store a head under a number of its own, and want its labels from now on. Returns its model id."""
    from nlp.head import save_head

    model_id = f"{base.model_id}+h{db.do(_next_number)}"
    about = {"id": model_id, "base": base.model_id, "base_name": config.model_name(), "digest": base.digest}
    path = file_of(config, db, model_id)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    save_head(path, replace(head, about=head.about | about))
    db.do(lambda connection: put_setting(connection, ADOPTED, model_id))
    want_model(db, model_id)
    return model_id


def forget(db: Database) -> str | None:
    """Go back to the plain model. Returns the id that is left; its file stays, and its number is not used again."""
    model_id = adopted(db)
    if model_id is not None:
        db.do(lambda connection: put_setting(connection, ADOPTED, None))
        want_model(db, base_of(model_id))
    return model_id


def base_of(model_id: str) -> str:
    """
    >>> base_of("listener-embedded-4+h1")
    'listener-embedded-4'
    """
    return model_id.rpartition("+h")[0]


def file_of(config: Config, db: Database, model_id: str) -> Path:
    """`listener.heads/h1.safetensors` beside listener.db; for PostgreSQL beside the configuration, by the database's name."""
    place = (db.path or config.source_path.absolute()).parent
    return (
        place / f"{Path(db.url.database or '').stem}.heads" / f"h{model_id.rpartition('+h')[2]}.safetensors"
    )


def _next_number(connection: Connection) -> int:
    number = int(setting(connection, LAST, "0") or 0) + 1
    put_setting(connection, LAST, str(number))
    return number
