"""Records a few steps of training tiny models with adapters in PEFT 0.21, for AdapterTrainingTest.

    python3 record.py            into the folders beside this file

A base model is stored in bf16; the reference computes in float32 without dropout. Each case holds the adapter before the first step as PEFT saves
it, and in steps.safetensors: the inputs, the gradients of the first step, the loss of each of three steps of plain gradient descent, and the
logits after them.
"""

import json
import pathlib
import shutil

import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
STEPS = 3
LR = 0.5
SIZES = dict(vocab_size=32, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, max_position_embeddings=16)
BASES = {
    "llama": transformers.LlamaForCausalLM(transformers.LlamaConfig(num_key_value_heads=1, **SIZES)),
    "gpt2": transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=32, n_embd=16, n_layer=2, n_head=2, n_inner=24, n_positions=16, bos_token_id=0, eos_token_id=0)
    ),
    "bert": transformers.BertForSequenceClassification(transformers.BertConfig(num_labels=3, **SIZES)),
    "t5": transformers.T5ForConditionalGeneration(
        transformers.T5Config(vocab_size=32, d_model=16, d_kv=8, d_ff=24, num_layers=2, num_heads=2, decoder_start_token_id=0)
    ),
}
CASES = {
    "llama_lora": ("llama", dict(target_modules=["q_proj", "v_proj", "down_proj"], task_type="CAUSAL_LM")),
    "llama_rslora": ("llama", dict(target_modules="all-linear", use_rslora=True, task_type="CAUSAL_LM")),
    "llama_dora": ("llama", dict(target_modules=["q_proj", "v_proj", "down_proj"], use_dora=True, task_type="CAUSAL_LM")),
    "gpt2_dora": ("gpt2", dict(target_modules=["c_attn", "c_proj"], use_dora=True, fan_in_fan_out=True, task_type="CAUSAL_LM")),
    "bert_lora": ("bert", dict(target_modules=["query", "value"], task_type="SEQ_CLS")),
    "t5_lora": ("t5", dict(target_modules=["q", "v"], task_type="SEQ_2_SEQ_LM")),
}


# PEFT 0.21 asks for a method that transformers 5.18 has renamed
transformers.T5ForConditionalGeneration._prepare_encoder_decoder_kwargs_for_generation = None


def randomise(model, seed):
    """Random weights that bf16 represents."""
    torch.manual_seed(seed)
    for parameter in model.parameters():
        with torch.no_grad():
            if parameter.dim() >= 2:
                parameter.copy_(torch.randn(parameter.shape) / parameter.shape[-1] ** 0.5)
            else:
                parameter.add_(torch.randn(parameter.shape) * 0.1)
            parameter.copy_(parameter.bfloat16().float())


def inputs(kind):
    ids = torch.randint(3, 32, (2, 8))
    if kind == "bert":
        return dict(input_ids=ids, attention_mask=torch.ones_like(ids), labels=torch.tensor([0, 2]))
    labels = torch.randint(3, 32, (2, 6)) if kind == "t5" else ids.clone()
    labels[0, 2] = -100
    return dict(input_ids=ids, labels=labels)


def record(name, base, options):
    out = HERE / name
    shutil.rmtree(out, ignore_errors=True)
    model = get_peft_model(type(base).from_pretrained(HERE / CASES[name][0], dtype=torch.float32), LoraConfig(r=3, lora_alpha=6, **options)).eval()
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    torch.manual_seed(7)
    with torch.no_grad():
        for n, p in trained:
            p.add_(torch.randn(p.shape) * 0.1)
    model.save_pretrained(out)
    (out / "README.md").unlink()
    config = json.loads((out / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = CASES[name][0]
    (out / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    given = inputs(CASES[name][0])
    tensors, losses = dict(given), []
    for step in range(STEPS):
        model.zero_grad()
        loss = model(**given).loss
        loss.backward()
        losses.append(loss.detach())
        for n, p in trained:
            if step == 0:
                tensors["grad." + n.replace(".default", "").replace(".modules_to_save", "").replace("vector.weight", "vector")] = p.grad.clone()
            with torch.no_grad():
                p.sub_(LR * p.grad)
    with torch.no_grad():
        tensors["logits"] = model(**given).logits
    tensors["losses"] = torch.stack(losses)
    save_file({k: v.to(torch.int32) if v.dtype == torch.int64 else v.contiguous() for k, v in tensors.items()}, out / "steps.safetensors")
    print(name, [round(float(loss), 4) for loss in losses])


for seed, (name, base) in enumerate(BASES.items()):
    randomise(base, seed)
    base.bfloat16().save_pretrained(HERE / name)
for name, (base, options) in CASES.items():
    record(name, BASES[base], options)
