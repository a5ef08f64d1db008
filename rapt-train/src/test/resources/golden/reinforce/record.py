"""Records steps of GRPO with TRL 1.13, and losses of PPO by TRL's formulas: python3 record.py

Uses the model of ../prefer. The answers are given, not sampled: cases.json holds their tokens and rewards, and of each case the loss, the
gradient norm, the KL divergence, the entropy and the clip ratio of each step. TRL 1.13 has no PPO trainer; its formulas are those of
trl/experimental/ppo/ppo_trainer.py at commit 0062ee10, for a value head on the policy and rewards at the last token.
"""

import json
import pathlib
import random
import tempfile

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

PROMPTS, G, ROLLOUTS, LR, MOST = 2, 3, 2, 5e-3, 8
folder = pathlib.Path("../prefer")
tokenizer = AutoTokenizer.from_pretrained(folder)
random.seed(9)
prompts = ["red sun?", "two?", "blue house tree?", "fine sea?"]
rollouts = []
for r in range(ROLLOUTS):
    answers = []
    for _ in range(PROMPTS * G):
        n = random.randint(2, MOST)
        answers.append([random.randint(2, 257) for _ in range(n)] if n == MOST else [random.randint(2, 257) for _ in range(n - 1)] + [0])
    rewards = [round(random.choice([0, 0, 1]) + random.random() / 4, 3) for _ in answers]
    rollouts.append(dict(prompts=[tokenizer(p)["input_ids"] for p in prompts[r * PROMPTS : (r + 1) * PROMPTS]], answers=answers, rewards=rewards))


def record(iterations, **options):
    """Returns what is measured in each step."""
    losses, calls = [], []

    class Given(GRPOTrainer):
        def _generate_single_turn(self, prompt_ids, *args, **kwargs):
            calls.append(prompt_ids)
            assert prompt_ids[::G] == rollouts[len(calls) - 1]["prompts"]
            return rollouts[len(calls) - 1]["answers"], None

        def _compute_loss(self, model, inputs):
            loss = super()._compute_loss(model, inputs)
            losses.append(loss.item())  # the log rounds them
            return loss

    def reward(completion_ids, **_):
        rollout = rollouts[len(calls) - 1]
        assert completion_ids == rollout["answers"]
        return rollout["rewards"]

    with tempfile.TemporaryDirectory() as out:
        args = GRPOConfig(output_dir=out, per_device_train_batch_size=PROMPTS * G, num_generations=G, max_completion_length=MOST, num_iterations=iterations, max_steps=ROLLOUTS * iterations,
                          learning_rate=LR, lr_scheduler_type="constant", warmup_steps=0, max_grad_norm=1.0, weight_decay=0.0, logging_steps=1, report_to=[], use_cpu=True, bf16=False,
                          gradient_checkpointing=False, save_strategy="no", shuffle_dataset=False, **options)
        trainer = Given(model=AutoModelForCausalLM.from_pretrained(folder), reward_funcs=reward, args=args, train_dataset=Dataset.from_list([dict(prompt=p) for p in prompts]), processing_class=tokenizer)
        trainer.train()
    logs = [log for log in trainer.state.log_history if "grad_norm" in log]
    print(options, logs[-1])
    assert len(losses) == len(logs) == ROLLOUTS * iterations
    keys = {"kl": "kl", "entropy": "entropy", "clip_ratio/region_mean": "clip_ratio", "reward": "reward", "reward_std": "reward_std", "frac_reward_zero_std": "zero_std", "completions/mean_length": "length",
            "completions/clipped_ratio": "truncated"}
    return [{"loss": loss, "grad_norm": log["grad_norm"]} | {name: log[key] for key, name in keys.items() if key in log} for loss, log in zip(losses, logs)]


def case(iterations, settings, **options):
    return dict(iterations=iterations, settings=settings, steps=record(iterations, **options))


cases = [
    case(1, {"loss": "grpo"}, loss_type="grpo"),
    case(3, {"loss": "grpo", "beta": "0.3", "epsilon": "0.1"}, loss_type="grpo", beta=0.3, epsilon=0.1),
    case(3, {"loss": "grpo", "beta": "0.3", "no-bias-correction-kl": "true"}, loss_type="grpo", beta=0.3, use_bias_correction_kl=False),
    case(3, {"loss": "bnpo", "scale-rewards": "batch", "temperature": "0.8"}, loss_type="bnpo", scale_rewards="batch", temperature=0.8),
    case(3, {"loss": "dr_grpo", "scale-rewards": "none", "beta": "0.1"}, loss_type="dr_grpo", scale_rewards="none", beta=0.1),
    case(3, {"loss": "dapo", "epsilon-high": "0.28", "mask-truncated-completions": "true"}, loss_type="dapo", epsilon_high=0.28, mask_truncated_completions=True),
]


