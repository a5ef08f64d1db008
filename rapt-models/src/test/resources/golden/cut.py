"""Cuts a recorded case down to what a clean clone tests: python3 cut.py FROM TO

FROM is a folder of the whole set, TO a folder beside this file. Weights and configurations are
copied as they are. Of the calls stay the first forward pass, one with padding where nothing is
generated, gradients, and one call of each way to generate; of their outputs hidden states go, and
gradients of large weights.
"""

import json
import pathlib
import shutil
import struct
import sys

MOST_GRADIENT_BYTES = 1024
COPIED = ["config*.json", "generation_config.json", "model*.safetensors*", "tokenizer*.json", "special_tokens_map.json"]
GENERATED = ["greedy", "greedy_batch", "long_greedy", "greedy_encoder_ngram", "gen_beam", "beam"]


def read(path):
    """The header of a safetensors file, and the bytes behind it."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    return header, data[8 + size :]


def write(path, header, data, names):
    """A safetensors file of these tensors."""
    parts, kept, at = [], {}, 0
    for name in names:
        begin, end = header[name]["data_offsets"]
        kept[name] = dict(header[name], data_offsets=[at, at + end - begin])
        parts.append(data[begin:end])
        at += end - begin
    text = json.dumps(kept).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def stays(name, tensor, header):
    """Whether an output is compared in a clean clone."""
    if "hidden_states" in name or name == "step_logits":
        return False
    begin, end = header[tensor]["data_offsets"]
    return not name.startswith("grad.") or end - begin <= MOST_GRADIENT_BYTES


def main(source, target):
    cases = json.loads((source / "cases.json").read_text())
    header, data = read(source / "cases.safetensors")
    generates = any(call["method"] == "generate" for call in cases["calls"])
    calls = []
    for call in cases["calls"]:
        first = not any(c["method"] == call["method"] for c in calls)
        padded = call["name"] == "padded" and not generates
        if call["method"] != "generate" and (first or padded) or call["name"] in GENERATED:
            call["outputs"] = {n: t for n, t in call["outputs"].items() if stays(n, t, header)}
            if "masked_by" in call:
                call["masked_by"] = {n: m for n, m in call["masked_by"].items() if n in call["outputs"]}
            calls.append(call)
    cases["calls"] = calls
    tensors = {t for call in calls for group in ("inputs", "outputs") for t in call[group].values()}
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    (target / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")
    write(target / "cases.safetensors", header, data, sorted(tensors))
    for pattern in COPIED:
        for file in source.glob(pattern):
            shutil.copyfile(file, target / file.name)


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
