"""Writes tiny models in the formats of GPTQ, AWQ, compressed-tensors, bitsandbytes and FP8, and the logits of transformers for their unpacked weights.

    python3 record.py [NAME ...]        into the folders beside this file

Weights are random and rounded to the nearest integer or 8-bit float; packing follows the published layouts, unpacking the definition of each format:

    GPTQ                 AutoGPTQ 0.7.1, nn_modules/qlinear/qlinear_cuda_old.py, and GPTQModel (zero points of the format gptq_v2)
    AWQ                  AutoAWQ 0.2.9, modules/linear/gemm.py and gemv.py
    compressed-tensors   0.12, compressors/quantized_compressors
    bitsandbytes         0.50, functional.py and nn/modules.py

logits.safetensors has the inputs, the logits, and the first and last row of each unpacked matrix.
"""

import json
import pathlib
import shutil
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).parent
IDS = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])
LLAMA = dict(
    hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1, head_dim=32,
    vocab_size=32, max_position_embeddings=16, tie_word_embeddings=False,
)


def words(values, bits, dense=True):
    """Packs unsigned integers (rows, n) along the rows into 32-bit words, lowest bits first."""
    rows, n = values.shape
    per_word = n if dense else 32 // bits
    out = torch.zeros(rows, -(-n * bits // 32), dtype=torch.int64)
    for i in range(n):
        bit = i * bits
        out[:, bit // 32] |= values[:, i].long() << bit % 32 & 0xFFFFFFFF
        if bit % 32 + bits > 32:
            out[:, bit // 32 + 1] |= values[:, i].long() >> 32 - bit % 32
    return torch.where(out >= 2**31, out - 2**32, out).to(torch.int32)


def rounded(weight, group_of, bits, symmetric, scale_type=torch.float16):
    """Rounds a matrix (N, K): unsigned integers (N, K), zero points (N, groups), scales (N, groups)."""
    count = int(group_of.max()) + 1
    zeros, scales = [], []
    for g in range(count):
        part = weight[:, group_of == g]
        low, high = part.min(1).values.clamp(max=0), part.max(1).values.clamp(min=0)
        if symmetric:
            scale = part.abs().max(1).values / (2 ** (bits - 1) - 0.5)
            zeros.append(torch.full_like(low, 2 ** (bits - 1)))
        else:
            scale = (high - low) / (2**bits - 1)
            zeros.append((-low / scale).round())
        scales.append(scale)
    scale, zero = torch.stack(scales, 1).to(scale_type), torch.stack(zeros, 1)
    codes = (weight / scale.float()[:, group_of] + zero[:, group_of]).round().clamp(0, 2**bits - 1)
    return codes.to(torch.int64), zero.clamp(0, 2**bits - 1).to(torch.int64), scale


def unpacked(codes, zero, scale, group_of):
    return ((codes - zero[:, group_of]).double() * scale.double()[:, group_of]).float()


def groups(cols, size, shuffled=False):
    size = cols if size == -1 else size
    order = torch.randperm(cols) if shuffled else torch.arange(cols)
    group_of = torch.empty(cols, dtype=torch.int64)
    group_of[order] = torch.arange(cols) // size
    return group_of


def gptq(weight, bits=4, size=32, symmetric=False, shuffled=False, v2=False, g_idx=True):
    group_of = groups(weight.shape[1], size, shuffled)
    codes, zero, scale = rounded(weight, group_of, bits, symmetric)
    packed = words(zero.T, bits)
    if not v2 and bits == 3:
        packed = words((zero.T - 1) & 7, bits)
    elif not v2:
        packed -= sum(1 << i for i in range(0, 32, bits))  # of whole words, as the writer does; wraps around
    tensors = {"qweight": words(codes, bits).T, "qzeros": packed, "scales": scale.T}
    if g_idx:
        tensors["g_idx"] = group_of.to(torch.int32)
    return tensors, unpacked(codes, zero, scale, group_of)


AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def awq(weight, size=32, gemv=False):
    group_of = groups(weight.shape[1], size)
    codes, zero, scale = rounded(weight, group_of, 4, False)
    if gemv:
        width = -(-zero.shape[1] // 8)
        width = -(-width // {32: 4, 64: 2}.get(size, 1)) * {32: 4, 64: 2}.get(size, 1)
        room = torch.zeros(zero.shape[0], 8 * width - zero.shape[1], dtype=torch.int64)
        tensors = {
            "qweight": words(codes, 4), "qzeros": words(torch.cat([zero, room], 1), 4), "scales": torch.cat([scale, room.half()], 1),
        }
    else:
        order = torch.tensor([8 * (i // 8) + AWQ_ORDER[i % 8] for i in range(weight.shape[0])])
        tensors = {"qweight": words(codes.T[:, order], 4), "qzeros": words(zero.T[:, order], 4), "scales": scale.T}
    return tensors, unpacked(codes, zero, scale, group_of)


def compressed(weight, bits=4, size=32, symmetric=True, shuffled=False, packed=True):
    group_of = groups(weight.shape[1], size, shuffled)
    codes, zero, scale = rounded(weight, group_of, bits, symmetric, torch.bfloat16)
    tensors = {"weight_scale": scale}
    if packed:
        tensors["weight_packed"] = words(codes, bits)
        tensors["weight_shape"] = torch.tensor(weight.shape)
    else:
        tensors["weight"] = (codes - 2 ** (bits - 1)).to(torch.int8)
    if not symmetric:
        tensors["weight_zero_point"] = words(zero.T, bits).T if packed else (zero - 2 ** (bits - 1)).to(torch.int8)
    if shuffled:
        tensors["weight_g_idx"] = group_of.to(torch.int32)
    return tensors, unpacked(codes, zero, scale, group_of)


def fp8(weight, rows, cols, scale_name="weight_scale", shape=None, scale_type=torch.float32, more=None):
    """8-bit floats with a scale for each block of rows x cols."""
    N, K = weight.shape
    blocks = weight.reshape(N // rows, rows, K // cols, cols)
    scale = (blocks.abs().amax((1, 3)) / 448).to(scale_type)
    wide = scale.float().repeat_interleave(rows, 0).repeat_interleave(cols, 1)
    data = (weight / wide).clamp(-448, 448).to(torch.float8_e4m3fn)
    return {"weight": data, scale_name: scale.reshape(shape or scale.shape), **(more or {})}, data.float() * wide


def int8(weight):
    largest = weight.abs().max(1).values
    data = (weight * (127 / largest[:, None])).round().to(torch.int8)
    return {"weight": data, "SCB": largest, "weight_format": torch.tensor(0, dtype=torch.uint8)}, data.float() * (largest / 127)[:, None]


FP4 = torch.tensor([0, 0.0625, 8, 12, 4, 6, 2, 3, 0, -0.0625, -8, -12, -4, -6, -2, -3]) / 12


def fp4(weight):
    blocks = weight.reshape(-1, 64)
    absmax = blocks.abs().max(1).values
    codes = ((blocks / absmax[:, None])[..., None] - FP4).abs().argmin(-1).reshape(-1)
    state = {"quant_type": "fp4", "blocksize": 64, "dtype": "float32", "shape": list(weight.shape)}
    tensors = {
        "weight": (codes[0::2] << 4 | codes[1::2]).to(torch.uint8)[:, None],
        "weight.absmax": absmax,
        "weight.quant_map": FP4,
        "weight.quant_state.bitsandbytes__fp4": torch.tensor(list(json.dumps(state).encode()), dtype=torch.uint8),
    }
    return tensors, (FP4[codes].reshape(-1, 64) * absmax[:, None]).reshape(weight.shape)


def scheme(num_bits, strategy, size=None, type="int", symmetric=True, targets=("Linear",), **more):
    weights = dict(num_bits=num_bits, type=type, symmetric=symmetric, strategy=strategy, group_size=size, dynamic=False, **more)
    return {"targets": list(targets), "weights": weights, "input_activations": None, "output_activations": None}


def ct(format, *schemes, **more):
    return dict(
        quant_method="compressed-tensors", format=format, config_groups={f"group_{i}": s for i, s in enumerate(schemes)},
        ignore=["lm_head"], quantization_status="compressed", kv_cache_scheme=None, **more,
    )


STATIC = {"input_scale": torch.tensor([0.5])}
MIXED = {"q_proj": (2, 32), "k_proj": (3, -1), "v_proj": (8, 16), "o_proj": (4, -1), "gate_proj": (3, 32)}
LINEAR = r"proj|lin"
CASES = {
    "gptq": ("Llama", {}, dict(quant_method="gptq", bits=4, group_size=32, desc_act=True, sym=False, checkpoint_format="gptq"),
             lambda name, w: gptq(w, shuffled=True)),
    "gptq_three": ("Llama", {}, dict(quant_method="gptq", bits=3, group_size=-1, desc_act=False, sym=True),
                   lambda name, w: gptq(w, 3, -1, symmetric=True, g_idx=False)),
    "gptq_mixed": ("Llama", {}, dict(quant_method="gptq", bits=4, group_size=32, desc_act=False, sym=False, checkpoint_format="gptq_v2",
                                     dynamic={f"+:.*{k}.*": dict(bits=b, group_size=s) for k, (b, s) in MIXED.items()}),
                   lambda name, w: gptq(w, *MIXED.get(name.split(".")[-1], (4, 32)), v2=True)),
    "gptq_gpt2": ("GPT2", dict(n_embd=64, n_layer=1, n_head=2, n_inner=64, vocab_size=32, n_positions=16),
                  dict(quant_method="gptq", bits=4, group_size=16, desc_act=False, sym=True), lambda name, w: gptq(w, 4, 16, True)),
    "gptq_phi3": ("Phi3", {**LLAMA, "pad_token_id": 0}, dict(quant_method="gptq", bits=8, group_size=64, desc_act=False, sym=False),
                  lambda name, w: gptq(w, 8, 64)),
    "awq": ("Qwen2", LLAMA, dict(quant_method="awq", bits=4, group_size=32, zero_point=True, version="gemm", modules_to_not_convert=None),
            lambda name, w: awq(w)),
    "awq_gemv": ("Llama", {}, dict(quant_method="awq", bits=4, group_size=32, zero_point=True, version="gemv"), lambda name, w: awq(w, gemv=True)),
    "awq_mixtral": ("Mixtral", {**LLAMA, "num_local_experts": 2, "num_experts_per_tok": 1},
                    dict(quant_method="awq", bits=4, group_size=64, zero_point=True, version="gemm", modules_to_not_convert=["gate"]),
                    lambda name, w: awq(w, 64)),
    "packed": ("Llama", {}, ct("pack-quantized", scheme(4, "group", 32, targets=["re:.*self_attn.*"]), scheme(8, "channel", targets=["re:.*mlp.*"])),
               lambda name, w: compressed(w) if "attn" in name else compressed(w, 8, -1)),
    "packed_asymmetric": ("Llama", {}, ct("pack-quantized", scheme(4, "group", 32, symmetric=False, actorder="group")),
                          lambda name, w: compressed(w, 4, 32, False, shuffled=True)),
    "int_quantized": ("Llama", {}, ct("int-quantized", scheme(8, "channel", symmetric=False)), lambda name, w: compressed(w, 8, -1, False, packed=False)),
    "float_quantized": ("Llama", {}, ct("float-quantized", scheme(8, "channel", type="float"), scheme(8, "tensor", type="float")),
                        lambda name, w: fp8(w, 1, w.shape[1], scale_type=torch.bfloat16) if "mlp" in name else fp8(w, *w.shape, shape=(1,), more=STATIC)),
    "float_blocks": ("Llama", {}, ct("naive-quantized", scheme(8, "block", type="float", block_structure=[16, 32])), lambda name, w: fp8(w, 16, 32)),
    "fp8": ("Llama", {}, dict(quant_method="fp8", activation_scheme="static", weight_block_size=None),
            lambda name, w: fp8(w, *w.shape, scale_name="weight_scale_inv", shape=(), more={"activation_scale": torch.tensor(0.5)})),
    "int8": ("Llama", {}, dict(quant_method="bitsandbytes", load_in_8bit=True, load_in_4bit=False, llm_int8_threshold=6.0), lambda name, w: int8(w)),
    "fp4": ("Llama", {}, dict(quant_method="bitsandbytes", load_in_8bit=False, load_in_4bit=True, bnb_4bit_quant_type="fp4"), lambda name, w: fp4(w)),
}


def is_quantised(name, weight):
    return weight.dim() == 2 and not any(part in name for part in ("embed", "wte", "wpe", "lm_head", "mlp.gate.", "block_sparse_moe.gate."))


def record(name):
    torch.manual_seed(list(CASES).index(name))
    family, sizes, quantization, quantise = CASES[name]
    config = getattr(transformers, family + "Config")(**(sizes or LLAMA), bos_token_id=1, eos_token_id=2)
    cls = transformers.GPT2LMHeadModel if family == "GPT2" else getattr(transformers, family + "ForCausalLM")
    out = HERE / name
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temp:
        model = cls(config).to(torch.bfloat16)
        for parameter in model.parameters():
            parameter.data.copy_(torch.randn(parameter.shape) * (0.2 if parameter.dim() > 1 else 0.3) + (parameter.dim() == 1))
        model.save_pretrained(temp)
        stored = load_file(pathlib.Path(temp) / "model.safetensors")
        packed, plain, rows = {}, {}, {}
        for key, value in stored.items():
            if not is_quantised(key, value):
                packed[key] = plain[key] = value
                continue
            layer = key.removesuffix(".weight")
            weight = value.float().T if family == "GPT2" else value.float()
            tensors, values = quantise(layer, weight)
            packed.update({f"{layer}.{part}": tensor.clone().contiguous() for part, tensor in tensors.items()})
            plain[key] = (values.T if family == "GPT2" else values).contiguous()
            rows[f"rows.{key}"] = values[[0, -1]]
        save_file(plain, pathlib.Path(temp) / "model.safetensors", metadata={"format": "pt"})
        model = cls.from_pretrained(temp, dtype=torch.float32, attn_implementation="eager")
        with torch.no_grad():
            logits = model(input_ids=IDS).logits
        out.mkdir()
        described = json.loads((pathlib.Path(temp) / "config.json").read_text())
        described["quantization_config"] = quantization
        (out / "config.json").write_text(json.dumps(described, indent=1) + "\n")
    save_file(packed, out / "model.safetensors", metadata={"format": "pt"})
    save_file({"ids": IDS.to(torch.int32), "logits": logits, **rows}, out / "logits.safetensors")
    print(name, tuple(logits.shape), f"largest {logits.abs().max():.2f}", sum(f.stat().st_size for f in out.iterdir()), "bytes")


for case in sys.argv[1:] or CASES:
    record(case)
