package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rapt.tokenizer.types.GgmlVocabulary;
import dev.rapt.tokenizer.types.GgmlVocabulary.Kind;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GgmlTokenizerTest {
  private static final List<String> EXPRESSIBLE =
      List.of(
          "bert_uncased",
          "deepseek_bpe",
          "falcon_bpe",
          "gemma_spm_bpe",
          "gpt2_byte_bpe",
          "llama2_spm_bpe",
          "llama3_bpe",
          "o200k_bpe",
          "qwen_bpe",
          "roberta_byte_bpe",
          "starcoder_bpe",
          "t5_unigram",
          "xlmr_unigram");

  static Stream<Path> folders() throws IOException {
    return RecordedFolders.tokenizerFolders().stream()
        .filter(folder -> EXPRESSIBLE.contains(folder.getFileName().toString()));
  }

  /** The tokenizer that was recorded, without what only tokenizer_config.json adds. */
  private static Tokenizer original(Path folder) {
    return Tokenizer.of(
        Tokenizer.load(folder.resolve("tokenizer.json")).definition(),
        Tokenizer.load(folder).tokenNames());
  }

  @ParameterizedTest
  @MethodSource("folders")
  void vocabularyAloneGivesTheRecordedIds(Path folder) throws IOException {
    Tokenizer original = original(folder);
    GgmlVocabulary vocabulary =
        GgmlTokenizer.vocabulary(folder.toString(), original, original.vocabSize());
    Tokenizer read = GgmlTokenizer.of(vocabulary);
    JsonNode cases = RecordedFolders.cases(folder);
    for (JsonNode recorded : cases.get("encode").values()) {
      String text = recorded.get("text").stringValue();
      int[] ids = JsonMapper.shared().treeToValue(recorded.get("ids"), int[].class);
      assertThat(read.encode(text)).as(text).isEqualTo(ids);
      assertThat(read.decode(ids)).as(text).isEqualTo(original.decode(ids));
    }
  }

  @ParameterizedTest
  @MethodSource("folders")
  void whatTheVocabularyLeavesOutIsKept(Path folder) {
    Tokenizer original = original(folder);
    GgmlVocabulary vocabulary =
        GgmlTokenizer.vocabulary(folder.toString(), original, original.vocabSize());
    Tokenizer read =
        GgmlTokenizer.remainder(original, vocabulary)
            .map(json -> GgmlTokenizer.of(vocabulary, json))
            .orElseGet(() -> GgmlTokenizer.of(vocabulary));
    assertThat(GgmlTokenizer.remainder(original, vocabulary))
        .isEqualTo(GgmlTokenizer.remainder(read, vocabulary));
  }

  @Test
  void tokensAreOfTheirKinds() {
    Tokenizer tokenizer =
        GgmlTokenizer.of(
            vocabulary(
                "llama",
                "",
                List.of("<unk>", "<s>", "<0x41>", "\u2581", "a", "\u2581a", "<tool>"),
                List.of(
                    Kind.UNKNOWN,
                    Kind.CONTROL,
                    Kind.BYTE,
                    Kind.NORMAL,
                    Kind.NORMAL,
                    Kind.NORMAL,
                    Kind.USER_DEFINED),
                Map.of("bos_token", 1)));
    assertThat(tokenizer.encode("aA<tool>a")).containsExactly(1, 5, 2, 6, 5);
    assertThat(tokenizer.isSpecial(1)).isTrue();
    assertThat(tokenizer.isSpecial(6)).isFalse();
    assertThat(tokenizer.bosId()).hasValue(1);
  }

  @Test
  void unknownNamesAreRefused() {
    assertThatExceptionOfType(TokenizerFileException.class)
        .isThrownBy(
            () -> GgmlTokenizer.of(vocabulary("rwkv", "", List.of("a"), List.of(), Map.of())))
        .withMessage("model.gguf: tokenizer.ggml.model: must be llama, gpt2, bert or t5, got rwkv");
    assertThatExceptionOfType(TokenizerFileException.class)
        .isThrownBy(
            () -> GgmlTokenizer.of(vocabulary("gpt2", "qwen9", List.of("a"), List.of(), Map.of())))
        .withMessageContaining("tokenizer.ggml.pre: must be one of ")
        .withMessageEndingWith(", got qwen9");
  }

  @Test
  void idsOfSpecialTokensMustHaveTokens() {
    assertThatExceptionOfType(TokenizerFileException.class)
        .isThrownBy(
            () -> vocabulary("gpt2", "gpt-2", List.of("a"), List.of(), Map.of("bos_token", 7)))
        .withMessage(
            "model.gguf: tokenizer.ggml.bos_token_id: must be below 1, the number of tokens, got"
                + " 7");
  }

  private static GgmlVocabulary vocabulary(
      String model,
      String pre,
      List<String> tokens,
      List<Kind> kinds,
      Map<String, Integer> special) {
    List<Float> scores = tokens.stream().map(_ -> 0f).toList();
    return new GgmlVocabulary(
        "model.gguf", model, pre, tokens, scores, kinds, List.of(), special, Map.of(), null);
  }
}
