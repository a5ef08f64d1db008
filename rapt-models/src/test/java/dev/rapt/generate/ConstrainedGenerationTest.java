package dev.rapt.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.generate.constrain.Grammar;
import dev.rapt.generate.constrain.GrammarConstraint;
import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.constrain.TokenVocabulary;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.search.Letters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A model of 12 letters, a to l, whose token 9 ends a text. */
class ConstrainedGenerationTest {
  private static final int EOS = 9;

  private final Generator generator = new Generator(new TableModel(64), _ -> new Letters());

  private static TokenConstraint constraint(Grammar grammar) {
    List<byte @Nullable []> letters = new ArrayList<>();
    for (int id = 0; id < 12; id++) {
      String letter = String.valueOf((char) ('a' + id));
      letters.add(id == EOS ? null : letter.getBytes(StandardCharsets.UTF_8));
    }
    return GrammarConstraint.of(grammar, new TokenVocabulary(letters));
  }

  private List<GeneratedSequence> generate(Grammar grammar, GenerationOptionsBuilder options) {
    return generator
        .withConstraint(constraint(grammar))
        .generate(Prompts.of(new int[] {1, 2}, new int[] {4, 5, 6}), options.build())
        .sequences();
  }

  private static List<GenerationOptionsBuilder> searches() {
    return List.of(
        GenerationOptions.builder(),
        GenerationOptions.builder().temperature(1.5).topK(3).seed(4).numReturnSequences(5),
        GenerationOptions.builder().numBeams(4).numReturnSequences(3),
        GenerationOptions.builder().numBeams(4).numBeamGroups(2).diversityPenalty(1),
        GenerationOptions.builder().temperature(1.2).numBeams(3).seed(2));
  }

  @Test
  void everySearchMatchesTheGrammar() {
    Grammar grammar = Grammar.ofGbnf("root ::= \"a\" root \"b\" | [c-e]{2,4} \"k\"?");
    for (GenerationOptionsBuilder options : searches()) {
      List<GeneratedSequence> all =
          generate(grammar, options.eosTokenIds(List.of(EOS)).maxNewTokens(30));
      for (GeneratedSequence sequence : all) {
        if (sequence.finishReason() != FinishReason.LENGTH) {
          assertThat(sequence.finishReason()).isEqualTo(FinishReason.EOS);
          assertThat(grammar.matches(sequence.text())).as(sequence.text()).isTrue();
        }
      }
      assertThat(all).anyMatch(sequence -> sequence.finishReason() == FinishReason.EOS);
    }
  }

  @Test
  void withoutEndTokenATextEndsWhereNothingMayFollow() {
    Grammar grammar = Grammar.ofRegex("[a-d]{3}(ef|gh)");
    for (GenerationOptionsBuilder options : searches()) {
      for (GeneratedSequence sequence : generate(grammar, options.maxNewTokens(30))) {
        assertThat(sequence.finishReason()).isEqualTo(FinishReason.COMPLETE);
        assertThat(grammar.matches(sequence.text())).as(sequence.text()).isTrue();
      }
    }
  }

  @Test
  void beamsReturnEachTextOnce() {
    Grammar grammar = Grammar.ofChoices(List.of("abc", "abd", "e"));
    List<GeneratedSequence> all =
        generate(
            grammar,
            GenerationOptions.builder()
                .numBeams(5)
                .numReturnSequences(5)
                .eosTokenIds(List.of(EOS)));
    for (int prompt = 0; prompt < 2; prompt++) {
      int index = prompt;
      assertThat(all.stream().filter(s -> s.promptIndex() == index).map(GeneratedSequence::text))
          .containsExactlyInAnyOrder("abc", "abd", "e");
    }
  }

  @Test
  void theLengthLimitMayCutAText() {
    GeneratedSequence cut =
        generate(
                Grammar.ofRegex("[a-d]{9}"),
                GenerationOptions.builder().eosTokenIds(List.of(EOS)).maxNewTokens(4))
            .getFirst();
    assertThat(cut.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(cut.text()).matches("[a-d]{4}");
  }

  @Test
  void penaltiesAndBansApplyToWhatIsAllowed() {
    GenerationOptionsBuilder options =
        GenerationOptions.builder()
            .repetitionPenalty(1.3)
            .badWordsIds(List.of(List.of(0)))
            .eosTokenIds(List.of(EOS));
    assertThat(generate(Grammar.ofRegex("[ab]{5}"), options).getFirst().text()).isEqualTo("bbbbb");
    assertThatThrownBy(() -> generate(Grammar.ofRegex("a{5}"), options))
        .hasMessageContaining("at least one token must be allowed");
  }

  @Test
  void forcedTokensAndOtherVocabulariesAreRefused() {
    assertThatThrownBy(() ->
            generate(
                Grammar.ofRegex("a"), GenerationOptions.builder().forcedEosTokenIds(List.of(EOS))))
        .hasMessageContaining("must be left out with a constraint");
    List<byte @Nullable []> many = new ArrayList<>();
    for (int id = 0; id < 13; id++) {
      many.add(new byte[] {(byte) ('a' + id)});
    }
    TokenConstraint other = GrammarConstraint.of(Grammar.ofRegex("a"), new TokenVocabulary(many));
    assertThatThrownBy(() ->
            generator
                .withConstraint(other)
                .generate(Prompts.of(new int[] {1}), GenerationOptions.defaults()))
        .hasMessageContaining("constraint: must be made for the model's tokenizer");
  }

  @Test
  void aProcessorThatAllowsAForbiddenTokenIsFound() {
    Generator careless =
        generator
            .withProcessors(List.of((_, _, scores) -> scores[7] = 100))
            .withConstraint(constraint(Grammar.ofRegex("a{5}")));
    assertThatThrownBy(
            () -> careless.generate(Prompts.of(new int[] {1}), GenerationOptions.defaults()))
        .hasMessage("processors: must keep forbidden tokens at negative infinity, got token 7");
  }
}
