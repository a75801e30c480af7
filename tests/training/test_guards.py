"""When a run ends before its last step."""

from __future__ import annotations

import math

import pytest

from ghost_engine.training.guards import LossGuard, Patience, is_out_of_memory


def watch(guard: LossGuard, losses: list[float]) -> list[str]:
    return [guard.see(step, loss) for step, loss in enumerate(losses, 1)]


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_said_with_its_step(loss: float) -> None:
    assert watch(LossGuard(0), [2.0, loss])[-1] == f"The loss of step 2 is {loss}."


def test_an_infinite_gradient_is_caught_before_it_reaches_the_loss() -> None:
    assert LossGuard(10).see(7, 2.0, math.inf) == "The gradient norm of step 7 is inf."
    assert LossGuard(10).see(7, 2.0, None) == ""


def test_a_loss_that_falls_and_jitters_is_let_alone() -> None:
    losses = [4 * 0.95**step + (0.5 if step % 3 else 0) for step in range(200)]
    assert not any(watch(LossGuard(10), losses))


def test_an_explosion_is_told_with_its_numbers() -> None:
    said = watch(LossGuard(10), [1.0] * 10 + [60.0] * 5)
    (first, *_) = [each for each in said if each]
    assert first == (
        "The loss exploded: its mean over 5 steps is 12.8 at step 11, 13 times its lowest (1)."
    )


def test_one_wild_batch_is_no_explosion() -> None:
    assert not any(watch(LossGuard(10), [1.0] * 10 + [40.0] + [1.0] * 10))


def test_a_memorised_set_may_have_a_hard_batch() -> None:
    assert not any(watch(LossGuard(10), [0.001] * 10 + [0.2] * 10))


def test_a_factor_of_nought_watches_for_no_explosion() -> None:
    assert not any(watch(LossGuard(0), [1.0] * 10 + [1e6] * 10))


def test_after_a_resume_the_losses_of_before_still_count() -> None:
    guard = LossGuard(10)
    guard.recall([1.0] * 10)
    assert any(watch(guard, [60.0] * 5))


def test_patience_counts_validations_without_a_better_loss() -> None:
    patience = Patience(2)
    assert [patience.see(loss) for loss in (1.0, 0.9, 0.95, 0.8, 0.8, 0.81)] == [
        *[False] * 5,
        True,
    ]


def test_patience_of_nought_never_ends() -> None:
    patience = Patience(0)
    assert not any(patience.see(1.0) for _ in range(50))


class OutOfMemoryError(RuntimeError):
    """Named as torch's is; torch need not be here."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("Error out of memory at line 380 in file ops.cu"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), False),
        (RuntimeError("The size of tensor a (3) must match"), False),
        (MemoryError("out of memory"), False),
        (OSError("out of memory"), False),
    ],
)
def test_only_the_cards_memory_counts_as_out_of_memory(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
