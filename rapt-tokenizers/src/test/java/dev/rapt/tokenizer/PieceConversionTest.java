package dev.rapt.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SentencePiece files that become a tokenizer.json. */
class PieceConversionTest {
  private static final Path RESOURCES = Path.of("src/test/resources");

  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "a",
          "the man and the men",
          "  two  spaces   and some at the end  ",
          "line\nbreak\ttab",
          "\u2581marks\u2581 in the text\u2581",
          "na\u00efve \ufb01le \u2460 \u00bd",
          "\u65e5\u672c\u8a9e \ud55c\uad6d\uc5b4 \ud83d\ude00",
          "aaaa bbbb abababab");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "translation/mbart/sentencepiece.bpe.model", // unigram
        "translation/nllb/sentencepiece.bpe.model" // BPE
      })
  void whatIsSavedTokenizesAsTheFileDoes(String file) throws IOException {
    Path path = RESOURCES.resolve(file);
    Tokenizer library = Tokenizer.load(path);
    Tokenizer converted = Tokenizer.loadToSave(path);
    converted.save(folder);
    Tokenizer saved = Tokenizer.load(folder);
    for (String text : TEXTS) {
      int[] ids = library.encode(text);
      assertThat(converted.encode(text)).as(text).isEqualTo(ids);
      assertThat(saved.encode(text)).as(text).isEqualTo(ids);
    }
    String known = "the man and the men";
    assertThat(saved.decode(saved.encode(known))).isEqualTo(known);
    assertThat(saved.eosId()).hasValue(library.tokenToId("</s>").orElseThrow());
    assertThat(saved.encode("</s>")).endsWith(library.tokenToId("</s>").orElseThrow());
  }

  @Test
  void aFileWithUserDefinedPiecesIsRefusedByName() {
    assertThatThrownBy(() -> Tokenizer.loadToSave(RESOURCES.resolve("sentencepiece/unigram.model")))
        .isInstanceOf(TokenizerFileException.class)
        .hasMessageContaining("must have no user-defined and unused pieces")
        .hasMessageContaining("'foo bar'");
  }

  @Test
  void otherTokenizersLoadAsUsual() throws IOException {
    Path vocab =
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n");
    assertThat(Tokenizer.loadToSave(vocab).encode("the"))
        .isEqualTo(Tokenizer.load(vocab).encode("the"));
  }
}
