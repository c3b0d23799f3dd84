"""Fast twins of plain torch functions: C on the CPU, Triton on CUDA, torch where neither can run.

`status()` tells which can run here and why the others cannot; `with using("torch"):` and the
environment variable SACCADE_KERNELS choose one of "auto", "c", "triton" and "torch".
"""

from saccade.kernels.choice import Status, chosen, status, using

__all__ = ["Status", "chosen", "status", "using"]
