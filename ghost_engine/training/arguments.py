"""A run's settings in the words of the trainer. Like it, import it after the model is loaded."""

from __future__ import annotations

from pathlib import Path

from trl import SFTConfig

from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.model import Loaded


def arguments(
    loaded: Loaded, config: TrainingConfig, total_steps: int, output_dir: Path, gpus: int = 1
) -> SFTConfig:
    """The settings in trl's words. Saving and validating are the reporter's to decide."""
    return SFTConfig(
        output_dir=str(output_dir),
        max_steps=total_steps,
        per_device_train_batch_size=config.batch_size,
        gradient_accumulation_steps=config.batches_a_gpu(gpus),
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.scheduler,
        warmup_steps=warmup_of(config, total_steps),
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        optim=config.optimizer,
        seed=config.seed,
        data_seed=config.seed,
        dataloader_num_workers=config.workers,
        dataloader_pin_memory=loaded.device != "cpu",
        logging_strategy="no",
        eval_strategy="no",
        save_strategy="no",
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataset_text_field="",
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
        packing=False,
        padding_free=False,
        ddp_find_unused_parameters=False,
        ddp_broadcast_buffers=False,
        **loaded.trainer_arguments,
    )


def warmup_of(config: TrainingConfig, total_steps: int) -> int:
    """Steps of warm-up; a tenth where epochs over few examples make fewer steps than it has."""
    return config.warmup_steps if config.warmup_steps < total_steps else total_steps // 10
