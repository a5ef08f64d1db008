"""Records tiny cases of families that the whole set of recorded cases does not hold.

    python3 record.py FAMILY/CASE ...                       into the folders beside this file
    python3 record.py --hidden --to DIR FAMILY/CASE ...     with hidden states, to look for a difference

FAMILY/CASE/record.json says what to record:

    class, config      the class of the reference, in transformers or lstm_seq2seq.py, and the values of its configuration
    kind               which calls: decoder, encoder or seq2seq
    notes              what is special
    keep, fixed        patterns of weights that stay near their initial values, and of those that stay at them
    length, ids_below  the length of the inputs and the end of their ids, where other than usual
    left_padded        false where the reference has no padding on the left
    separator          an id that each input of an encoder holds once
    give_decoder_ids   whether the decoder's tokens are given beside labels, where the reference does not shift them
    global_tokens      whether the first token of a source is global
    padded_gradients   whether gradients of a batch with padding are recorded, too

The weights are random, those of a bf16 checkpoint, so that files stay small; the reference computes in float32 with plain attention. A seed is
taken only if double precision agrees and no token of a generated sequence is close to another.
"""

import argparse
import importlib.metadata
import json
import pathlib
import re

import lstm_seq2seq
import numpy
import torch
import transformers
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).parent
SPEC = "record.json"
MOST_GRADIENT_BYTES = 1024
MOST_DIFFERENCE = 2e-5
LEAST_MARGIN = 2e-3
NEW_TOKENS = 12
SEEDS = range(20)
DEFAULTS_OF_CONFIGS = ("forced_bos_token_id", "forced_eos_token_id", "encoder_no_repeat_ngram_size")


class Unstable(Exception):
    """The numbers of this seed are too close to a decision."""


class Calls:
    """The recorded calls of a model, each beside the same in double precision."""

    def __init__(self, model, exact, hidden):
        self.model, self.exact, self.hidden = model, exact, hidden
        self.calls, self.tensors = [], {}

    def forward(self, name, inputs, args=None, outputs=("loss", "logits"), masked=None, gradients=False):
        """Runs the model forward, and backward for gradients."""
        args = dict(args or {})
        if self.hidden and not gradients:
            args["output_hidden_states"] = True
        self.model.zero_grad()
        with torch.set_grad_enabled(gradients):
            result = self.model(**inputs, **args)
        with torch.no_grad():
            wanted = self.exact(**inputs, **args)
        got = {key: result[key] for key in outputs if result.get(key) is not None}
        difference = max(relative(got[key], wanted[key], inputs.get(masked)) for key in got)
        for key in ("hidden_states", "encoder_hidden_states", "decoder_hidden_states"):
            for i, state in enumerate(result.get(key) or () if self.hidden else ()):
                got[f"{key}.{i}"] = state
        if gradients:
            result["loss"].backward()
            got.update(self.gradients())
        got = {key: value.detach() for key, value in got.items()}
        if masked:
            for key, value in got.items():
                if per_token(value, inputs[masked]):
                    value[inputs[masked] == 0] = 0
        self.keep(name, "forward_backward" if gradients else "forward", inputs, args, got, difference, masked)

    def gradients(self):
        """The gradients that are small enough, by the names of the file."""
        return {
            f"grad.{name}": p.grad
            for name, p in self.model.named_parameters()
            if p.grad is not None and p.grad.numel() * 4 <= MOST_GRADIENT_BYTES
        }

    def generate(self, name, inputs, **args):
        """Generates, and asks that no token was nearly another."""
        args = {"do_sample": False, "num_beams": 1, "max_new_tokens": NEW_TOKENS, **args}
        for key in DEFAULTS_OF_CONFIGS:
            value = getattr(self.model.generation_config, key, None)
            if value is not None:
                args.setdefault(key, value)
        quiet = dict(args, eos_token_id=args.get("eos_token_id"), return_dict_in_generate=True, output_logits=True)
        with torch.no_grad():
            result = self.model.generate(**inputs, **quiet)
            wanted = self.exact.generate(**inputs, **quiet)
        if not torch.equal(result.sequences, wanted.sequences):
            raise Unstable(f"{name}: double precision generates something else")
        best = torch.stack(result.logits).topk(2, dim=-1).values
        margin = float((best[..., 0] - best[..., 1]).min())
        if margin < LEAST_MARGIN and args["num_beams"] == 1:
            raise Unstable(f"{name}: margin {margin}")
        self.keep(name, "generate", inputs, args, {"sequences": result.sequences}, 0.0, None)

    def keep(self, name, method, inputs, args, outputs, difference, masked):
        if difference > MOST_DIFFERENCE:
            raise Unstable(f"{name}: double precision differs by {difference}")
        call = {"name": name, "method": method, "inputs": {}, "args": args, "outputs": {}}
        for group, prefix, values in (("inputs", "", inputs), ("outputs", "out.", outputs)):
            for key, value in values.items():
                call[group][key] = f"{name}.{prefix}{key}"
                self.tensors[f"{name}.{prefix}{key}"] = value.detach().clone().contiguous()
        if masked:
            call["masked_by"] = {key: masked for key, value in outputs.items() if per_token(value, inputs[masked])}
        call["stability"] = {"fp64_max_rel_diff": float(f"{difference:.3g}")}
        call["atol"] = 1e-4
        self.calls.append(call)


