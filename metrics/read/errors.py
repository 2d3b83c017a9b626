"""What is known of the model's errors."""

from metrics.read.question import Reading
from metrics.windows import WHOLE
from storage.labels import model_confusion, model_in_use
from storage.review import audit_sums
from storage.types import SENTIMENTS


def add_errors(reading: Reading) -> None:
    """What is known of the errors of the model in use: of its test sets, and of each brand's audits."""
    model = model_in_use(reading.db)
    if model is None:
        return
    confusion = model_confusion(reading.db, model)
    audits = audit_sums(reading.db, model)
    for brand_id in reading.brand_ids:
        rows = audits.get(brand_id, {})
        lines = [rows.get(label, (0, 0, 0, 0)) for label in SENTIMENTS]
        table = tuple(tuple(weight / WHOLE for weight in line[1:]) for line in lines)
        audited = tuple(line[0] for line in lines)
        for span in reading.spans:
            reading.add(brand_id, span, confusion=confusion, audit=table if rows else None, audited=audited)
