"""A BERT shape in PyTorch or ONNX Runtime: the peers of `rapt bench encode --peer PYTHON`.

Prints {"per_second": [sequences, one number for each batch], ...}. The model is BertModel of transformers with random weights
and scaled_dot_product_attention; for bf16 it is converted as a whole, as from_pretrained(dtype=torch.bfloat16) does. For ONNX
Runtime it is exported with torch.onnx (the package onnx must be there) into a folder that is deleted at the end.
"""

import argparse
import json
import os
import sys
import tempfile
import warnings

import peer


def bert(args):
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=args.vocab,
        hidden_size=args.width,
        num_hidden_layers=args.layers,
        num_attention_heads=args.heads,
        intermediate_size=args.mlp,
        attn_implementation="sdpa",
    )
    torch.manual_seed(1)
    return BertModel(config, add_pooling_layer=False).eval()


def run_torch(args):
    import torch

    model = bert(args).to(torch.bfloat16 if args.dtype == "bf16" else torch.float32)
    ids = torch.randint(args.vocab, (args.batch, args.tokens))
    mask = torch.ones_like(ids)

    @torch.inference_mode()
    def step():
        model(input_ids=ids, attention_mask=mask)

    speeds = peer.speeds(step, args.batch, args.seconds)
    peer.report(speeds, "PyTorch " + torch.__version__, torch.get_num_threads())


def export(args, path):
    """Writes the model as a graph, in a process of its own, so that its memory does not count."""
    import torch

    class Hidden(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, ids):
            return self.model(input_ids=ids).last_hidden_state

    warnings.simplefilter("ignore")
    ids = torch.randint(args.vocab, (args.batch, args.tokens))
    names = {"input_names": ["ids"], "output_names": ["hidden"]}
    torch.onnx.export(Hidden(bert(args)), (ids,), path, dynamo=False, **names)


def run_onnx(args):
    try:
        import numpy
        import onnx  # noqa: F401, which the export needs
        import onnxruntime
    except ImportError as e:
        print(json.dumps({"missing": f"{e}; pip install onnx onnxruntime"}))
        return

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        child = os.spawnv(
            os.P_WAIT, sys.executable, [sys.executable, *sys.argv, "--export=" + path]
        )
        if child != 0:
            print(json.dumps({"missing": "the model could not be exported, see above"}))
            return
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        ids = numpy.random.randint(0, args.vocab, (args.batch, args.tokens), dtype=numpy.int64)
        speeds = peer.speeds(lambda: session.run(None, {"ids": ids}), args.batch, args.seconds)
        threads = options.intra_op_num_threads or os.cpu_count()
        peer.report(speeds, "ONNX Runtime " + onnxruntime.__version__, threads)


def main():
    parser = argparse.ArgumentParser()
    for name in ("layers", "width", "heads", "mlp", "vocab", "batch", "tokens"):
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--dtype", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--library", choices=("torch", "onnx"), default="torch")
    parser.add_argument("--export", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.export:
        export(args, args.export)
    elif args.library == "torch":
        run_torch(args)
    elif args.dtype != "f32":
        parser.error("--library=onnx is measured with --dtype=f32 alone")
    else:
        run_onnx(args)


if __name__ == "__main__":
    main()