def relative(got, want, mask):
    """The largest difference, relative to what is larger than one."""
    difference = (got.double() - want.double()).abs() / want.double().abs().clamp(min=1)
    if mask is not None and per_token(got, mask):
        difference = difference[mask != 0]
    return float(difference.detach().max())


def per_token(value, mask):
    """Whether there is something for each token of the mask."""
    return value.shape[: mask.dim()] == mask.shape


def randomise(model, keep, fixed, seed):
    """Weights that matter, rounded to bf16; what matches keep stays near its initial value, what matches fixed at it."""
    torch.manual_seed(seed)
    tied = set()
    sines = {f"{name}.weight" for name, module in model.named_modules() if "Sinusoidal" in type(module).__name__}
    values = list(model.named_parameters()) + [(n, b) for n, b in model.named_buffers() if n in model.state_dict()]
    for name, tensor in values:
        is_fixed = name in sines or (fixed and re.search(fixed, name))
        if tensor.data_ptr() in tied or not tensor.is_floating_point() or is_fixed:
            continue
        tied.add(tensor.data_ptr())
        with torch.no_grad():
            if tensor.dim() >= 2 and not (keep and re.search(keep, name)):
                tensor.copy_(torch.randn(tensor.shape) * 1.2 / tensor.shape[-1] ** 0.5)
            else:
                tensor.add_(torch.randn(tensor.shape) * 0.1)
            tensor.copy_(tensor.bfloat16().float())


def ids(generator, shape, vocab, least=4):
    return torch.from_numpy(generator.integers(least, vocab, shape))


def left_padded(tokens, padding, pad):
    """The same tokens with padding in front, its mask and its positions."""
    mask = torch.ones_like(tokens)
    for row, count in enumerate(padding):
        mask[row, :count] = 0
    tokens = torch.where(mask == 1, tokens, pad)
    return tokens, mask, (mask.cumsum(-1) - 1).clamp(min=0) * mask


def record_decoder(calls, generator, vocab, spec):
    length = spec.get("length", 14)
    tokens = ids(generator, (2, length), vocab)
    labels = tokens.clone()
    labels[0, :3] = -100
    calls.forward("prefill", {"input_ids": tokens, "labels": labels}, {"use_cache": False})
    calls.forward("grads", {"input_ids": tokens[:1], "labels": tokens[:1]}, {"use_cache": False}, ("loss",), gradients=True)
    if spec.get("left_padded", True):
        padded, mask, positions = left_padded(tokens, (0, 5), 0)
        inputs = {"input_ids": padded, "attention_mask": mask, "position_ids": positions}
        calls.forward("left_padded", inputs, {"use_cache": False}, masked="attention_mask")
        calls.generate("greedy_batch", {"input_ids": padded[:, :9], "attention_mask": mask[:, :9]}, pad_token_id=0)
    calls.generate("greedy", {"input_ids": tokens[:1, :6]}, pad_token_id=0)


def record_encoder(calls, generator, vocab, spec):
    tokens = ids(generator, (2, spec.get("length", 14)), vocab)
    if "separator" in spec:
        tokens[0, 1] = tokens[1, 4] = spec["separator"]
    mask = torch.ones_like(tokens)
    mask[1, 9:] = 0
    padded = torch.where(mask == 1, tokens, spec["config"].get("pad_token_id", 0))
    name, outputs, labels = spec["class"], ("loss", "logits"), {}
    if name.endswith("MaskedLM"):
        labels = {"labels": torch.where(torch.from_numpy(generator.random(tokens.shape)) < 0.4, tokens, -100)}
    elif name.endswith("SequenceClassification"):
        labels = {"labels": torch.tensor([1, 0])}
    elif name.endswith("TokenClassification"):
        labels = {"labels": ids(generator, tokens.shape, 2, 0)}
    elif name.endswith("QuestionAnswering"):
        outputs = ("loss", "start_logits", "end_logits")
        labels = {"start_positions": torch.tensor([2, 5]), "end_positions": torch.tensor([6, 7])}
    else:
        outputs = ("last_hidden_state", "pooler_output")
    masked = None if name.endswith("SequenceClassification") else "attention_mask"
    calls.forward("plain", {"input_ids": tokens, **labels}, {}, outputs)
    calls.forward("padded", {"input_ids": padded, "attention_mask": mask}, {}, outputs, masked=masked)
    if labels:
        calls.forward("grads", {"input_ids": tokens, **labels}, {}, ("loss",), gradients=True)


