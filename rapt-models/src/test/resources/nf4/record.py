"""Records matrices quantised to NF4 by bitsandbytes 0.50.2 (its PyTorch implementation on the CPU), and a tiny model that transformers stored with it.

    python3 record.py            into the folder of this file
"""

import pathlib
import shutil

import bitsandbytes.functional as bnb
import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
BASE = HERE.parent / "adapters"

tensors = {}
torch.manual_seed(0)
for name, shape, dtype in (
    ("aligned", (40, 128), torch.float32),
    ("straddling", (24, 80), torch.bfloat16),
    ("short", (5, 13), torch.float32),
    ("many", (300, 64), torch.float16),
):
    weight = (torch.randn(shape) * 0.05).to(dtype)
    weight[0, 0] = 0
    if name == "aligned":
        weight[1] = 0
    codes, state = bnb.quantize_4bit(weight, blocksize=64, compress_statistics=True, quant_type="nf4")
    tensors[f"{name}.weight"] = weight
    tensors[f"{name}.codes"] = codes
    tensors[f"{name}.absmax"] = state.absmax
    tensors[f"{name}.nested_absmax"] = state.state2.absmax
    tensors[f"{name}.offset"] = state.offset.reshape(1)
    if name != "many":
        tensors[f"{name}.values"] = bnb.dequantize_4bit(codes, state).float()
tensors["dynamic"] = state.state2.code
save_file(tensors, HERE / "matrices.safetensors")

for base, cls in (("llama", transformers.LlamaForCausalLM), ("gpt2", transformers.GPT2LMHeadModel)):
    for double in (True, False) if base == "llama" else (True,):
        options = transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=double, bnb_4bit_compute_dtype=torch.float32
        )
        model = cls.from_pretrained(BASE / base, quantization_config=options, dtype=torch.float32, device_map="cpu")
        out = HERE / (base + ("" if double else "_plain"))
        shutil.rmtree(out, ignore_errors=True)
        model.save_pretrained(out)
        (out / "generation_config.json").unlink(missing_ok=True)
        ids = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])
        with torch.no_grad():
            logits = model(input_ids=ids).logits
        save_file({"ids": ids.to(torch.int32), "logits": logits}, out / "logits.safetensors")
