package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** tekken.json of Mistral: ids are ranks behind the special tokens. */
final class TekkenTest {
  private static final int NUM_SPECIAL = 30;

  @TempDir Path folder;

  /** Writes the bytes and some words; the last word is beyond the size of the vocabulary. */
  private ObjectNode tekken(String version) {
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.putObject("config")
        .put("pattern", SplitScanner.TEKKEN.patterns().getFirst())
        .put("default_vocab_size", NUM_SPECIAL + 259)
        .put("default_num_special_tokens", NUM_SPECIAL)
        .put("version", version);
    ArrayNode vocab = root.putArray("vocab");
    for (int b = 0; b < 256; b++) {
      add(vocab, new byte[] {(byte) b});
    }
    for (String word : new String[] {"Hello", "World", "12", "HelloWorld"}) {
      add(vocab, word.getBytes(StandardCharsets.UTF_8));
    }
    return root;
  }

  private static void add(ArrayNode vocab, byte[] token) {
    vocab
        .addObject()
        .put("rank", vocab.size() - 1)
        .put("token_bytes", Base64.getEncoder().encodeToString(token));
  }

  private Tokenizer load(ObjectNode tekken) throws IOException {
    Files.writeString(folder.resolve("tekken.json"), tekken.toString());
    return Tokenizer.load(folder);
  }

  @Test
  void idsAreRanksBehindTheSpecialTokens() throws IOException {
    Tokenizer tokenizer = load(tekken("v3"));
    assertThat(tokenizer.encode("HelloWorld12"))
        .containsExactly(1, 30 + 256, 30 + 257, 30 + '1', 30 + '2');
    assertThat(tokenizer.encode("[INST]Hello[/INST]")).containsExactly(1, 3, 30 + 256, 4);
    assertThat(tokenizer.decode(new int[] {1, 286, 287}, true)).isEqualTo("HelloWorld");
    assertThat(tokenizer.vocabSize()).isEqualTo(NUM_SPECIAL + 259);
    assertThat(tokenizer.tokenToId("<SPECIAL_29>")).hasValue(29);
    assertThat(tokenizer.eosId()).hasValue(2);
    assertThat(Tokenizer.load(folder.resolve("tekken.json")).encode("Hello"))
        .containsExactly(1, 286);
  }

  @Test
  void laterVersionsListTheirSpecialTokens() throws IOException {
    ObjectNode tekken = tekken("v13");
    assertThatThrownBy(() -> load(tekken))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessageContaining("special_tokens: must be a list in version v13");
    ArrayNode special = tekken.putArray("special_tokens");
    for (String token : new String[] {"<unk>", "<s>", "</s>", "[THINK]"}) {
      special.addObject().put("rank", special.size() - 1).put("token_str", token);
    }
    Tokenizer tokenizer = load(tekken);
    assertThat(tokenizer.encode("[THINK]Hello[INST]"))
        .startsWith(1, 3, 286)
        .hasSize(3 + "[INST]".length());
    assertThat(tokenizer.tokenToId("<SPECIAL_4>")).hasValue(4);
  }

  @Test
  void aVocabularyThatIsTooSmallIsRefused() {
    ObjectNode tekken = tekken("v3");
    ((ObjectNode) tekken.get("config")).put("default_vocab_size", 5000);
    assertThatThrownBy(() -> load(tekken))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessageContaining("config.default_vocab_size: must be from 30");
  }
}
