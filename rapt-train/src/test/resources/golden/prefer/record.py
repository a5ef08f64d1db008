"""Records steps of preference tuning with TRL 1.13: python3 record.py

Writes a Llama with a byte-level tokenizer, a reward model in reward, pairs.jsonl and thumbs.jsonl, and in cases.json the losses and
gradient norms of each step of each trainer, which takes the examples in their order.
"""

import json
import pathlib
import random
import tempfile

import torch
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch.utils.data import SequentialSampler
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, RewardConfig, RewardTrainer
from trl.experimental.cpo import CPOConfig, CPOTrainer
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

STEPS, B, LR = 6, 3, 5e-3
folder = pathlib.Path(".")

alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
vocab = {"<eos>": 0, "<pad>": 1, **{c: i + 2 for i, c in enumerate(alphabet)}}
plain = Tokenizer(models.BPE(vocab=vocab, merges=[]))
plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
plain.decoder = decoders.ByteLevel()
plain.add_special_tokens(["<eos>", "<pad>"])
tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, eos_token="<eos>", pad_token="<pad>")
tokenizer.save_pretrained(folder)

torch.manual_seed(3)
config = LlamaConfig(vocab_size=len(vocab), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
                     tie_word_embeddings=False, attn_implementation="eager", initializer_range=0.2, eos_token_id=0, pad_token_id=1, bos_token_id=None)
LlamaForCausalLM(config).save_pretrained(folder)
config.num_labels = 1
LlamaForSequenceClassification(config).save_pretrained(folder / "reward")
tokenizer.save_pretrained(folder / "reward")

random.seed(5)
WORDS = "red blue green one two three sun sea house tree good bad fine".split()


def words(least, most):
    return " ".join(random.choice(WORDS) for _ in range(random.randint(least, most)))


pairs = [{"prompt": words(1, 4) + "?", "chosen": " " + words(1, 3), "rejected": " " + words(2, 5) + "!"} for _ in range(4 * B)]
thumbs = [{"prompt": words(1, 4) + "?", "completion": " " + words(1, 4), "label": i % 3 != 1} for i in range(4 * B)]
margins = [{"chosen": p["prompt"] + p["chosen"] + "<eos>", "rejected": p["prompt"] + p["rejected"] + "<eos>", "margin": i % 4 * 0.5} for i, p in enumerate(pairs)]
for name, rows in [("pairs", pairs), ("thumbs", thumbs), ("margins", margins)]:
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def record(trainer_class, config_class, rows, **options):
    """Returns loss, gradient norm and rewards of each step."""
    losses = []

    class InOrder(trainer_class):
        def _get_train_sampler(self, dataset=None):
            return SequentialSampler(self.train_dataset)

        def compute_loss(self, *args, **kwargs):
            result = super().compute_loss(*args, **kwargs)
            losses.append((result[0] if isinstance(result, tuple) else result).item())  # the log rounds them
            return result

    is_reward = trainer_class is RewardTrainer
    model = AutoModelForSequenceClassification.from_pretrained(folder / "reward") if is_reward else AutoModelForCausalLM.from_pretrained(folder)
    with tempfile.TemporaryDirectory() as out:
        args = config_class(output_dir=out, per_device_train_batch_size=B, max_steps=STEPS, learning_rate=LR, lr_scheduler_type="constant", warmup_steps=0, max_grad_norm=1.0,
                            weight_decay=0.0, logging_steps=1, report_to=[], use_cpu=True, bf16=False, gradient_checkpointing=False, save_strategy="no", max_length=64, **options)
        more = {} if trainer_class in (CPOTrainer, ORPOTrainer, RewardTrainer) else {"ref_model": AutoModelForCausalLM.from_pretrained(folder)}
        trainer = InOrder(model=model, args=args, train_dataset=Dataset.from_list(rows), processing_class=tokenizer, **more)
        trainer.train()
    logs = [log for log in trainer.state.log_history if "grad_norm" in log]
    print(config_class.__name__, options, logs[-1])
    keys = {"rewards/chosen": "chosen", "rewards/rejected": "rejected", "kl": "kl"}
    assert len(losses) == len(logs) == STEPS
    return [{"loss": loss, "grad_norm": log["grad_norm"]} | {name: log[key] for key, name in keys.items() if key in log} for loss, log in zip(losses, logs)]


cases = [
    dict(loss="dpo", beta=0.5, steps=record(DPOTrainer, DPOConfig, pairs, beta=0.5)),
    dict(loss="robust", beta=0.3, smoothing=0.1, steps=record(DPOTrainer, DPOConfig, pairs, beta=0.3, loss_type=["robust"], label_smoothing=0.1)),
    dict(loss="ipo", beta=0.2, steps=record(DPOTrainer, DPOConfig, pairs, beta=0.2, loss_type=["ipo"])),
    dict(loss="kto", beta=0.4, desirable=1.5, undesirable=0.5, steps=record(KTOTrainer, KTOConfig, thumbs, beta=0.4, desirable_weight=1.5, undesirable_weight=0.5)),
    dict(loss="orpo", beta=0.7, steps=record(ORPOTrainer, ORPOConfig, pairs, beta=0.7)),
    dict(loss="simpo", beta=2.0, gamma=1.2, smoothing=0.1, steps=record(CPOTrainer, CPOConfig, pairs, beta=2.0, loss_type="simpo", simpo_gamma=1.2, label_smoothing=0.1, cpo_alpha=0.0)),
    dict(loss="reward", steps=record(RewardTrainer, RewardConfig, margins)),
]
(folder / "cases.json").write_text(json.dumps(dict(batch=B, lr=LR, cases=cases)) + "\n")
