"""Speed of Hugging Face tokenizers and tiktoken on one thread, to compare with EncodingBenchmark.

usage: tokenize_peers.py TOKENIZER.json TEXT PASSES
Both encode documents of about 8 KB. tiktoken gets the vocabulary of the
tokenizer.json as ranks, and its split pattern.
"""

import json
import os
import statistics
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tiktoken
from tokenizers import Tokenizer

GPT2 = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
DOCUMENT_BYTES = 8192


def documents(path):
    """Documents that end behind a newline."""
    data = open(path, "rb").read()
    start = 0
    while start < len(data):
        end = data.find(b"\n", min(start + DOCUMENT_BYTES - 1, len(data)))
        end = len(data) if end < 0 else end + 1
        yield data[start:end].decode("utf-8")
        start = end


def alphabet():
    """The characters that stand for bytes in byte-level vocabularies."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    moved = [b for b in range(256) if b not in kept]
    return {chr(b): b for b in kept} | {chr(256 + i): b for i, b in enumerate(moved)}


def as_tiktoken(path):
    """The vocabulary as ranks, or None. Merged tokens keep their order, single bytes come first."""
    spec = json.load(open(path, encoding="utf-8"))
    byte_of = alphabet()
    special = {token["content"]: token["id"] for token in spec["added_tokens"]}
    ranks = {
        bytes(byte_of[c] for c in token): id
        for token, id in spec["model"]["vocab"].items()
        if token not in special
    }
    pattern = GPT2
    steps = spec["pre_tokenizer"].get("pretokenizers", [])
    if len(steps) > 2:
        return None
    if steps:
        pattern = steps[0]["pattern"]["Regex"]
    return tiktoken.Encoding("local", pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)


def java_hash(ids):
    """What java.util.Arrays.hashCode gives, to compare with the hash that EncodingBenchmark prints."""
    value = 1
    for id in ids:
        value = (31 * value + id) & 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def measure(name, load, texts, size, passes):
    """Each pass has a tokenizer of its own: some remember words they have seen."""
    speeds = []
    for _ in range(passes):
        encode = load()
        start = time.perf_counter()
        ids = [id for text in texts for id in encode(text)]
        speeds.append(size / 1e6 / (time.perf_counter() - start))
    print(
        f"{name}: {statistics.median(speeds):.1f} MB/s (median of {passes}, best {max(speeds):.1f}),"
        f" {len(ids)} tokens, hash {java_hash(ids)}",
        flush=True,
    )
    return ids


def load_fast(path):
    fast = Tokenizer.from_file(path)
    return lambda text: fast.encode(text, add_special_tokens=False).ids


def main():
    path, text, passes = sys.argv[1], sys.argv[2], int(sys.argv[3])
    texts = list(documents(text))
    size = sum(len(t.encode()) for t in texts)
    theirs = measure("tokenizers", lambda: load_fast(path), texts, size, passes)
    ranks = as_tiktoken(path)
    if ranks is None:
        print("tiktoken: no single pattern is what this tokenizer splits by")
        return
    ours = measure("tiktoken", lambda: ranks.encode_ordinary, texts, size, passes)
    different = sum(a != b for a, b in zip(ours, theirs)) if len(ours) == len(theirs) else "many"
    # tiktoken merges any two tokens whose bytes are a token, also where merges.txt has another pair.
    print(f"ids in which tiktoken and tokenizers differ: {different}")


main()