def record_seq2seq(calls, generator, vocab, spec):
    tokens = ids(generator, (2, spec.get("length", 12)), vocab)
    mask = torch.ones_like(tokens)
    mask[1, 8:] = 0
    padded = torch.where(mask == 1, tokens, spec["config"].get("pad_token_id", 0))
    labels = ids(generator, (2, 7), vocab)
    source, padded = {"input_ids": tokens}, {"input_ids": padded, "attention_mask": mask}
    if spec.get("global_tokens"):
        for inputs in (source, padded):
            inputs["global_attention_mask"] = torch.zeros_like(tokens)
            inputs["global_attention_mask"][:, 0] = 1
    one = {name: tensor[:1] for name, tensor in source.items()}
    targets = {"labels": labels}
    if spec.get("give_decoder_ids"):
        start = torch.full((2, 1), spec["config"]["decoder_start_token_id"])
        targets["decoder_input_ids"] = torch.cat([start, labels[:, :-1]], dim=1)
    first = {name: tensor[:1] for name, tensor in targets.items()}
    no_cache = {"use_cache": False}
    calls.forward("labels", {**source, **targets}, no_cache)
    calls.forward("padded", {**padded, "decoder_input_ids": labels[:, :5]}, no_cache)
    calls.forward("grads", {**one, **first}, no_cache, ("loss",), gradients=True)
    if spec.get("padded_gradients"):
        calls.forward("padded_grads", {**padded, **targets}, no_cache, ("loss",), gradients=True)
    start = spec["config"].get("decoder_start_token_id", 0)
    pad = {"pad_token_id": spec["config"].get("pad_token_id", 0), "decoder_start_token_id": start}
    calls.generate("greedy", padded, **pad)
    calls.generate("beam", one, **{**pad, "num_beams": 3})


def keep_double_in_softmax():
    """The reference narrows scores to float32 in softmax, where the lowest double, its mask, is infinite."""
    narrow = torch.nn.functional.softmax

    def softmax(scores, *args, dtype=None, **kwargs):
        return narrow(scores, *args, dtype=None if scores.dtype == torch.float64 else dtype, **kwargs)

    torch.nn.functional.softmax = softmax
    fsmt = transformers.models.fsmt.modeling_fsmt
    fsmt.fill_with_neg_inf = lambda t: t.fill_(torch.finfo(t.dtype).min)


KINDS = {"decoder": record_decoder, "encoder": record_encoder, "seq2seq": record_seq2seq}


def reference(name):
    """A class of transformers, or the one that it does not have."""
    return getattr(transformers, name, None) or getattr(lstm_seq2seq, name)


def attempt(name, spec, seed, hidden):
    """The model and calls of one seed."""
    config = transformers.AutoConfig.for_model(**spec["config"])
    config._attn_implementation = config._experts_implementation = "eager"
    model = reference(spec["class"])(config).eval()
    randomise(model, spec.get("keep"), spec.get("fixed"), seed)
    model.tie_weights()
    exact = reference(spec["class"])(config).eval()
    exact.load_state_dict(model.state_dict())
    exact.tie_weights()
    calls = Calls(model, exact.double(), hidden)
    vocab = spec.get("ids_below") or spec["config"]["vocab_size"]
    KINDS[spec["kind"]](calls, numpy.random.default_rng(seed), vocab, spec)
    return model, calls


def write(target, name, spec, seed, model, calls):
    """A folder as the whole set has them."""
    target.mkdir(parents=True, exist_ok=True)
    for file in target.iterdir():
        if file.name != SPEC:
            file.unlink()
    model.save_pretrained(target)
    weights = load_file(target / "model.safetensors")
    save_file({n: t.bfloat16() if t.dtype == torch.float32 else t for n, t in weights.items()}, target / "model.safetensors")
    for call in calls.calls:  # gradients are known by the names of the file, or not at all
        call["outputs"] = {n: t for n, t in call["outputs"].items() if not n.startswith("grad.") or n[5:] in weights}
    used = {t for call in calls.calls for group in ("inputs", "outputs") for t in call[group].values()}
    save_file({n: t for n, t in calls.tensors.items() if n in used}, target / "cases.safetensors")
    packages = ("torch", "transformers", "safetensors", "numpy")
    cases = {
        "case": name,
        "family": name.split("/")[0],
        "notes": spec.get("notes", ""),
        "model_class": spec["class"],
        "seed": seed,
        "calls": calls.calls,
        "versions": {package: importlib.metadata.version(package) for package in packages},
    }
    (target / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


def record(name, spec, to, hidden):
    for seed in SEEDS:
        try:
            model, calls = attempt(name, spec, seed, hidden)
        except Unstable as refused:
            print(f"{name}: seed {seed} refused: {refused}")
            continue
        write(to / name, name, spec, seed, model, calls)
        size = sum(file.stat().st_size for file in (to / name).iterdir())
        print(f"{name}: seed {seed}, {len(calls.calls)} calls, {size // 1024} KiB")
        return
    raise SystemExit(f"{name}: no seed is stable")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=pathlib.Path, default=HERE)
    parser.add_argument("--hidden", action="store_true")
    parser.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keep_double_in_softmax()
    for name in arguments.names:
        record(name, json.loads((HERE / name / SPEC).read_text()), arguments.to, arguments.hidden)


main()
