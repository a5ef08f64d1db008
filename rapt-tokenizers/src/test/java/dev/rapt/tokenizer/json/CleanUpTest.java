package dev.rapt.tokenizer.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.IncrementalDecoder;
import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CleanUpTest {
  private static final String UNIGRAM =
      """
      {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["\u2581I", -1], ["\u2581do", -1],
      ["\u2581n", -1], ["'", -1], ["t", -1], ["\u2581", -1], [",", -1], ["\u2581not", -1],
      ["\u2581!", -1]]}\
      """;
  private static final String WORDS =
      """
      {"type": "WordLevel", "unk_token": "I", "vocab": {"I": 0, "do": 1, "n't": 2, ",": 3}}\
      """;
  private static final String METASPACE =
      """
      {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true}\
      """;
  private static final String BPE =
      """
      {"type": "BPE", "vocab": {"I": 0, "\u0120!": 1, "!": 2, "\u0120": 3},
      "merges": [["\u0120", "!"]]}\
      """;
  private static final String BYTE_LEVEL =
      """
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}\
      """;
  private static final String WANTED = "\"clean_up_tokenization_spaces\": true";

  @TempDir private Path folder;

  private Tokenizer tokenizer(String model, String decoder, String settings) throws IOException {
    Files.writeString(
        folder.resolve("tokenizer.json"),
        "{\"added_tokens\": [], \"normalizer\": null, \"pre_tokenizer\": null,"
            + " \"post_processor\": null, \"decoder\": "
            + decoder
            + ", \"model\": "
            + model
            + "}");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{" + settings + "}");
    return Tokenizer.load(folder);
  }

  @Test
  void spacesBeforePunctuationAndContractionsAreRemovedWhereTheFolderSaysSo() throws IOException {
    int[] ids = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    assertThat(tokenizer(UNIGRAM, METASPACE, "").decode(ids)).isEqualTo("I do n't , not !");
    assertThat(tokenizer(UNIGRAM, METASPACE, WANTED).decode(ids)).isEqualTo("I don't, not!");
    assertThat(tokenizer(UNIGRAM, METASPACE, WANTED.replace("true", "false")).decode(ids))
        .isEqualTo("I do n't , not !");
  }

  @Test
  void tokensWithoutDecoderAreJoinedAndCleanedUp() throws IOException {
    assertThat(tokenizer(WORDS, "null", "").decode(0, 1, 2, 3)).isEqualTo("I do n't ,");
    assertThat(tokenizer(WORDS, "null", WANTED).decode(0, 1, 2, 3)).isEqualTo("I don't,");
  }

  @Test
  void spacesOfBytePairEncodingsStayUnlessTheFolderInsists() throws IOException {
    assertThat(tokenizer(BPE, BYTE_LEVEL, WANTED).decode(0, 1)).isEqualTo("I !");
    String insists =
        ", \"clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output\": true";
    assertThat(tokenizer(BPE, BYTE_LEVEL, WANTED + insists).decode(0, 1)).isEqualTo("I!");
  }

  @Test
  void aCleanedUpTextIsDecodedTokenByTokenAndSaved() throws IOException {
    Tokenizer tokenizer = tokenizer(UNIGRAM, METASPACE, WANTED);
    IncrementalDecoder decoder = tokenizer.incrementalDecoder(true);
    StringBuilder text = new StringBuilder();
    for (int id : new int[] {1, 2, 3, 4, 5, 6, 7}) {
      text.append(decoder.next(id));
    }
    assertThat(text.append(decoder.finish())).hasToString("I don't,");
    tokenizer.save(folder.resolve("copy"));
    assertThat(Tokenizer.load(folder.resolve("copy")).decode(1, 6, 7)).isEqualTo("I,");
  }
}
