"""In-context learning: accuracy over the number of examples in the prompt, for a model trained on a mixture of small tasks.

A task turns a word of two to four letters into another one by one or two steps (reverse, rotate, shift all letters, append, prepend or
replace a letter, drop, double, sort) or by a table of letters. A document of the training text is 20 examples of one task. One task
of ten, by the hash of its steps, is held out, and the tables are drawn anew for each document: no task that is evaluated was trained on.

  python3 bench/in_context.py make --documents 60000 --out icl
  ./rapt train --text icl/train.txt --char --preset tiny --positions rope --layers 4
      --width 128 --heads 4 --context 192 --batch 32 --lr 2e-3 --steps 6000 --out icl/model
  for k in 0 1 2 4 8 16; do ./rapt eval icl/model --tasks icl/shots-$k.yaml --out icl/shots-$k.json; done
  python3 bench/in_context.py plot --out icl --plot curve.png
"""

import argparse
import hashlib
import json
import pathlib
import random

LETTERS = "abcdefghij"
SHOTS = (0, 1, 2, 4, 8, 16)
EXAMPLES = 20


def shift(word, by):
    return "".join(LETTERS[(LETTERS.index(c) + by) % len(LETTERS)] for c in word)


STEPS = {
    "reverse": (lambda word, _: word[::-1], [""]),
    "rotate": (lambda word, _: word[1:] + word[:1], [""]),
    "sort": (lambda word, _: "".join(sorted(word)), [""]),
    "double": (lambda word, _: word + word, [""]),
    "drop": (lambda word, _: word[1:], [""]),
    "shift": (shift, range(1, len(LETTERS))),
    "append": (lambda word, c: word + c, LETTERS),
    "prepend": (lambda word, c: c + word, LETTERS),
    "replace": (lambda word, c: c + word[1:], LETTERS),
}


def step(rng):
    name = rng.choice(list(STEPS))
    apply, arguments = STEPS[name]
    argument = rng.choice(arguments)
    return f"{name} {argument}", lambda word: apply(word, argument)


def task(rng):
    """Name and function of a task: a table of letters, or one or two steps."""
    if rng.random() < 0.2:
        table = dict(zip(LETTERS, rng.sample(LETTERS, len(LETTERS))))
        return None, lambda word: "".join(table[c] for c in word)
    steps = [step(rng) for _ in range(rng.choice((1, 2, 2)))]

    def apply(word):
        for _, function in steps:
            word = function(word)
        return word

    return ", ".join(name for name, _ in steps), apply


def held_out(name):
    return name is None or hashlib.md5(name.encode()).digest()[0] % 10 == 0


def draw(rng, wanted_held_out):
    """A task of the held-out ones, or of the others; tables belong to both."""
    while True:
        name, function = task(rng)
        if name is None or held_out(name) == wanted_held_out:
            return function


def examples(rng, function, count):
    words = ["".join(rng.choices(LETTERS, k=rng.randint(2, 4))) for _ in range(count)]
    return [f"{word}>{function(word)}" for word in words]


def make(args):
    rng, out = random.Random(args.seed), pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    documents = ("\n".join(examples(rng, draw(rng, False), EXAMPLES)) for _ in range(args.documents))
    (out / "train.txt").write_text("\n\n".join(documents) + "\n")
    questions = [examples(rng, draw(rng, True), max(SHOTS) + 1) for _ in range(args.questions)]
    for shots in SHOTS:
        with (out / f"shots-{shots}.jsonl").open("w") as file:
            for lines in questions:
                question, answer = lines[-1].split(">")
                prompt = "\n".join([*lines[max(SHOTS) - shots : max(SHOTS)], question + ">"])
                file.write(json.dumps({"prompt": prompt, "answer": answer}) + "\n")
        (out / f"shots-{shots}.yaml").write_text(
            f"""task: shots-{shots}
dataset_path: json
dataset_kwargs:
  data_files:
    test: shots-{shots}.jsonl
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "{{{{answer}}}}"
generation_kwargs:
  until: ["\\n"]
  max_gen_toks: 12
  do_sample: false
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
"""
        )


def plot(args):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    points = []
    for shots in SHOTS:
        result = json.loads(pathlib.Path(args.out, f"shots-{shots}.json").read_text())
        points.append((shots, *figure(result)))
    print("| examples | accuracy, 95% interval |\n|---|---|")
    for shots, value, low, high in points:
        print(f"| {shots} | {value:.3f} ({low:.3f} to {high:.3f}) |")
    shots, value, low, high = zip(*points)
    figure_, axes = plt.subplots(figsize=(6, 4))
    spread = [[v - l for v, l in zip(value, low)], [h - v for v, h in zip(value, high)]]
    axes.errorbar(range(len(shots)), value, spread, marker="o", capsize=3)
    axes.set_xticks(range(len(shots)), shots)
    axes.set_xlabel("examples in the prompt")
    axes.set_ylabel("exact match on held-out tasks")
    axes.grid(alpha=0.3)
    figure_.tight_layout()
    figure_.savefig(args.plot, dpi=120)


def figure(result):
    """Value and interval of the only metric of a result file of `rapt eval`."""
    (metrics,) = [r["metrics"] for r in result["tasks"]]
    (metric,) = metrics.values()
    return metric["value"], metric["low"], metric["high"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["make", "plot"])
    parser.add_argument("--out", required=True, help="folder of the texts, tasks and results")
    parser.add_argument("--documents", type=int, default=60000, help="documents of the training text")
    parser.add_argument("--questions", type=int, default=1000, help="questions for each number of examples")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", help="PNG file of the plot")
    args = parser.parse_args()
    make(args) if args.action == "make" else plot(args)


if __name__ == "__main__":
    main()
