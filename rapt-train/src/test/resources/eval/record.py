"""Records what lm-evaluation-harness 0.4.13 computes for these tasks on stories260k.

Run in this folder: python record.py ../shared/pretrained/stories260k
"""
import json
import sys

import lm_eval
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

model = HFLM(pretrained=sys.argv[1], device="cpu", dtype="float32", batch_size=4)
tasks = TaskManager(include_path=".", include_defaults=False)
model.tokenizer.chat_template = open("chat.jinja").read()
CHAT = {"apply_chat_template": True}
STYLES = {
    "": {},
    "chat": {**CHAT, "fewshot_as_multiturn": False, "system_instruction": "Be brief."},
    "turns": {**CHAT, "fewshot_as_multiturn": True},
}
recorded = {}


def record(name, style):
    run = lm_eval.simple_evaluate(
        model=model, tasks=[name], bootstrap_iters=0, log_samples=True, task_manager=tasks, **STYLES[style]
    )
    figures = {k: float(v) for k, v in run["results"][name].items() if "," in k and "stderr" not in k}
    samples = []
    for sample in sorted(run["samples"][name], key=lambda s: (s["filter"], s["doc_id"])):
        entry = {"filter": sample["filter"], "prompt": sample["arguments"][0][0]}
        if name == "generate":
            entry["response"] = sample["filtered_resps"][0]
        elif name == "rolling":
            entry["log_likelihoods"] = [float(sample["resps"][0][0])]
        else:
            entry["log_likelihoods"] = [float(r[0][0]) for r in sample["resps"]]
        samples.append(entry)
    recorded[f"{name} {style}".strip()] = {"figures": figures, "samples": samples}


for name in ["choice", "last", "rolling", "generate", "begun"]:
    record(name, "")
for name in ["choice", "generate", "begun"]:
    record(name, "chat")
    record(name, "turns")
json.dump(recorded, open("recorded.json", "w"), indent=1, ensure_ascii=False)
