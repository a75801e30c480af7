"""What ends a run before its last step: a loss that goes wrong, no progress, no memory.

Plain numbers in, a sentence or a yes out; the trainer asks after every step and every validation.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

_WINDOW = 5
_FLOOR = 0.1
"""Means below this many nats count as this: a memorised set's loss may well grow tenfold."""
_OUT_OF_MEMORY = (
    "out of memory",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "cuda_error_out_of_memory",
)


class LossGuard:
    """Watches the training loss for NaN and for an explosion.

    Exploded is: the mean of the last five losses exceeds the lowest such mean `factor` times. One
    wild batch is no explosion.

    Args:
        factor: 0 turns the watch for explosions off; NaN is never let through.
    """

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._recent: deque[float] = deque(maxlen=_WINDOW)
        self._lowest = math.inf

    def recall(self, losses: Iterable[float]) -> None:
        """Take in the losses of before a resume, judging none."""
        for loss in losses:
            self._take(loss)

    def see(self, step: int, loss: float, grad_norm: float | None = None) -> str:
        """What is wrong after this step, in a sentence; "" if nothing is.

        Args:
            step: the step just done.
            loss: its training loss.
            grad_norm: its gradient norm; None where an infinite one is a normal thing, as in the
                first steps of fp16, whose scaler skips them.
        """
        if not math.isfinite(loss):
            return f"The loss of step {step} is {loss}."
        if grad_norm is not None and not math.isfinite(grad_norm):
            return f"The gradient norm of step {step} is {grad_norm}."
        mean = self._take(loss)
        if self._factor and mean > self._factor * max(self._lowest, _FLOOR):
            return (
                f"The loss exploded: its mean over {_WINDOW} steps is {mean:.3g} at step {step},"
                f" {mean / self._lowest:.0f} times its lowest ({self._lowest:.3g})."
            )
        return ""

    def _take(self, loss: float) -> float:
        self._recent.append(loss)
        mean = sum(self._recent) / len(self._recent)
        if len(self._recent) == _WINDOW:
            self._lowest = min(self._lowest, mean)
        return mean


class Patience:
    """Says when validation has not improved for `evaluations` times; 0 waits for ever."""

    def __init__(self, evaluations: int) -> None:
        self._allowed = evaluations
        self._without = 0
        self.lowest = math.inf

    def see(self, eval_loss: float) -> bool:
        """Whether patience is over with this validation loss."""
        better = eval_loss < self.lowest
        self.lowest = min(self.lowest, eval_loss)
        self._without = 0 if better else self._without + 1
        return 0 < self._allowed <= self._without


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the card's memory ran out, whoever noticed: torch, cuBLAS, cuDNN or bitsandbytes.

    Python's own MemoryError is the host's memory, not the card's.
    """
    named = type(error).__name__ == "OutOfMemoryError"
    return named or (isinstance(error, RuntimeError) and _says_so(error))


def _says_so(error: BaseException) -> bool:
    text = str(error).lower()
    # "DefaultCPUAllocator: can't allocate memory" is the host again.
    return any(sign in text for sign in _OUT_OF_MEMORY) and "cpuallocator" not in text
