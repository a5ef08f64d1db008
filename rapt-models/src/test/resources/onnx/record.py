"""Records small ONNX files and what ONNX Runtime computes with them, for OnnxModelTest and GraphWeightsTest.

python record.py writes the .onnx files, a tokenizer and cases.json beside it. `values` of an int8 file are those of the same
graph with its weights dequantised and f32 activations; `runtime` are those of the file itself, with int8 activations.
torch 2.13, transformers 5.18, onnx 1.23, onnxscript 0.7, onnxruntime 1.30, CPU.
"""
import json, logging, os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.float16 import convert_float_to_float16
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (BertConfig, BertForSequenceClassification, BertModel, DistilBertConfig,
                          DistilBertForTokenClassification, MPNetConfig, MPNetModel, RobertaConfig,
                          RobertaForSequenceClassification)

logging.disable(logging.CRITICAL)
HERE = Path(__file__).parent
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCAB = (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "the", "cat", "sea", "house"]
         + list(LETTERS) + ["##" + c for c in LETTERS])
IDS = [[2, 6, 7, 20, 45, 8, 5, 3]]
SIZES = dict(vocab_size=len(VOCAB), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
             max_position_embeddings=24, attn_implementation="eager")
ONE_LAYER = {**SIZES, "num_hidden_layers": 1}
DISTILLED = DistilBertConfig(vocab_size=len(VOCAB), dim=8, n_layers=1, n_heads=2, hidden_dim=12,
                             max_position_embeddings=24, attn_implementation="eager", num_labels=3)


def filled(model):
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.2)
    return model.eval()


def export(model, name, types, dynamo=False):
    """Writes what optimum's exporter writes: the last hidden states or the logits, without the pooler's result."""
    forward = model.forward
    ids = torch.tensor(IDS)
    args = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}

    def with_types(input_ids, attention_mask, token_type_ids):
        return forward(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]

    def without_types(input_ids, attention_mask):
        return forward(input_ids=input_ids, attention_mask=attention_mask)[0]

    if types:
        args["token_type_ids"] = torch.zeros_like(ids)
    model.forward = with_types if types else without_types
    axes = {key: {0: "batch", 1: "length"} for key in args}
    path = HERE / name
    if dynamo:
        torch.onnx.export(model, (), path, kwargs=args, input_names=list(args), output_names=["out"], dynamo=True,
                          external_data=False, dynamic_shapes=axes, verbose=False)
    else:
        torch.onnx.export(model, tuple(args.values()), path, input_names=list(args), output_names=["out"], dynamo=False,
                          opset_version=14, dynamic_axes=axes)
    model.forward = forward
    shorten(path)


def shorten(path):
    graph = onnx.load(path)
    for node in graph.graph.node:
        node.doc_string = ""
        kept = [p for p in node.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    for value in [*graph.graph.input, *graph.graph.output, *graph.graph.initializer]:
        del value.metadata_props[:]
        value.doc_string = ""
    del graph.graph.value_info[:]
    onnx.save(graph, path)


def run(model):
    session = onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), providers=["CPUExecutionProvider"])
    ids = np.array(IDS)
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    out = session.run(None, {i.name: given[i.name] for i in session.get_inputs()})[0]
    return [float(x) for x in out.astype(np.float32).ravel()]


def dequantised(path):
    """Returns the model with f32 weights in place of integers, and f32 activations."""
    model = onnx.load(path)
    graph = model.graph
    arrays = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    producer = {out: node for node in graph.node for out in node.output}
    nodes = []
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            base = node.input[1].removesuffix("_quantized")
            value = arrays[node.input[1]].astype(np.int32) - arrays[base + "_zero_point"].astype(np.int32)
            graph.initializer.append(
                numpy_helper.from_array(value.astype(np.float32) * arrays[base + "_scale"], base + "_f32"))
            scaled = next(n for n in graph.node if n.name == node.name + "_output_scale_mul")
            nodes.append(helper.make_node("MatMul", [producer[node.input[0]].input[0], base + "_f32"], scaled.output))
        elif node.op_type != "DynamicQuantizeLinear" and not node.name.endswith(
                ("_quant_scales_mul", "_output_scale_mul", "_output_quantized_cast")):
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    return model.SerializeToString()


