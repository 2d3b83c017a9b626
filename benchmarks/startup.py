"""How long `listener --help` takes as a whole process, beside an interpreter that does nothing.

    python -m benchmarks.startup

Prints the median of nine runs of each, in turn; exit code 1 at 300 ms or more.
"""

import statistics
import subprocess
import sys
import time

RUNS = 9


def milliseconds(arguments: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1000


def main() -> int:
    help_ms, bare_ms = [], []
    for _ in range(RUNS):
        help_ms.append(milliseconds(["-m", "listener.cli", "--help"]))
        bare_ms.append(milliseconds(["-c", "pass"]))
    median, bare = statistics.median(help_ms), statistics.median(bare_ms)
    print(f"listener --help {median:.0f} ms, bare interpreter {bare:.0f} ms; ratio {median / bare:.1f}")
    return 0 if median < 300 else 1


if __name__ == "__main__":
    sys.exit(main())
