"""Accuracy over the share of the labels: fine-tuning beside simpler methods.

For each share of the training examples it draws a subset (the same for all methods) and trains

  full     all weights of the model
  lora     a LoRA adapter of rank 8 on queries and values
  scratch  the same shape with random weights
  vectors  logistic regression on the vectors of the model (`rapt embed`)
  tfidf    logistic regression on TF-IDF of words and pairs of words
  NAME=DIR another model, all weights, such as one pretrained here

and measures the last checkpoint, never the best, on the held-out file. Results are lines of JSON; runs that are there already are not
repeated. Needs scikit-learn, and matplotlib for --plot.

  python3 bench/transfer.py --model DIR --train train.tsv --val dev.tsv --text sentence --out results.jsonl
  python3 bench/transfer.py --plot curve.png --out results.jsonl
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np

# share of the labels: (epochs of a trained model, epochs from scratch, number of seeds)
SCHEDULE = {0.01: (20, 40, 3), 0.03: (12, 24, 1), 0.1: (6, 12, 1), 0.3: (4, 8, 1), 1.0: (3, 6, 1)}
LORA_RATE = "1e-3"
LABELS = {
    "full": "fine-tuned",
    "lora": "LoRA, rank 8",
    "scratch": "same shape from scratch",
    "masked": "pretrained by masked LM",
    "vectors": "linear on its vectors",
    "tfidf": "linear on TF-IDF",
}


def interval(correct, n, rng):
    """95% percentile bootstrap over the examples of the held-out file."""
    draws = rng.binomial(n, correct / n, 10_000) / n
    return [float(x) for x in np.percentile(draws, [2.5, 97.5])]


def rows(file):
    head, *lines = pathlib.Path(file).read_text(encoding="utf-8").splitlines()
    return head, lines


def subset(lines, share, seed):
    order = np.random.default_rng(seed).permutation(len(lines))
    return [lines[i] for i in order[: round(share * len(lines))]]


def columns(head, lines, text):
    at, label = head.split("\t").index(text), head.split("\t").index("label")
    cells = [line.split("\t") for line in lines]
    return [c[at] for c in cells], [c[label] for c in cells]


def fine_tune(args, method, model, train, share, seed, folder):
    epochs = SCHEDULE[share][1 if method == "scratch" else 0]
    command = [*args.rapt, "finetune", "--task", "classify", "--model", model, "--train", str(train), "--val", args.val]
    command += ["--out", str(folder), "--batch", "16", "--max-length", "64", "--epochs", str(epochs), "--seed", str(seed)]
    command += ["--lr", LORA_RATE if method == "lora" else args.lr, "--eval-interval", "1000000"]
    command += ["--save-minutes", "0", "--json", "--columns", f"text={args.text},label=label"]
    command += ["--lora", "8"] if method == "lora" else ["--from-scratch"] if method == "scratch" else []
    command += args.options
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"{' '.join(command)}\n{run.stderr}")
    return json.loads((folder / "evaluation.json").read_text())["metrics"]["accuracy"]


def vectors(args, texts):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(texts) + "\n")
        file.flush()
        run = subprocess.run([*args.rapt, "embed", args.model, "--file", file.name, "--json"], capture_output=True, text=True, check=True)
    return np.array([v["embedding"] for v in map(json.loads, run.stdout.splitlines())])


def logistic(train_x, train_y, val_x, val_y):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=2000, C=10).fit(train_x, train_y).score(val_x, val_y)


def measure(args):
    from sklearn.feature_extraction.text import TfidfVectorizer

    out = pathlib.Path(args.out)
    done = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    done = {(d["method"], d["share"], d["seed"]) for d in done}
    head, lines = rows(args.train)
    val_texts, val_labels = columns(head, rows(args.val)[1], args.text)
    embedded = {}
    for share in map(float, args.shares.split(",")):
        seeds = SCHEDULE[share][2]
        for seed in range(1, seeds + 1):
            chosen = subset(lines, share, seed)
            texts, labels = columns(head, chosen, args.text)
            for method in args.methods.split(","):
                name, _, model = method.partition("=")
                if (name, share, seed) in done:
                    continue
                began = time.time()
                if name == "tfidf":
                    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(texts)
                    accuracy = logistic(words.transform(texts), labels, words.transform(val_texts), val_labels)
                elif name == "vectors":
                    if not embedded:
                        every = columns(head, lines, args.text)[0]
                        embedded.update(zip(every + val_texts, vectors(args, every + val_texts)))
                    accuracy = logistic([embedded[t] for t in texts], labels, [embedded[t] for t in val_texts], val_labels)
                else:
                    with tempfile.TemporaryDirectory() as folder:
                        train = pathlib.Path(folder, "train.tsv")
                        train.write_text("\n".join([head, *chosen]) + "\n", encoding="utf-8")
                        accuracy = fine_tune(args, name, model or args.model, train, share, seed, pathlib.Path(folder, "run"))
                n = len(val_labels)
                low, high = interval(round(accuracy * n), n, np.random.default_rng(0))
                line = dict(method=name, share=share, seed=seed, labels=len(chosen), accuracy=accuracy, low=low, high=high)
                line["seconds"] = round(time.time() - began, 1)
                with out.open("a") as file:
                    file.write(json.dumps(line) + "\n")
                print(json.dumps(line), flush=True)


def groups(lines, method):
    """Runs of a method by their share, the seeds of a share together."""
    shares = sorted({line["share"] for line in lines if line["method"] == method})
    return [[line for line in lines if line["method"] == method and line["share"] == share] for share in shares]


def mean(group, key):
    return float(np.mean([line[key] for line in group]))


def table(lines):
    """Prints a row for each method: accuracy and its interval for each share, means over the seeds."""
    methods = list(dict.fromkeys(line["method"] for line in lines))
    columns = {g[0]["share"]: g[0]["labels"] for method in methods for g in groups(lines, method)}
    print("| | " + " | ".join(f"{share:.0%}, {columns[share]:,} labels" for share in sorted(columns)) + " |")
    print("|---" * (1 + len(columns)) + "|")
    for method in methods:
        of = {g[0]["share"]: g for g in groups(lines, method)}
        cells = [f"{mean(of[s], 'accuracy'):.3f} ({mean(of[s], 'low'):.3f} to {mean(of[s], 'high'):.3f})" if s in of else "" for s in sorted(columns)]
        print(f"| {LABELS.get(method, method)} | " + " | ".join(cells) + " |")


def plot(args):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    lines = [json.loads(line) for line in pathlib.Path(args.out).read_text().splitlines()]
    table(lines)
    figure, axes = plt.subplots(figsize=(7, 4.5))
    for method in dict.fromkeys(line["method"] for line in lines):
        of = groups(lines, method)
        middle, low, high = (np.array([mean(group, key) for group in of]) for key in ("accuracy", "low", "high"))
        name = LABELS.get(method, method)
        axes.errorbar([g[0]["labels"] for g in of], middle, [middle - low, high - middle], marker="o", capsize=3, label=name)
    axes.set_xscale("log")
    axes.set_xlabel("labelled examples")
    axes.set_ylabel("accuracy on held-out examples")
    axes.set_title(args.title)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(args.plot, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="file of results, a line of JSON for each run")
    parser.add_argument("--rapt", nargs="+", default=["./rapt"], help="the rapt command")
    parser.add_argument("--model", help="folder of the model")
    parser.add_argument("--train", help="TSV of training examples with a column named label")
    parser.add_argument("--val", help="TSV of held-out examples")
    parser.add_argument("--text", default="text", help="column of the text")
    parser.add_argument("--lr", default="1e-4", help="peak learning rate of all methods but LoRA, which has " + LORA_RATE)
    parser.add_argument("--methods", default="tfidf,vectors,full,lora,scratch", help="methods, joined by commas")
    parser.add_argument("--shares", default="0.01,0.03,0.1,0.3,1", help="shares of the labels, joined by commas")
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[], help="further options of rapt finetune; must come last")
    parser.add_argument("--plot", help="draws the results into this PNG file, and prints them as a table")
    parser.add_argument("--title", default="", help="title of the plot")
    args = parser.parse_args()
    plot(args) if args.plot else measure(args)


if __name__ == "__main__":
    main()
