package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.text.ByteAlphabet;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Folders without tokenizer.json: the tokenizer class comes from tokenizer_config.json or from the
 * model_type, and brings special tokens of its own.
 */
final class FolderClassTest {
  @TempDir Path folder;

  private void write(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }

  /** Writes a byte-level vocabulary with special tokens before and after the bytes. */
  private void bytes(List<String> before, List<String> after) throws IOException {
    ObjectNode vocab = JsonMapper.shared().createObjectNode();
    before.forEach(token -> vocab.put(token, vocab.size()));
    for (int b = 0; b < 256; b++) {
      vocab.put(Character.toString(ByteAlphabet.charOf(b)), vocab.size());
    }
    after.forEach(token -> vocab.put(token, vocab.size()));
    write("vocab.json", vocab.toString());
    write("merges.txt", "#version: 0.2\n");
  }

  private void pieces(String name) throws IOException {
    pieces(name, "/translation/mbart/sentencepiece.bpe.model");
  }

  private void pieces(String name, String resource) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(FolderClassTest.class.getResourceAsStream(resource))) {
      Files.copy(in, folder.resolve(name));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tokenizer_config.json, tokenizer_class, RobertaTokenizer",
    "tokenizer_config.json, tokenizer_class, BartTokenizerFast",
    "config.json, tokenizer_class, RobertaTokenizer",
    "config.json, model_type, roberta",
    "config.json, model_type, longformer",
  })
  void robertaKnowsItsMaskWithoutBeingTold(String file, String key, String value)
      throws IOException {
    bytes(List.of("<s>", "<pad>", "</s>", "<unk>"), List.of("<mask>"));
    write(file, "{\"" + key + "\": \"" + value + "\"}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(tokenizer.encode("a<mask>b")).containsExactly(0, 4 + 'a', 260, 4 + 'b', 2);
    assertThat(tokenizer.decode(new int[] {0, 4 + 'a', 260, 2}, true)).isEqualTo("a");
    assertThat(tokenizer.padId()).hasValue(1);
    assertThat(tokenizer.namedTokenId("mask_token")).hasValue(260);
  }

  @Test
  void aDefaultTokenThatTheVocabularyLacksGetsTheNextId() throws IOException {
    bytes(List.of(), List.of());
    write("config.json", "{\"model_type\": \"gpt2\"}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(tokenizer.encode("a<|endoftext|>")).containsExactly('a', 256);
    assertThat(tokenizer.eosId()).hasValue(256);
  }

  @Test
  void theFilesOfAFolderOverrideTheDefaults() throws IOException {
    bytes(List.of("<s>", "<pad>", "</s>", "<unk>"), List.of("<mask>", "<m>"));
    write(
        "tokenizer_config.json",
        """
        {"tokenizer_class": "RobertaTokenizer", "pad_token": null,
         "mask_token": {"__type": "AddedToken", "content": "<m>", "lstrip": true}}
        """);
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(tokenizer.encode("a  <m>")).containsExactly(0, 4 + 'a', 261, 2);
    assertThat(tokenizer.encode("<mask>")).hasSize(2 + "<mask>".length());
    assertThat(tokenizer.padId()).isEmpty();
  }

  @Test
  void aNamedTokenThatTheVocabularyLacksMarksTexts() throws IOException {
    bytes(List.of("<s>", "<pad>", "</s>", "<unk>"), List.of("<mask>"));
    write(
        "tokenizer_config.json",
        """
        {"tokenizer_class": "RobertaTokenizer",
         "cls_token": {"__type": "AddedToken", "content": "<cls>"}}
        """);
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(tokenizer.encode("a")).containsExactly(261, 4 + 'a', 2);
    assertThat(tokenizer.isSpecial(261)).isTrue();
  }

  @Test
  void gptNeoXComposesCharacters() throws IOException {
    bytes(List.of(), List.of("<|endoftext|>", "<|padding|>"));
    write("config.json", "{\"model_type\": \"gpt_neox\"}");
    assertThat(Tokenizer.load(folder).encode("e\u0301")).containsExactly(0xC3, 0xA9);
    write("config.json", "{\"model_type\": \"gpt2\"}");
    assertThat(Tokenizer.load(folder).encode("e\u0301")).containsExactly('e', 0xCC, 0x81);
  }

  @ParameterizedTest
  @CsvSource({
    "tokenizer_config.json, tokenizer_class, BertJapaneseTokenizer",
    "tokenizer_config.json, tokenizer_class, SomeUnknownTokenizer",
    "config.json, model_type, esm",
    "config.json, model_type, tapas",
  })
  void classesThatReadVocabTxtDifferentlyAreRefused(String file, String key, String value)
      throws IOException {
    write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n");
    write(file, "{\"" + key + "\": \"" + value + "\"}");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessageContaining("must belong to a tokenizer_class that reads it as BERT does, got ")
        .hasMessageEndingWith("Tokenizer; add its tokenizer.json");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void llamaPutsASpaceBeforeATextUnlessItIsToldNotTo(boolean legacy) throws IOException {
    pieces("tokenizer.model", "/sentencepiece/bpe.model");
    String config = "{\"tokenizer_class\": \"LlamaTokenizer\", \"legacy\": " + legacy;
    write("tokenizer_config.json", config + "}");
    Tokenizer usual = Tokenizer.load(folder);
    write("tokenizer_config.json", config + ", \"add_prefix_space\": false}");
    Tokenizer plain = Tokenizer.load(folder);
    int[] ids = plain.encode("the cat");
    assertThat(plain.idToToken(ids[1]).orElseThrow()).startsWith("t");
    assertThat(plain.decode(ids, true)).isEqualTo("the cat");
    assertThat(plain.encode(" the cat")).isEqualTo(usual.encode("the cat"));
    assertThat(plain.decode(usual.encode("the cat"), true)).isEqualTo(" the cat");
  }

  /** As in transformers 5.18, a space at the end stays. */
  @Test
  void reformerReadsBpe() throws IOException {
    pieces("spiece.model", "/sentencepiece/bpe.model");
    write("config.json", "{\"model_type\": \"reformer\"}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(tokenizer.decode(tokenizer.encode("the  cat "))).isEqualTo("the cat ");
    assertThat(tokenizer.idToToken(tokenizer.encode("the")[0]).orElseThrow()).startsWith("\u2581t");
  }

  @Test
  void blenderbotEndsATextAndPutsASpaceBeforeIt() throws IOException {
    bytes(List.of("<s>", "<pad>", "</s>", "<unk>"), List.of("<mask>"));
    write("config.json", "{\"model_type\": \"blenderbot\"}");
    assertThat(Tokenizer.load(folder).encode("a <mask>")).containsExactly(4 + ' ', 4 + 'a', 260, 2);
  }

  @Test
  void bertLikeModelsNameTheirTokensDifferently() throws IOException {
    write("vocab.txt", "<pad>\n<unk>\n<cls>\n<sep>\n<mask>\n<s>\n</s>\na\n");
    write("config.json", "{\"model_type\": \"funnel\"}");
    Tokenizer funnel = Tokenizer.load(folder);
    assertThat(funnel.encode("a <mask> b")).containsExactly(2, 7, 4, 1, 3);
    assertThat(funnel.encodeWithOffsets("a").typeIds()).containsExactly(2, 0, 0);
    write("vocab.txt", "<s>\n<pad>\n</s>\n[UNK]\na\n<mask>\n");
    write("config.json", "{\"model_type\": \"mpnet\"}");
    assertThat(Tokenizer.load(folder).encode("a <mask> b")).containsExactly(0, 4, 5, 3, 2);
  }

  @ParameterizedTest
  @CsvSource({"config.json, model_type, t5", "tokenizer_config.json, tokenizer_class, T5Tokenizer"})
  void t5FindsItsSentinels(String file, String key, String value) throws IOException {
    pieces("spiece.model");
    write(file, "{\"" + key + "\": \"" + value + "\"}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    int last = tokenizer.tokenToId("<extra_id_0>").orElseThrow();
    assertThat(tokenizer.tokenToId("<extra_id_99>")).hasValue(last - 99);
    int[] ids = tokenizer.encode("the <extra_id_0> sea <extra_id_1>");
    assertThat(ids).contains(last, last - 1);
    assertThat(tokenizer.decode(ids, true)).doesNotContain("extra_id");
    assertThat(tokenizer.isSpecial(last)).isTrue();
  }

  @Test
  void xlmRobertaByModelTypeFindsItsMask() throws IOException {
    pieces("sentencepiece.bpe.model");
    write("config.json", "{\"model_type\": \"xlm-roberta\"}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    int mask = tokenizer.tokenToId("<mask>").orElseThrow();
    assertThat(tokenizer.encode("the <mask>")).startsWith(0).endsWith(mask, 2);
    assertThat(tokenizer.padId()).hasValue(1);
  }

  @Test
  void xlNetPutsItsMarksBehindTheText() throws IOException {
    ByteArrayOutputStream model = new ByteArrayOutputStream();
    piece(model, "<unk>", 2);
    piece(model, "\u2581a", 1);
    piece(model, "<sep>", 3);
    piece(model, "<cls>", 3);
    piece(model, "(", 4);
    Files.write(folder.resolve("spiece.model"), model.toByteArray());
    write("config.json", "{\"model_type\": \"xlnet\"}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(tokenizer.encode("\u00E1<sep>(a")).containsExactly(1, 2, 4, 1, 2, 3);
    assertThat(tokenizer.isSpecial(2)).isTrue();
    assertThat(tokenizer.isSpecial(4)).isFalse();
  }

  /** Appends a piece of a unigram model: its text, a score and its type. */
  private static void piece(ByteArrayOutputStream model, String text, int type) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    model.write(0x0A); // pieces
    model.write(utf8.length + 9);
    model.write(0x0A); // piece
    model.write(utf8.length);
    model.writeBytes(utf8);
    model.write(0x15); // score: -1
    model.writeBytes(new byte[] {0, 0, (byte) 0x80, (byte) 0xBF});
    model.write(0x18); // type
    model.write(type);
  }

  /** The reference gives added tokens the id of the vocabulary or the next free one. */
  @Test
  void idsOfAddedTokensAreNotThoseOfTheFile() throws IOException {
    write(
        "tokenizer.json",
        """
        {"added_tokens": [
          {"id": 2, "content": "<s>", "special": true}, {"id": 50, "content": "a", "special": true},
          {"id": 3, "content": "</s>", "special": true}, {"id": 7, "content": "<s>", "lstrip": true}],
         "pre_tokenizer": {"type": "WhitespaceSplit"},
         "model": {"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0, "a": 1, "b": 2, "c": 9}}}
        """);
    write("added_tokens.json", "{\"<x>\": 900, \"<y>\": 100}");
    Tokenizer tokenizer = Tokenizer.load(folder);
    assertThat(tokenizer.encode("b <s> a </s><y><x>")).containsExactly(2, 4, 1, 5, 6, 7);
    assertThat(tokenizer.decode(2, 3, 4)).isEqualTo("b <s>");
    assertThat(tokenizer.idToToken(9)).hasValue("c");
    assertThat(tokenizer.isSpecial(4)).isTrue();
  }
}