def fuse(source, target):
    """Fuses norms and GELU as optimum's O2 does, and queries, keys and values as it does in older graphs."""
    optimizer.optimize_model(str(HERE / source), "bert", num_heads=2, hidden_size=8, opt_level=0).save_model_to_file(
        str(HERE / target))
    model = onnx.load(HERE / target)
    graph = model.graph
    arrays = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for layer in range(2):
        at = f"/encoder/layer.{layer}/attention"
        products = [next(n for n in graph.node if n.name == f"{at}/self/{part}/MatMul") for part in ("query", "key", "value")]
        biases = [arrays[f"encoder.layer.{layer}.attention.self.{part}.bias"] for part in ("query", "key", "value")]
        weight, bias = f"Attention_{layer}_qkv_weight", f"Attention_{layer}_qkv_bias"
        graph.initializer.append(numpy_helper.from_array(
            np.concatenate([arrays[p.input[1]] for p in products], axis=1), weight))
        graph.initializer.append(numpy_helper.from_array(np.concatenate(biases), bias))
        result = next(n for n in graph.node if n.name == f"{at}/output/dense/MatMul").input[0]
        hidden = products[0].input[0]
        end = next(n for n in graph.node if result in n.output)
        end.output[0] = result + "_old"
        attention = helper.make_node("Attention", [hidden, weight, bias, "mask"], [result], f"Attention_{layer}",
                                     domain="com.microsoft", num_heads=2, mask_filter_value=-3.4028234663852886e38)
        graph.node.insert(list(graph.node).index(end), attention)
    graph.node.insert(0, helper.make_node("Cast", ["attention_mask"], ["mask"], "mask", to=onnx.TensorProto.INT32))
    used = {graph.output[0].name}
    kept = []
    for node in reversed(graph.node):
        if used.intersection(node.output):
            used.update(node.input)
            kept.append(node)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    initializers = [i for i in graph.initializer if i.name in used]
    del graph.initializer[:]
    graph.initializer.extend(initializers)
    onnx.save(model, HERE / target)


def main():
    torch.manual_seed(1)
    cases = {}
    bert = filled(BertModel(BertConfig(**SIZES)))
    export(bert, "bert.onnx", True)
    export(bert, "bert_dynamo.onnx", True, dynamo=True)
    bert_path = HERE / "bert.onnx"
    onnx.save_model(onnx.load(bert_path), HERE / "bert_external.onnx", save_as_external_data=True,
                    location="bert_external.onnx_data", size_threshold=64)
    fuse("bert.onnx", "bert_fused.onnx")
    onnx.save(convert_float_to_float16(onnx.load(bert_path), keep_io_types=True), HERE / "bert_f16.onnx")
    quantize_dynamic(bert_path, HERE / "bert_int8.onnx", weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    quantize_dynamic(bert_path, HERE / "bert_uint8.onnx", weight_type=QuantType.QUInt8)
    export(filled(RobertaForSequenceClassification(RobertaConfig(
        **ONE_LAYER, type_vocab_size=1, pad_token_id=1, num_labels=3))), "roberta_classifier.onnx", False)
    export(filled(MPNetModel(MPNetConfig(**ONE_LAYER))), "mpnet.onnx", False)
    export(filled(DistilBertForTokenClassification(DISTILLED)), "distilbert_tagger.onnx", False)
    export(filled(BertForSequenceClassification(BertConfig(**ONE_LAYER, num_labels=1))), "reranker.onnx", True)
    quantize_dynamic(HERE / "reranker.onnx", HERE / "reranker_int8.onnx", weight_type=QuantType.QInt8, per_channel=True)
    (HERE / "reranker.onnx").unlink()
    for path in sorted(HERE.glob("*.onnx")):
        is_quantised = "int8" in path.name
        cases[path.name] = {"ids": IDS[0], "values": run(dequantised(path) if is_quantised else path)}
        if is_quantised:
            cases[path.name]["runtime"] = run(path)
    with torch.no_grad():
        want = bert(torch.tensor(IDS))[0].ravel().numpy()
    for name in ("bert.onnx", "bert_dynamo.onnx", "bert_external.onnx", "bert_fused.onnx"):
        assert np.abs(want - cases[name]["values"]).max() < 1e-5, name
    (HERE / "cases.json").write_text(json.dumps(cases))
    tokenizer = Tokenizer(models.WordPiece({t: i for i, t in enumerate(VOCAB)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(t, VOCAB.index(t)) for t in ("[CLS]", "[SEP]")])
    tokenizer.save(str(HERE / "reranker_int8-tokenizer.json"), pretty=False)


main()