def masked_mean(x, mask):
    return (x * mask).sum() / mask.sum()


def whiten(x, mask, shift=True):
    mean = masked_mean(x, mask)
    var = masked_mean((x - mean) ** 2, mask) * mask.sum() / (mask.sum() - 1)
    y = (x - mean) * torch.rsqrt(var + 1e-8)
    return y if shift else y + mean


def record_ppo(epochs, kl_coef, gamma, lam, vf_coef, estimator, whitens, clip=0.2, value_clip=0.2):
    model, reference = (AutoModelForCausalLM.from_pretrained(folder).eval() for _ in range(2))
    head = torch.nn.Linear(model.config.hidden_size, 1)
    torch.nn.init.zeros_(head.weight), torch.nn.init.zeros_(head.bias)
    parameters = list(model.parameters()) + list(head.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=LR, weight_decay=0.0, betas=(0.9, 0.999))

    def forward(which, ids, starts, answers):
        out = which(ids, output_hidden_states=True)
        places = starts[:, None] + torch.arange(MOST)[None] - 1
        places = places.clamp(max=ids.shape[1] - 1)
        logits = torch.gather(out.logits, 1, places[..., None].expand(-1, -1, out.logits.shape[-1]))
        hidden = torch.gather(out.hidden_states[-1], 1, places[..., None].expand(-1, -1, out.hidden_states[-1].shape[-1]))
        return torch.log_softmax(logits, -1).gather(-1, answers[..., None]).squeeze(-1), head(hidden).squeeze(-1)

    steps, advantages_of = [], []
    for rollout in rollouts:
        rows = [rollout["prompts"][i // G] + a for i, a in enumerate(rollout["answers"])]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [1] * (longest - len(row)) for row in rows])
        starts = torch.tensor([len(rollout["prompts"][i // G]) for i in range(len(rows))])
        answers = torch.tensor([a + [1] * (MOST - len(a)) for a in rollout["answers"]])
        lengths = torch.tensor([len(a) for a in rollout["answers"]])
        mask = (torch.arange(MOST)[None] < lengths[:, None]).float()
        with torch.no_grad():
            before, values = forward(model, ids, starts, answers)
            ref, _ = forward(reference, ids, starts, answers)
            values = values * mask
            logr = ref - before
            kl = -logr if estimator == "k1" else logr.exp() - 1 - logr
            rewards = -kl_coef * kl * mask
            rewards[torch.arange(len(rows)), lengths - 1] += torch.tensor(rollout["rewards"])
            if whitens:
                rewards = whiten(rewards, mask, False) * mask
            last, reversed_advantages = 0, []
            for t in reversed(range(MOST)):
                following = values[:, t + 1] if t < MOST - 1 else 0.0
                last = (rewards[:, t] + gamma * following - values[:, t] + gamma * lam * last) * mask[:, t]
                reversed_advantages.append(last)
            advantages = torch.stack(reversed_advantages[::-1], 1)
            returns = advantages + values
            advantages = whiten(advantages, mask) * mask
        for _ in range(epochs):
            logps, predicted = forward(model, ids, starts, answers)
            clipped = torch.clamp(predicted, values - value_clip, values + value_clip)
            errors, clipped_errors = (predicted - returns) ** 2, (clipped - returns) ** 2
            value_loss = 0.5 * masked_mean(torch.max(errors, clipped_errors), mask)
            ratio = torch.exp(logps - before)
            losses, clipped_losses = -advantages * ratio, -advantages * torch.clamp(ratio, 1 - clip, 1 + clip)
            loss = masked_mean(torch.max(losses, clipped_losses), mask) + vf_coef * value_loss
            optimizer.zero_grad()
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            steps.append(dict(loss=loss.item(), grad_norm=norm.item(), value_loss=value_loss.item(), clip_ratio=masked_mean((clipped_losses > losses).float(), mask).item(),
                              value_clip_ratio=masked_mean((clipped_errors > errors).float(), mask).item()))
    print(steps[-1])
    return steps


ppo = [
    dict(iterations=3, settings={"beta": "0.05"}, steps=record_ppo(3, 0.05, 1.0, 0.95, 0.1, "k1", False)),
    dict(iterations=3, settings={"beta": "0.2", "gamma": "0.9", "gae-lambda": "0.8", "vf-coef": "0.5", "cliprange-value": "0.01", "kl-estimator": "k3", "whiten-rewards": "true"},
         steps=record_ppo(3, 0.2, 0.9, 0.8, 0.5, "k3", True, value_clip=0.01)),
]
pathlib.Path("cases.json").write_text(json.dumps(dict(lr=LR, generations=G, max_length=MOST, rollouts=rollouts, grpo=cases, ppo=ppo)) + "\n")
