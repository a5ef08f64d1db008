"""Records what sentence-transformers computes with small folders, for SentenceFolderTest and RerankerTest.

python record.py writes the transformers bert/, llama/, t5/ and reranker/ and cases.json beside this file. A case is a
transformer, files that are put beside it, weights of modules, and calls with their vectors.
sentence-transformers 6.0.1, transformers 5.18, CPU, one text per batch.
"""
import json, os, shutil, tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from safetensors.torch import save_file
from sentence_transformers import CrossEncoder, SentenceTransformer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (BertConfig, BertForSequenceClassification, BertModel, LlamaConfig, LlamaForCausalLM,
                          PreTrainedTokenizerFast, T5Config, T5EncoderModel)

HERE = Path(__file__).parent
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCAB = (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ":", ".", "The", "the", "cat", "Cat", "sea", "House"]
         + list(LETTERS) + ["##" + c for c in LETTERS])
TEXTS = ["the cat sat by the sea", "The Cat", "a House: a house.", "", " ", "so many words that this text is cut in some cases"]
BASE = "sentence_transformers."
NEW = {"Transformer": BASE + "base.modules.transformer.Transformer",
       "Pooling": BASE + "sentence_transformer.modules.pooling.Pooling",
       "Dense": BASE + "base.modules.dense.Dense",
       "Normalize": BASE + "base.modules.normalize.Normalize",
       "LayerNorm": BASE + "sentence_transformer.modules.layer_norm.LayerNorm",
       "Dropout": BASE + "sentence_transformer.modules.dropout.Dropout"}
FLAGS = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
         "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken"}


def filled(model):
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.2)
    return model.half().float()  # short in the file


def transformer(name, model, begin, end):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model.half().save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config["dtype"] = "float32"
    (folder / "config.json").write_text(json.dumps(config))
    tokenizer = Tokenizer(models.WordPiece({t: i for i, t in enumerate(VOCAB)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    if begin or end:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{begin} $A {end}".strip(), pair=f"{begin} $A {end} $B:1 {end}:1".strip(),
            special_tokens=[(t, VOCAB.index(t)) for t in ("[CLS]", "[SEP]")])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
                            sep_token="[SEP]", mask_token="[MASK]", model_max_length=24,
                            padding_side="right" if begin else "left").save_pretrained(folder)


def modules(*kinds, old=False, first=""):
    return [{"idx": i, "name": str(i), "path": first if i == 0 else f"{i}_{kind}",
             "type": BASE + "models." + kind if old else NEW[kind]} for i, kind in enumerate(kinds)]


def flags(*modes, **more):
    return {"word_embedding_dimension": 16, **{"pooling_mode_" + key: mode in modes for mode, key in FLAGS.items()}, **more}


def dense(i, o, activation, **more):
    path = "torch.nn.modules.linear." if activation == "Identity" else "torch.nn.modules.activation."
    return {"in_features": i, "out_features": o, "bias": True, "activation_function": path + activation, **more}


def linear(i, o, name="linear", bias=True):
    weights = {name + ".weight": torch.randn(o, i) * 0.3}
    return {**weights, name + ".bias": torch.randn(o) * 0.3} if bias else weights


PROMPTS = {"query": "The sea: ", "passage": "House."}
CASES = [
    ("cls, of release 6", "bert", {
        "modules.json": modules("Transformer", "Pooling", "Normalize"),
        "1_Pooling/config.json": {"embedding_dimension": 16, "pooling_mode": "cls", "include_prompt": True},
        "2_Normalize/config.json": {}}, {}, [{}]),
    ("all modes by flags, of release 2", "bert", {
        "modules.json": modules("Transformer", "Pooling", "Normalize", old=True, first="0_Transformer"),
        "1_Pooling/config.json": flags(*FLAGS)}, {}, [{}]),
    ("no mode set", "bert", {
        "modules.json": modules("Transformer", "Pooling", old=True),
        "1_Pooling/config.json": flags()}, {}, [{}]),
    ("modes in the order of the file", "bert", {
        "modules.json": modules("Transformer", "Pooling"),
        "1_Pooling/config.json": {"embedding_dimension": 16,
                                  "pooling_mode": ["lasttoken", "weightedmean", "mean_sqrt_len_tokens", "cls"]}}, {}, [{}]),
    ("dense, norm, dropout", "bert", {
        "modules.json": modules("Transformer", "Pooling", "Dense", "LayerNorm", "Dropout", "Dense", "Normalize"),
        "1_Pooling/config.json": flags("mean"),
        "2_Dense/config.json": dense(16, 6, "GELU", use_residual=True),
        "3_LayerNorm/config.json": {"dimension": 6},
        "4_Dropout/config.json": {"dropout": 0.3},
        "5_Dense/config.json": dense(6, 5, "Softsign", bias=False),
        "6_Normalize/config.json": {}},
     {"2_Dense": {**linear(16, 6), **linear(16, 6, "residual", False)},
      "3_LayerNorm": {"norm.weight": 1 + torch.randn(6) * 0.3, "norm.bias": torch.randn(6) * 0.3},
      "5_Dense": linear(6, 5, bias=False)}, [{}]),
    ("dense of tokens; tanh by default", "bert", {
        "modules.json": modules("Transformer", "Dense", "Normalize", "Pooling"),
        "1_Dense/config.json": {"in_features": 16, "out_features": 6, "module_input_name": "token_embeddings"},
        "2_Normalize/config.json": {"module_input_name": "token_embeddings"},
        "3_Pooling/config.json": flags("max")}, {"1_Dense": linear(16, 6)}, [{}]),
    ("prompts", "bert", {
        "modules.json": modules("Transformer", "Pooling"),
        "1_Pooling/config.json": flags("mean", "cls"),
        "config_sentence_transformers.json": {"prompts": PROMPTS, "default_prompt_name": "query",
                                              "similarity_fn_name": "dot", "truncate_dim": 20}},
     {}, [{}, {"prompt_name": "passage"}, {"prompt": "Cat:"}, {"prompt": ""}]),
    ("prompts that do not count", "bert", {
        "modules.json": modules("Transformer", "Pooling"),
        "1_Pooling/config.json": flags("mean", "weightedmean", "cls", include_prompt=False),
        "config_sentence_transformers.json": {"prompts": PROMPTS, "default_prompt_name": None}},
     {}, [{}, {"prompt_name": "query"}, {"prompt": "The Cat"}]),
    ("cut, in lower case", "bert", {
        "modules.json": modules("Transformer", "Pooling", old=True),
        "sentence_roberta_config.json": {"max_seq_length": 7, "do_lower_case": True},
        "1_Pooling/config.json": flags("mean")}, {}, [{}]),
    ("a decoder's last token", "llama", {
        "modules.json": modules("Transformer", "Pooling", "Normalize"),
        "1_Pooling/config.json": {"embedding_dimension": 16, "pooling_mode": "lasttoken"},
        "2_Normalize/config.json": {}}, {}, [{}, {"prompt": "Cat: "}]),
    ("the encoder of a T5", "t5", {
        "modules.json": modules("Transformer", "Pooling"),
        "1_Pooling/config.json": flags("mean")}, {}, [{}]),
    ("an encoder alone", "bert", {}, {}, [{}]),
    ("a language model alone", "llama", {}, {}, [{}]),
]


def record(folder, name, base, files, weights, calls):
    root = folder / (files["modules.json"][0]["path"] if files else "")
    shutil.copytree(HERE / base, root, dirs_exist_ok=True)
    for path, content in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(json.dumps(content))
    for path, tensors in weights.items():
        save_file(tensors, folder / path / "model.safetensors")
    model = SentenceTransformer(str(folder))
    texts = [t for t in TEXTS if base != "llama" or t.strip()]
    recorded = [{"args": args, "vectors": [model.encode([t], **args)[0].tolist() for t in texts]} for args in calls]
    return {"name": name, "transformer": base, "files": files, "texts": texts, "calls": recorded,
            "weights": {path: {key: {"shape": list(t.shape), "values": t.flatten().tolist()} for key, t in tensors.items()}
                        for path, tensors in weights.items()}}


def rank(folder, changes):
    shutil.copytree(HERE / "reranker", folder, dirs_exist_ok=True)
    for path, content in changes.items():
        file = folder / path
        before = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps({**before, **content} if isinstance(content, dict) else content))
    model = CrossEncoder(str(folder))
    ranked = model.rank("The Cat", TEXTS, batch_size=1)
    return {"changes": changes, "query": "The Cat", "texts": TEXTS,
            "ranked": [{"index": r["corpus_id"], "score": r["score"]} for r in ranked]}


