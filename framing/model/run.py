"""One training run: epochs, checkpoints, validation, and the model folder at its end."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from framing.codebook import Codebook
from framing.errors import InputError
from framing.evaluation.evaluate import evaluate
from framing.evaluation.noisy_copies import draw_copies
from framing.inference import folder as model_folder
from framing.inference.classifier import Classifier
from framing.inference.engine import TransformerEngine
from framing.inference.windows import padding_id
from framing.model.base import load_base, longest_window, use_quick_attention
from framing.model.batches import Batch, epoch_batches, labelled_rows
from framing.model.calibration import calibrated
from framing.model.checkpoint import Checkpoint, check_same_run, data_hash
from framing.model.device import TorchNetwork, autocast, bf16_helps, pick_device
from framing.model.distill import soft_rows, targets_hash
from framing.model.lexical import fit_lexical
from framing.model.loss import frame_loss
from framing.model.network import FrameConfig, FrameNetwork
from framing.model.optimizer import learning_rate, make_optimizer, move_mean
from framing.model.processes import Processes
from framing.model.settings import TrainingConfig
from framing.schema import Article


@dataclass(slots=True)
class _State:
    """Where a run is: what a checkpoint holds besides tensors."""

    epoch: int = 0
    step: int = 0  # steps done in this epoch
    done: int = 0  # steps done in all
    loss: float = 0.0  # sum over the steps of this epoch
    best: float = -1.0
    best_epoch: int = -1
    seconds: float = 0.0
    bf16: bool = False  # number format of the run, also after an interruption
    history: list[dict[str, Any]] = field(default_factory=list)


class Run:
    """One training run."""

    def __init__(
        self,
        articles: Sequence[Article],
        validation: Sequence[Article],
        output: Path,
        codebook: Codebook,
        config: TrainingConfig,
        device: str,
        progress: bool,
    ) -> None:
        self.articles, self.validation = articles, validation
        self.output, self.codebook, self.config = output, codebook, config
        self.device = pick_device(device)
        self.processes = Processes.join(self.device)
        if self.processes.size > 1 and self.device.type == "cuda":
            self.device = torch.device("cuda", self.processes.local)
        self.progress = progress and self.processes.first
        torch.manual_seed(config.seed)
        base = load_base(config.base, config.dropout, config.layers)
        encoder, self.tokenizer, self.base = base.encoder, base.tokenizer, base.record
        use_quick_attention(encoder, self.device)
        self.network = FrameNetwork(
            FrameConfig(
                labels=list(codebook.names),
                encoder=_encoder_config(encoder),
                head_dropout=config.dropout,
            ),
            encoder,
        )
        if base.labels == tuple(codebook.names):  # go on from the head as well
            self.network.load_state_dict(base.head, strict=False)  # the encoder has its weights
        self.network.to(self.device)  # type: ignore[arg-type]
        self.rows = labelled_rows(self.tokenizer, articles, codebook.names)
        self.validation_rows = labelled_rows(self.tokenizer, validation, codebook.names)
        self.lexical = fit_lexical(self.rows) if config.lexical else None
        copies = draw_copies(articles, config.noise, config.seed)
        self.rows += labelled_rows(self.tokenizer, copies, codebook.names)
        self.longest = longest_window(encoder)
        if config.window > self.longest:
            raise InputError(
                f"window is {config.window} tokens, but the encoder {config.base!r} reads at most "
                f"{self.longest}; set window to that or less"
            )
        self.soft: dict[str, Any] = {}
        self.optimizer = make_optimizer(self.network, config)
        self.averaged = AveragedModel(self.network)
        bf16 = bf16_helps(self.device) if config.bf16 is None else config.bf16
        self.state = _State(bf16=bool(self.processes.agree(float(bf16))))
        self.checkpoint = Checkpoint(output / "checkpoint")

    @property
    def kept(self) -> FrameNetwork:
        """The network whose weights are validated and written: the running mean."""
        return cast(FrameNetwork, self.averaged.module)

    def learn_from(self, teachers: Sequence[str | Path], sentences: Sequence[str]) -> None:
        """Add sentences with the teachers' probabilities as targets."""
        if self.processes.size > 1:
            raise InputError("teachers label in one process; train with them without a launcher")
        if not sentences:
            raise InputError("teachers were given, but no unlabelled text for them to label")
        names = self.codebook.names
        cache = self.output / "soft"
        soft = soft_rows(teachers, sentences, self.tokenizer, names, cache, progress=self.progress)
        self.soft = {
            "teachers": [model_folder.read_config(t).files for t in teachers],
            "sentences": len(soft),
            "sha256": targets_hash(soft),
        }
        self.rows = [*self.rows, *soft]

    def fit(self, resume: bool) -> None:
        """Train until the last epoch, or until validation stops improving."""
        self.steps = self._count_steps()
        identity = {
            "config": json.loads(json.dumps(asdict(self.config))),
            "base_sha256": self.base.get("sha256", ""),
            "train_sha256": data_hash(self.articles),
            "validation_sha256": data_hash(self.validation),
            "soft_sha256": self.soft.get("sha256", ""),
        }
        if resume and self.checkpoint.exists:
            saved = self.checkpoint.read()
            check_same_run(saved["identity"], identity, self.checkpoint.folder)
            self.checkpoint.restore(self.network, self.averaged, self.optimizer)
            self.state = _State(**{"bf16": self.state.bf16, **saved["run"]})
        self.identity = identity
        state = self.state
        while state.epoch < self.config.epochs:
            if state.epoch - state.best_epoch > self.config.patience and state.best_epoch >= 0:
                break
            self._epoch()
            self._validate()
            state.epoch, state.step, state.loss = state.epoch + 1, 0, 0.0
            self._save()

    def _epoch(self) -> None:
        from tqdm import tqdm

        state, config = self.state, self.config
        self.network.train()
        started = saved = time.monotonic()
        seconds = state.seconds
        bar = tqdm(
            total=self.steps[state.epoch],
            initial=state.step,
            desc=f"epoch {state.epoch + 1}/{config.epochs}",
            disable=not self.progress,
            unit="step",
        )
        with bar:
            for i, batch in enumerate(self._batches(state.epoch)):
                if i < state.step:
                    continue  # done before the interruption
                rate = learning_rate(state.done, sum(self.steps), config.warmup)
                for group in self.optimizer.param_groups:
                    group["lr"] = group["peak"] * rate
                loss = self._step(batch.to(self.device))
                state.step, state.done = state.step + 1, state.done + 1
                state.loss += loss
                state.seconds = seconds + time.monotonic() - started
                bar.update()
                bar.set_postfix(loss=f"{state.loss / state.step:.3f}", refresh=False)
                if time.monotonic() - saved > 60 * config.checkpoint_minutes:
                    self._save()
                    saved = time.monotonic()

    def _step(self, batch: Batch) -> float:
        share = self.processes.share(batch)
        loss = torch.zeros((), device=self.device)
        if share is not None:
            loss = self._loss(share, batch)
            loss.backward()
        self.processes.sum_gradients(self.network.parameters())
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self.optimizer.step()
        move_mean(self.averaged, self.network, self.config.average)
        self.optimizer.zero_grad(set_to_none=True)
        return float(self.processes.sum(loss.detach()).item())

    def _loss(self, batch: Batch, whole: Batch) -> Tensor:
        with autocast(self.device, self.state.bf16):
            outputs = self.network(batch.input_ids, batch.attention_mask)
        return frame_loss(outputs, batch, whole, self.config.span_weight)

    def _batches(self, epoch: int) -> Iterator[Batch]:
        rng = np.random.default_rng([self.config.seed, epoch])
        return epoch_batches(
            self.rows,
            self.tokenizer,
            rng,
            batch_tokens=self.config.batch_tokens,
            context=self.config.context,
            negatives=self.config.negatives,
            joint_sizes=(24, self.config.window) if self.config.joint else None,
            longest=self.longest,
        )

    def _count_steps(self) -> list[int]:
        """Count the batches of each epoch; cheap beside training, and makes the schedule exact."""
        return [sum(1 for _ in self._batches(epoch)) for epoch in range(self.config.epochs)]

    def _validate(self) -> None:
        state = self.state
        classifier, _ = self._classifier()
        scores = evaluate(classifier, self.validation)
        state.history.append(
            {
                "epoch": state.epoch + 1,
                "loss": round(state.loss / max(1, state.step), 4),
                "validation_macro_f1": round(scores.macro_f1, 4),
                "validation_span_f1": round(scores.span_f1, 4),
                "seconds": round(state.seconds, 1),
            }
        )
        if self.progress:
            import sys

            print(
                f"epoch {state.epoch + 1}: loss {state.history[-1]['loss']:.3f}, validation "
                f"macro-F1 {scores.macro_f1:.3f}, span F1 {scores.span_f1:.3f} "
                f"({scores.n_articles} articles, {scores.n_sentences} sentences)",
                file=sys.stderr,
            )
        macro_f1 = self.processes.agree(scores.macro_f1)
        if macro_f1 > state.best or state.best_epoch < 0:
            state.best, state.best_epoch = macro_f1, state.epoch
            self._write_weights()

    def _classifier(self) -> tuple[Classifier, model_folder.ModelConfig]:
        """Return the present network as a classifier, calibrated on validation."""
        names = self.codebook.names
        config = model_folder.ModelConfig(
            kind="transformer",
            labels=names,
            thresholds=dict.fromkeys(names, 0.5),
            calibration=dict.fromkeys(names, (1.0, 0.0)),
            span_thresholds=dict.fromkeys(names, 0.5),
            window=self.config.window,
            context=self.config.context,
            joint=self.config.joint,
            codebook={"name": self.codebook.name, "version": self.codebook.version},
            base=self.base,
            encoder=self.network.config.encoder,
        )
        network = TorchNetwork(
            self.kept, self.device, bf16=self.state.bf16, padding=padding_id(self.tokenizer)
        )
        engine = TransformerEngine(config, self.tokenizer, network)
        config = calibrated(engine, self.validation_rows, self.validation, self.lexical)
        engine = TransformerEngine(config, self.tokenizer, network, self.lexical)
        return Classifier(engine), config

    def _write_weights(self) -> None:
        from safetensors.torch import save_file

        if not self.processes.first:
            return
        self.output.mkdir(parents=True, exist_ok=True)
        tensors = {k: v.detach().cpu().contiguous() for k, v in self.kept.state_dict().items()}
        partial = self.output / (model_folder.WEIGHTS + ".partial")
        save_file(tensors, partial)
        partial.replace(self.output / model_folder.WEIGHTS)

    def _save(self) -> None:
        if not self.processes.first:
            return
        self.checkpoint.save(
            self.network,
            self.averaged,
            self.optimizer,
            {
                "epoch": self.state.epoch,
                "step": self.state.step,
                "identity": self.identity,
                "run": asdict(self.state),
            },
        )

    def finish(self, quantize: bool) -> Classifier:
        """Write the model folder around the best weights and load it."""
        from safetensors.torch import load_file

        from framing.model.card import write_card
        from framing.model.export import export_best

        if not self.processes.first:
            self.processes.leave()
            return Classifier.load(self.output)
        self.kept.load_state_dict(load_file(self.output / model_folder.WEIGHTS))
        _, config = self._classifier()
        self.tokenizer.save(str(self.output / model_folder.TOKENIZER))
        if self.lexical is not None:
            self.lexical.save(self.output / model_folder.LEXICAL)
        config = model_folder.replace_config(
            config,
            training={
                "config": asdict(self.config),
                "device": str(self.device),
                "bf16": self.state.bf16,
                "seconds": round(self.state.seconds, 1),
                "best_epoch": self.state.best_epoch + 1,
                "history": self.state.history,
                "train": _summary(self.articles),
                "validation": _summary(self.validation),
                **({"soft": self.soft} if self.soft else {}),
            },
        )
        rows, lexical = self.validation_rows, self.lexical
        classifier = export_best(
            self.kept.cpu(),
            config,
            self.output,
            self.validation,
            quantize=quantize,
            recalibrate=lambda engine: calibrated(engine, rows, self.validation, lexical),
        )
        write_card(self.output)
        self.checkpoint.remove()
        shutil.rmtree(self.output / "soft", ignore_errors=True)
        self.processes.leave()
        return classifier


def _encoder_config(encoder: Any) -> dict[str, Any]:
    config: dict[str, Any] = encoder.config.to_dict()
    return {k: v for k, v in config.items() if k not in ("_name_or_path", "architectures")}


def _summary(articles: Sequence[Article]) -> dict[str, Any]:
    return {
        "articles": len(articles),
        "sentences": sum(len(article) for article in articles),
        "sha256": data_hash(articles),
    }
