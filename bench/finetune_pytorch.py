"""Fine-tunes a classifier with transformers in float32, in the order of the batches of `rapt finetune --task classify`.

Start both from one folder with a head of its own and without dropout, so that the losses of equal steps can be compared:

  ./rapt finetune --task classify --model MODEL --train TRAIN --val VAL --out START --lr 1e-12 --epochs 0.01
  (set the dropout probabilities in START/config.json to 0)
  ./rapt finetune --task classify --model START --train TRAIN --val VAL --out RUN --precision f32 --max-length 64 --lr 1e-4
  python3 bench/finetune_pytorch.py --model START --train TRAIN --val VAL --text sentence

Prints a line of JSON with the losses, the seconds of each step and the accuracy on the held-out file.
"""

import argparse
import csv
import json
import time

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

MASK = (1 << 64) - 1


def philox(key, high, low):
    """Philox4x32-10 of dev.rapt.train.random.Philox."""
    c = [low & 0xFFFFFFFF, low >> 32 & 0xFFFFFFFF, high & 0xFFFFFFFF, high >> 32 & 0xFFFFFFFF]
    k0, k1 = key & 0xFFFFFFFF, key >> 32 & 0xFFFFFFFF
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k0, p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k1, p0 & 0xFFFFFFFF]
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return c[0] | c[1] << 32


def permutation(size, key):
    """The order of dev.rapt.train.random.KeyedPermutation."""
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    mask = (1 << half) - 1

    def at(value):
        while True:
            left, right = value >> half, value & mask
            for r in range(6):
                left, right = right, left ^ philox(key, r, right) & mask
            value = left << half | right
            if value < size:
                return value

    return [at(i) for i in range(size)]


def read(file, text, names=None):
    with open(file, encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    names = names or sorted({row["label"] for row in rows})
    return [row[text] for row in rows], [names.index(row["label"]) for row in rows], names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--train", required=True)
    parser.add_argument("--val", required=True)
    parser.add_argument("--text", default="text")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--max-length", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, help="ends after so many steps of the run, without a measurement of the accuracy")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    model = AutoModelForSequenceClassification.from_pretrained(args.model, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    texts, labels, names = read(args.train, args.text)

    def encode(some):
        return tokenizer(some, truncation=True, max_length=args.max_length, padding=True, return_tensors="pt")

    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}], lr=args.lr, eps=1e-8, fused=True
    )
    per_epoch = -(-len(texts) // args.batch)
    steps = round(args.epochs * per_epoch)
    warmup = round(0.1 * steps)
    rate = lambda s: (s + 1) / warmup if s < warmup else (steps - s) / (steps - warmup)
    losses, seconds = [], []
    model.train()
    for step in range(min(steps, args.steps or steps)):
        if step % per_epoch == 0:
            order = permutation(len(texts), philox(args.seed, MASK, step // per_epoch))
        at = step % per_epoch * args.batch
        rows = order[at : at + args.batch]
        began = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = args.lr * rate(step)
        batch = encode([texts[i] for i in rows])
        loss = model(**batch, labels=torch.tensor([labels[i] for i in rows])).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        seconds.append(time.perf_counter() - began)
    result = {"losses": losses, "seconds": seconds}
    if not args.steps:
        texts, labels, _ = read(args.val, args.text, names)
        model.eval()
        right = 0
        with torch.inference_mode():
            for i in range(0, len(texts), 64):
                predicted = model(**encode(texts[i : i + 64])).logits.argmax(-1)
                right += (predicted == torch.tensor(labels[i : i + 64])).sum().item()
        result["accuracy"] = right / len(texts)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
