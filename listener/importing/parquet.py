"""Parquet rows, a thousand at a time."""

from collections.abc import Iterator
from pathlib import Path

from listener.errors import FileError
from listener.importing.opening import open_bytes
from listener.importing.rows import Row

_BATCH = 1000


def parquet_rows(path: Path) -> Iterator[Row]:
    """The rows of the Parquet file at `path`, numbered from 1. Raises FileError where it is damaged."""
    import pyarrow
    import pyarrow.parquet

    open_bytes(path).close()
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for value in batch.to_pylist():
                    number += 1
                    yield Row(number, value, "")
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise FileError(
            f"{path}: the Parquet data is damaged after row {number} ({_first_line(error)}); write it again"
        ) from error


def parquet_columns(path: Path) -> tuple[str, ...]:
    """The names of the file's columns, in order."""
    import pyarrow
    import pyarrow.parquet

    try:
        return tuple(pyarrow.parquet.read_schema(path).names)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise FileError(
            f"{path}: is not a whole Parquet file ({_first_line(error)}); write it again"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
