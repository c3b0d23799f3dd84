"""How fast do weights become a model? ViT-B/16 from safetensors, against the least that it takes.

    python benchmarks/load.py

The reference reads the file with `safetensors.torch.load_file` and gives it to a model that was
built without storage, by `load_state_dict(assign=True)`. Each way runs in a process of its own,
which also says by how much its memory grew; the file is in the cache of the system. Results go to
benchmarks/results/load.json.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from saccade.checkpoints.convert import save_state
from saccade.files import write_text
from saccade.models import build

RESULTS = Path(__file__).parent / "results"
NAME = "vit_base_patch16_224"
ROUNDS = 7
_START = """
import re, time, torch
from pathlib import Path
from saccade.checkpoints.load import load_model
from saccade.checkpoints.skeleton import skeleton
from saccade.models import build
torch.set_num_threads(1)
def most():  # memory of this process so far, mapped pages too, in bytes
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
_END = """
with torch.device("meta"):
    build("vit_pico_patch2_8")  # what is imported on first use counts for neither
skeleton("vit_pico_patch2_8", {})
before, times = most(), []
for _ in range(5):
    start = time.perf_counter()
    model = once()
    total = sum(float(value.sum()) for value in model.state_dict().values()) if TOUCH else 0
    times.append(time.perf_counter() - start)
    del model
print(min(times), most() - before, total)
"""
_WAYS = {
    "raw": """
from safetensors.torch import load_file
def once():
    with torch.device("meta"):
        model = build("NAME")
    model.load_state_dict(load_file("FILE"), assign=True)
    return model
""",
    "saccade": """
def once():
    return load_model("FILE").model
""",
}


def run(way: str, file: Path, *, touch: bool) -> tuple[float, float]:
    """Seconds of the fastest of a few loads, and by how many bytes the process grew at most."""
    code = (_START + _WAYS[way] + _END).replace("FILE", str(file)).replace("NAME", NAME)
    done = subprocess.run(
        [sys.executable, "-c", code.replace("TOUCH", str(touch))],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory, _ = done.stdout.split()
    return float(seconds), float(memory)


def main() -> None:
    """Measure in turns, print and keep the medians."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{NAME}.safetensors"
        save_state(file, build(NAME).state_dict())
        size = file.stat().st_size
        for touch in (False, True):
            found = [{way: run(way, file, touch=touch) for way in _WAYS} for _ in range(ROUNDS)]
            ratios = [one["raw"][0] / one["saccade"][0] for one in found]
            seconds = {way: statistics.median(one[way][0] for one in found) for way in _WAYS}
            memory = {way: max(one[way][1] for one in found) for way in _WAYS}
            rows.append(
                {
                    "every weight is read": touch,
                    "seconds": seconds,
                    "speed over raw": round(statistics.median(ratios), 3),
                    "from": round(min(ratios), 3),
                    "to": round(max(ratios), 3),
                    "memory over the file": round(memory["saccade"] / size, 3),
                    "that of raw": round(memory["raw"] / size, 3),
                }
            )
            print(json.dumps(rows[-1], indent=1))
    told = {"date": str(date.today()), "model": NAME, "bytes": size, "rows": rows}
    write_text(RESULTS / "load.json", json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
