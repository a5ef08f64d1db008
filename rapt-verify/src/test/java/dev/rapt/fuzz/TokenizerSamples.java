package dev.rapt.fuzz;

import dev.rapt.verify.CaseFolders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Small valid tokenizer files: every type of model, and most types of the other steps. */
final class TokenizerSamples {
  /** Texts of tokenizer.json. */
  static final List<String> JSON =
      List.of(
          """
          {"version": "1.0",
           "truncation": {"direction": "Right", "max_length": 12, "strategy": "LongestFirst", "stride": 2},
           "padding": {"strategy": "BatchLongest", "direction": "Left", "pad_to_multiple_of": 4,
             "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
           "added_tokens": [{"id": 0, "content": "[PAD]", "single_word": false, "lstrip": true,
             "rstrip": false, "normalized": false, "special": true}],
           "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
             "strip_accents": null, "lowercase": true},
           "pre_tokenizer": {"type": "BertPreTokenizer"},
           "post_processor": {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                        {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
             "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                      {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
                      {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
             "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                                "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
           "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
           "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
             "max_input_chars_per_word": 20,
             "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "hello": 4, "wor": 5, "##ld": 6,
               "a": 7, "##a": 8, "caf": 9, "##e": 10, "1": 11, "##23": 12}}}
          """,
          """
          {"version": "1.0", "truncation": null,
           "padding": {"strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": null,
             "pad_id": 0, "pad_type_id": 0, "pad_token": "<unk>"},
           "added_tokens": [{"id": 4, "content": "Hello", "single_word": true, "lstrip": false,
             "rstrip": true, "normalized": true, "special": false}],
           "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"},
             {"type": "Lowercase"}, {"type": "Strip", "strip_left": true, "strip_right": true},
             {"type": "Replace", "pattern": {"Regex": "[0-9]+"}, "content": "0"}, {"type": "Prepend", "prepend": "_"}]},
           "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
             {"type": "Punctuation", "behavior": "Isolated"}, {"type": "Digits", "individual_digits": true},
             {"type": "CharDelimiterSplit", "delimiter": "-"}, {"type": "UnicodeScripts"}]},
           "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1],
             "trim_offsets": true, "add_prefix_space": true},
           "decoder": {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": true},
           "model": {"type": "WordLevel", "unk_token": "<unk>",
             "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "_hello": 3, "world": 5, "0": 6}}}
          """,
          """
          {"version": "1.0", "truncation": null, "padding": null,
           "added_tokens": [{"id": 0, "content": "<unk>", "single_word": false, "lstrip": false,
             "rstrip": false, "normalized": false, "special": true}],
           "normalizer": {"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "NFKC"},
             {"type": "Replace", "pattern": {"String": "  "}, "content": " "}]},
           "pre_tokenizer": {"type": "Metaspace", "replacement": "\\u2581", "prepend_scheme": "always", "split": true},
           "post_processor": {"type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1]},
           "decoder": {"type": "Sequence", "decoders": [{"type": "Metaspace", "replacement": "\\u2581",
               "prepend_scheme": "always", "split": true}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
           "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
             "vocab": [["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0], ["\\u2581", -2.0], ["\\u2581he", -3.5],
               ["l", -4.0], ["lo", -4.5], ["world", -6.0], ["a", -5.0], ["aa", -5.5]]}}
          """,
          """
          {"version": "1.0", "truncation": null, "padding": null,
           "added_tokens": [{"id": 0, "content": "<unk>", "single_word": false, "lstrip": false,
             "rstrip": false, "normalized": false, "special": true}],
           "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\\u2581"},
             {"type": "Replace", "pattern": {"String": " "}, "content": "\\u2581"}]},
           "pre_tokenizer": null, "post_processor": null,
           "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\\u2581"},
             "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
           "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null,
             "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "ignore_merges": false,
             "vocab": {"<unk>": 0, "<0x00>": 1, "<0x0A>": 2, "<0xC3>": 3, "<0xA9>": 4, "a": 5, "aa": 6, "\\u2581": 7,
               "\\u2581a": 8, "h": 9, "e": 10, "he": 11}, "merges": ["a a", "\\u2581 a", "h e"]}}
          """,
          """
          {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
           "normalizer": {"type": "NFC"},
           "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\\\p{L}+|\\\\s+"},
             "behavior": "Removed", "invert": true}, {"type": "Whitespace"},
             {"type": "Punctuation", "behavior": "MergedWithPrevious"}]},
           "post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": true,
             "trim_offsets": true, "use_regex": true}]},
           "decoder": {"type": "BPEDecoder", "suffix": "</w>"},
           "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": "@@",
             "end_of_word_suffix": "</w>", "fuse_unk": false, "byte_fallback": false, "ignore_merges": true,
             "vocab": {"<unk>": 0, "a": 1, "@@a": 2, "@@a</w>": 3, "aa": 4, "h": 5, "@@e": 6, "he": 7},
             "merges": [["a", "@@a"], ["h", "@@e"]]}}
          """);