def main():
    torch.manual_seed(1)
    sizes = dict(vocab_size=len(VOCAB), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24,
                 max_position_embeddings=24, pad_token_id=0)
    transformer("bert", filled(BertModel(BertConfig(**sizes), add_pooling_layer=False)), "[CLS]", "[SEP]")
    transformer("reranker", filled(BertForSequenceClassification(BertConfig(num_labels=1, **sizes))), "[CLS]", "[SEP]")
    transformer("llama", filled(LlamaForCausalLM(LlamaConfig(**sizes, bos_token_id=2, eos_token_id=3))), "", "")
    transformer("t5", filled(T5EncoderModel(T5Config(vocab_size=len(VOCAB), d_model=16, d_kv=8, d_ff=24, num_layers=1,
                                                      num_heads=2))), "", "[SEP]")
    activation = "torch.nn.modules.linear.Identity"
    with tempfile.TemporaryDirectory() as temp:
        cases = [record(Path(temp) / str(i), *case) for i, case in enumerate(CASES)]
        ranks = [rank(Path(temp) / f"r{i}", changes) for i, changes in enumerate([
            {},
            {"tokenizer_config.json": {"model_input_names": ["input_ids", "token_type_ids", "attention_mask"]}},
            {"config.json": {"sbert_ce_default_activation_function": activation}},
            {"config.json": {"sentence_transformers": {"activation_fn": activation}},
             "tokenizer_config.json": {"model_max_length": 12}},
            {"modules.json": modules("Transformer"),
             "sentence_bert_config.json": {"transformer_task": "sequence-classification"},
             "config_sentence_transformers.json": {"model_type": "CrossEncoder", "prompts": PROMPTS,
                                                   "activation_fn": "torch.nn.modules.activation.Tanh",
                                                   "default_prompt_name": "passage"}}])]
    (HERE / "cases.json").write_text(json.dumps({"cases": cases, "ranks": ranks}) + "\n")


main()
