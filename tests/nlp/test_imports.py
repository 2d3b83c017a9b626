"""What may be imported when: nothing heavy at start-up, no other package of ours, no torch to serve."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ["torch", "transformers", "onnxruntime", "onnx", "tokenizers", "sklearn", "scipy", "numpy"]


def loaded_after(statement: str) -> set[str]:
    """Top-level modules in a fresh interpreter after a statement."""
    code = f"import sys; {statement}; print(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["nlp.types", "nlp.load", "nlp.clean", "nlp.errors", "nlp.registry"])
def test_light_modules_load_nothing_heavy(module: str) -> None:
    assert not loaded_after(f"import {module}") & set(HEAVY)


def test_serving_needs_neither_torch_nor_transformers() -> None:
    loaded = loaded_after("import nlp.embedded")
    assert "onnxruntime" in loaded
    assert not loaded & {"torch", "transformers", "onnx", "sklearn"}


def test_corrected_shares_need_numpy_and_nothing_else_that_is_heavy() -> None:
    assert set(HEAVY) & loaded_after("import nlp.shares, metrics.registry") == {"numpy"}


def test_no_other_package_of_ours_is_imported() -> None:
    for path in (ROOT / "nlp").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for package in ("listener", "dashboard", "metrics", "storage"):
            assert f"\nimport {package}" not in text, path
            assert f"\nfrom {package}" not in text, path
