"""Fine-tuning Gemma-3: QLoRA + rsLoRA + DoRA on one card, measured, restartable, never lost.

`config` says what to train, `memory` whether it fits, `data` on what; `worker` does it in a process
of its own under `ghost_engine.jobs`, and `ladder` decides what to try when the card is too small.
Only `worker` and what it imports load torch.
"""
