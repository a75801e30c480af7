"""How good an engine is: its drafts for known screenshots, scored against known schemas."""

from ghost_engine.evaluation.asking import Step
from ghost_engine.evaluation.results import Evaluation, PairResult
from ghost_engine.evaluation.run import evaluate, score_predictions

__all__ = ["Evaluation", "PairResult", "Step", "evaluate", "score_predictions"]
