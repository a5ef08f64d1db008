package dev.rapt.generate.constrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.generate.options.JsonSpacing;
import dev.rapt.json.JsonTree;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.types.IdBuffer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.json.JsonFactory;

class GrammarConstraintTest {
  private static final String JSON_LIKE =
      "{\"a\": [1, -2.5e3], \"né€😀\":true,\"\\u00e9\":null} x\n";

  private static final String TREE =
      "root ::= node\nnode ::= \"(\" [a-cé😀]{0,3} (\",\" node)* \")\" | \"\" \"x\" tail?\n"
          + "tail ::= \"y\" tail? | \"yy\"\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[a-z]{2,5}(, [é€😀]+)*",
        "(a|ab|abc)*d?",
        "x?(y?(z?)){2,4}",
        "[^\\n]{0,20}",
        "(\\{\"a\": (true|null|\\d+)\\})+"
      })
  void randomWalksMatchTheRegularExpression(String regex) {
    Grammar grammar = Grammar.ofRegex(regex);
    Pattern pattern = Pattern.compile(regex);
    for (int seed = 0; seed < 30; seed++) {
      Walks walks = Walks.overPiecesOf(JSON_LIKE + "abcdxyz, é€", seed);
      String text = walks.text(GrammarConstraint.of(grammar, walks.vocabulary()));
      assertThat(pattern.matcher(text).matches()).as(text).isTrue();
    }
  }

  @Test
  void randomWalksMatchARecursiveGrammar() {
    Grammar grammar = Grammar.ofGbnf(TREE);
    for (int seed = 0; seed < 60; seed++) {
      Walks walks = Walks.overPiecesOf("((a,(),(xyy,b),(é😀)),(c))xyyyy", seed);
      String text = walks.text(GrammarConstraint.of(grammar, walks.vocabulary()));
      assertThat(grammar.matches(text)).as(text).isTrue();
    }
  }

  @Test
  void randomWalksOfAnySchemaAreJson() {
    for (JsonSpacing spacing :
        List.of(JsonSpacing.NONE, JsonSpacing.AFTER_SEPARATORS, JsonSpacing.upTo(3))) {
      Grammar grammar = Grammar.ofJsonSchema("{}", spacing);
      for (int seed = 0; seed < 30; seed++) {
        Walks walks = Walks.overPiecesOf(JSON_LIKE, seed);
        String text = walks.text(GrammarConstraint.of(grammar, walks.vocabulary()));
        assertThat(JsonTree.read(new JsonFactory(), utf8(text)).isMissingNode()).isFalse();
      }
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A byte-level BPE whose tokens cross the borders of JSON. */
  private static Tokenizer tokenizer() {
    List<String> texts = new ArrayList<>();
    for (int seed = 0; seed < 40; seed++) {
      Walks walks = Walks.overPiecesOf(JSON_LIKE, 100 + seed);
      texts.add(
          walks.text(
              GrammarConstraint.of(
                  Grammar.ofJsonSchema("{\"type\":[\"object\",\"array\"]}"), walks.vocabulary())));
    }
    return new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(500)).trainOnTexts(texts);
  }

  @Test
  void tokenizedTextsOfTheGrammarAreAllowed() {
    Tokenizer tokenizer = tokenizer();
    Grammar grammar = Grammar.ofJsonSchema("{\"type\":[\"object\",\"array\"]}");
    TokenConstraint constraint = GrammarConstraint.of(grammar, TokenVocabulary.of(tokenizer));
    for (int seed = 0; seed < 40; seed++) {
      Walks walks = Walks.overPiecesOf(JSON_LIKE, seed);
      String text = walks.text(GrammarConstraint.of(grammar, walks.vocabulary()));
      IdBuffer ids = new IdBuffer(16);
      tokenizer.encode(text, ids);
      TokenConstraint.State state = constraint.start();
      for (int id : ids.toArray()) {
        float[] scores = new float[tokenizer.vocabSize()];
        state.mask(scores, List.of());
        assertThat(scores[id]).as(text).isZero();
        state = Objects.requireNonNull(state.next(id));
      }
      assertThat(state.isComplete()).as(text).isTrue();
    }
  }

  @Test
  void randomWalksOverARealTokenizerMatch() {
    Tokenizer tokenizer = tokenizer();
    List<byte @Nullable []> tokens = new ArrayList<>(tokenizer.tokenBytes());
    tokens.add(null);
    int eos = tokens.size() - 1;
    Grammar grammar =
        Grammar.ofJsonSchema(
            "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":30},"
                + "\"of\":{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}},\"required\":[\"name\"]}");
    for (int seed = 0; seed < 10; seed++) {
      Walks walks = Walks.over(tokens, eos, seed);
      String text = walks.text(GrammarConstraint.of(grammar, walks.vocabulary()));
      assertThat(grammar.matches(text)).as(text).isTrue();
    }
  }

  @Test
  void piecesWithByteFallbackAreBytes(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        """
        {"version": "1.0", "truncation": null, "padding": null, "normalizer": null,
         "pre_tokenizer": null, "post_processor": null,
         "added_tokens": [{"id": 0, "content": "</s>", "special": true, "single_word": false,
           "lstrip": false, "rstrip": false, "normalized": false}],
         "decoder": {"type": "Sequence", "decoders": [
           {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
           {"type": "ByteFallback"}, {"type": "Fuse"},
           {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
         "model": {"type": "BPE", "byte_fallback": true, "merges": [], "vocab":
           {"</s>": 0, "<0x0A>": 1, "▁": 2, "a": 3, "é": 4, "▁a▁": 5}}}
        """);
    List<byte @Nullable []> bytes = Tokenizer.load(file).tokenBytes();
    assertThat(bytes.get(0)).isNull();
    assertThat(bytes.get(1)).containsExactly('\n');
    assertThat(bytes.get(2)).containsExactly(' ');
    assertThat(bytes.get(4)).isEqualTo(utf8("é"));
    assertThat(bytes.get(5)).isEqualTo(utf8(" a "));
  }

  @Test
  void tokensThatDependOnTheirNeighboursAreRefused() throws URISyntaxException {
    Path bert =
        Path.of(
            Objects.requireNonNull(GrammarConstraintTest.class.getResource("/sentence/bert"))
                .toURI());
    Tokenizer tokenizer = Tokenizer.load(bert);
    assertThatThrownBy(() -> TokenVocabulary.of(tokenizer))
        .hasMessageContaining("tokenizer: must have a decoder of bytes or of SentencePiece");
  }

  @Test
  void endTokensAreAllowedExactlyWhenTheTextIsComplete() {
    Walks walks = Walks.overPiecesOf("yesno", 1);
    TokenConstraint constraint =
        GrammarConstraint.of(Grammar.ofChoices(List.of("yes", "yesno", "no")), walks.vocabulary());
    TokenConstraint.State state = constraint.start();
    assertThat(walks.allowed(state)).doesNotContain(walks.eos());
    for (char letter : "yes".toCharArray()) {
      state = Objects.requireNonNull(state.next(letter));
    }
    assertThat(walks.allowed(state)).contains(walks.eos(), (int) 'n');
    assertThat(state.next('e')).isNull();
    TokenConstraint.State no =
        Objects.requireNonNull(Objects.requireNonNull(constraint.start().next('n')).next('o'));
    assertThat(walks.allowed(no)).isEqualTo(Set.of(walks.eos()));
    assertThat(state.next(walks.eos())).isNull();
  }

  @Test
  void textsNeedOnlyCharactersThatTheVocabularyHas() {
    List<byte @Nullable []> letters = new ArrayList<>();
    for (String token : List.of("a", "b", "é", "ab", "<end>")) {
      letters.add(token.equals("<end>") ? null : utf8(token));
    }
    letters.add(new byte[] {(byte) 0xC3}); // the first half of é; nothing completes it
    Walks walks = Walks.over(letters, 4, 1);
    Grammar grammar = Grammar.ofGbnf("root ::= [a-zé]{3} | \"a\" \"c\"");
    for (int i = 0; i < 50; i++) {
      String text = walks.text(GrammarConstraint.of(grammar, walks.vocabulary()));
      assertThat(text).matches("[abé]{3}");
    }
    assertThatThrownBy(
            () -> GrammarConstraint.of(Grammar.ofChoices(List.of("c")), walks.vocabulary()))
        .hasMessageContaining("must match a text of the vocabulary's characters");
  }

  @Test
  void anEarlierStateCanBeContinuedAgain() {
    Walks walks = Walks.overPiecesOf(JSON_LIKE, 3);
    TokenConstraint constraint =
        GrammarConstraint.of(Grammar.ofJsonSchema("{}"), walks.vocabulary());
    TokenConstraint.State array = Objects.requireNonNull(constraint.start().next('['));
    Set<Integer> before = walks.allowed(array);
    TokenConstraint.State deeper = array;
    for (int i = 0; i < 2000; i++) {
      deeper = Objects.requireNonNull(deeper.next('['));
    }
    assertThat(walks.allowed(array)).isEqualTo(before);
    assertThat(deeper.isComplete()).isFalse();
    for (int i = 0; i <= 2000; i++) {
      deeper = Objects.requireNonNull(deeper.next(']'));
    }
    assertThat(deeper.isComplete()).isTrue();
  }

  @Test
  void anotherModelsVocabularyIsRefused() {
    Walks walks = Walks.overPiecesOf("ab", 1);
    TokenConstraint constraint = GrammarConstraint.of(Grammar.ofRegex("a"), walks.vocabulary());
    assertThatThrownBy(() -> constraint.requireVocabulary(100))
        .hasMessageContaining("constraint: must be made for the model's tokenizer");
  }
}
