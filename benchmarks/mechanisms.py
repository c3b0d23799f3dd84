"""The cost ruler on CIFAR-10: what does each attention mechanism cost, and what does it give?

    python benchmarks/mechanisms.py ../shared/data/cifar10/cifar10_share.zip [--epochs 3] [--jobs 2]

The archive holds train/ and dev/ with a folder for each class. dev/ is used as the test part and is
never chosen by: a tenth of train/ is the validation part. Rows go to
benchmarks/results/mechanisms_cifar10.json and .csv.
"""

import argparse
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

from rounds import RESULTS, machine

from saccade.cli.compare import compare
from saccade.files import write_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--mechanisms", default="all")
    parser.add_argument("--stage", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "cifar10"
        with zipfile.ZipFile(given.archive) as archive:
            archive.extractall(folder)
        (folder / "dev").rename(folder / "test")
        out = Path(scratch) / "compare"
        compare(
            str(folder),
            mechanisms=given.mechanisms,
            stage=given.stage,
            epochs=given.epochs,
            seeds=given.seeds,
            jobs=given.jobs,
            out=out,
        )
        for ending in ("csv", "html"):
            shutil.copy(out / f"compare.{ending}", RESULTS / f"mechanisms_cifar10.{ending}")
        found = json.loads((out / "compare.json").read_text())
    kept = {**machine(), "jobs": given.jobs, **found}
    write_text(RESULTS / "mechanisms_cifar10.json", json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
