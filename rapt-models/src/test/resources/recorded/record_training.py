"""Records ten steps of training of the encoder-decoders beside this file, which have no dropout here.

    python3 record_training.py > training.json

Adam and label smoothing are those of arXiv:1706.03762, section 5; the losses are before each step.
"""

import json
import pathlib

import lstm_seq2seq  # registers the family
import torch
import transformers

HERE = pathlib.Path(__file__).parent
FOLDERS = ("lstm_seq2seq/tied", "marian/shared", "pegasus/shared")
STEPS, LR, SMOOTHING, LEAST = 10, 3e-3, 0.1, 4


def ids(rows, cols, factor):
    """Ids that follow from their places."""
    return torch.tensor([[LEAST + (factor * (row * cols + col)) % 23 for col in range(cols)] for row in range(rows)])


def losses(folder):
    config = transformers.AutoConfig.from_pretrained(HERE / folder)
    config.dropout = 0.0
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(HERE / folder, config=config, dtype=torch.float32).train()
    for module in model.modules():
        if "Sinusoidal" in type(module).__name__:  # files may have them in bf16
            module.weight.data = module.create_weight()
    source, target = ids(3, 7, 5), ids(3, 6, 7)
    mask = torch.ones_like(source)
    mask[1, 4:] = mask[2, 2:] = 0
    source = source.masked_fill(mask == 0, model.config.pad_token_id)
    target[0, 3:] = target[2, 5:] = -100
    start = torch.full((3, 1), model.config.decoder_start_token_id)
    inputs = torch.cat([start, target[:, :-1]], dim=1)
    inputs = inputs.masked_fill(inputs == -100, model.config.pad_token_id)
    optimizer = torch.optim.Adam(model.parameters(), lr=LR, betas=(0.9, 0.98), eps=1e-9)
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    result = []
    for _ in range(STEPS):
        logits = model(input_ids=source, attention_mask=mask, decoder_input_ids=inputs, use_cache=False).logits
        loss = criterion(logits.flatten(0, 1), target.flatten())
        result.append(round(float(loss.detach()), 7))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return result


torch.set_num_threads(1)
print(json.dumps({folder: losses(folder) for folder in FOLDERS}, indent=1))