  /** Texts of tokenizer_config.json. */
  static final List<String> CONFIGS =
      List.of(
          """
          {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": {"content": "</s>",
            "lstrip": false, "rstrip": false, "single_word": false, "normalized": false, "special": true},
           "pad_token": null, "additional_special_tokens": ["<x>", {"content": "<z>"}], "model_max_length": 512,
           "added_tokens_decoder": {"200": {"content": "<w>", "lstrip": false, "rstrip": false,
             "single_word": false, "normalized": false, "special": true}},
           "clean_up_tokenization_spaces": false, "add_bos_token": true,
           "chat_template": "{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}"}
          """,
          """
          {"tokenizer_class": "LlamaTokenizer", "unk_token": "<unk>", "legacy": true, "add_prefix_space": null,
           "chat_template": [{"name": "default", "template": "{{ messages }}"}, {"name": "tool_use", "template": "{{ tools }}"}]}
          """);

  /** Texts of special_tokens_map.json. */
  static final List<String> SPECIAL_TOKENS_MAPS =
      List.of(
          "{\"bos_token\": \"<s>\", \"unk_token\": {\"content\": \"<unk>\"}}",
          "{\"additional_special_tokens\": [\"<a>\", \"<b>\"], \"pad_token\": \"<pad>\"}");

  private TokenizerSamples() {}

  /** Folders without tokenizer.json: the bytes of their files by name. */
  static List<Map<String, byte[]>> folders() throws IOException {
    List<Map<String, byte[]>> folders = new ArrayList<>();
    Path translation = CaseFolders.resource("translation");
    for (String name : List.of("marian", "m2m100", "m2m100_unigram", "mbart", "mbart50")) {
      Map<String, byte[]> files = new LinkedHashMap<>();
      try (Stream<Path> each = Files.list(translation.resolve(name))) {
        for (Path file : each.sorted().toList()) {
          if (!file.endsWith("recorded.json")) {
            files.put(file.getFileName().toString(), Files.readAllBytes(file));
          }
        }
      }
      folders.add(files);
    }
    byte[] unigram = folders.get(2).get("sentencepiece.bpe.model");
    byte[] bpe = folders.get(1).get("sentencepiece.bpe.model");
    folders.add(
        Map.of(
            "spiece.model",
            unigram,
            "tokenizer_config.json",
            bytes("{\"tokenizer_class\": \"T5Tokenizer\", \"extra_ids\": 3}")));
    folders.add(
        Map.of(
            "tokenizer.model",
            bpe,
            "tokenizer_config.json",
            bytes("{\"tokenizer_class\": \"LlamaTokenizer\", \"legacy\": true}")));
    folders.add(
        Map.of("vocab.txt", bytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n##s\nworld\n")));
    for (String tokenizerClass :
        List.of("GPT2Tokenizer", "RobertaTokenizer", "CLIPTokenizer", "")) {
      folders.add(
          Map.of(
              "vocab.json",
              bytes(
                  """
                  {"<s>": 0, "</s>": 1, "<unk>": 2, "<|endoftext|>": 3, "<|startoftext|>": 4, "h": 5,
                   "e": 6, "he": 7, "a": 8, "aa": 9, "\\u0120": 10, "\\u0120a": 11, "a</w>": 12, "<pad>": 13,
                   "<mask>": 14}
                  """),
              "merges.txt",
              bytes("#version: 0.2\nh e\na a\n\u0120 a\n"),
              "tokenizer_config.json",
              bytes("{\"tokenizer_class\": \"" + tokenizerClass + "\"}")));
    }
    folders.add(
        Map.of(
            "qwen.tiktoken", bytes("IQ== 0\nIg== 1\nISI= 2\nYQ== 3\nYWE= 4\naGU= 5\n"),
            "tokenizer_config.json", bytes("{\"tokenizer_class\": \"QWenTokenizer\"}")));
    folders.replaceAll(TreeMap::new); // in one order, so that seeds repeat
    return folders;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
