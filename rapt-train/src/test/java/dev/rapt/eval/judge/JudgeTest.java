package dev.rapt.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.eval.figure.Bootstrap;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.model.CausalLm;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.CharTokenizerTrainer;
import dev.rapt.train.example.ExampleReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class JudgeTest {
  private static final JudgePrompt PROMPT =
      new JudgePrompt("{request} A {first} B {second}?", null);

  @TempDir private Path folder;

  private static TextModel model() {
    Tokenizer tokenizer =
        new CharTokenizerTrainer()
            .add("ABC abcdefghijklmnopqrstuvwxyz V:?\n")
            .train(List.of("<|endoftext|>"));
    String json =
        """
        {"model_type": "gpt2", "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 48,
         "vocab_size": %d, "initializer_range": 0.6}
        """
            .formatted(tokenizer.vocabSize());
    CausalLm model =
        CausalLm.create(
            Gpt2.Config.parse(
                ConfigReader.of(Path.of("config.json"), JsonMapper.shared().readTree(json))),
            3);
    return new TextModel(model, tokenizer, GenerationOptions.defaults());
  }

  private List<AnswerPair> pairs(String rows) throws IOException {
    Path file = Files.writeString(folder.resolve("pairs.tsv"), rows);
    return ExampleReader.readAll(file).stream().map(row -> AnswerPair.of(row, Map.of())).toList();
  }

  @Test
  void orderOfTheAnswersDoesNotChangeTheVerdict() throws IOException {
    List<AnswerPair> pairs =
        pairs("prompt\tfirst\tsecond\nwhat\tone\ttwo\nwhy\tsun\train\nhow\tsame\tsame\n");
    List<AnswerPair> turned =
        pairs.stream()
            .map(
                pair -> new AnswerPair(pair.example(), pair.request(), pair.second(), pair.first()))
            .toList();
    try (TextModel model = model()) {
      PairJudge judge = new PairJudge(model, PROMPT, 4);
      List<Judgement> given = judge.judge(pairs), other = judge.judge(turned);
      for (int i = 0; i < pairs.size(); i++) {
        Judgement.Ballot a = given.get(i).asGiven(), b = other.get(i).swapped();
        assertThat(a.first() + a.second() + a.tie()).isCloseTo(1, within(1e-9));
        assertThat(b.second()).isCloseTo(a.first(), within(1e-5));
        assertThat(b.first()).isCloseTo(a.second(), within(1e-5));
        assertThat(b.tie()).isCloseTo(a.tie(), within(1e-5));
        assertThat(a.first()).isNotCloseTo(a.second(), within(1e-3));
      }
      assertThat(given.getLast().verdict()).isEqualTo(Verdict.TIE);
    }
  }

  @Test
  void pairThatDoesNotFitIsNamed() throws IOException {
    List<AnswerPair> pairs =
        pairs("prompt\tfirst\tsecond\nwhat\tone\ttwo\nwhat\t" + "long ".repeat(9) + "\ttwo\n");
    try (TextModel model = model()) {
      assertThatThrownBy(() -> new PairJudge(model, PROMPT, 4).judge(pairs))
          .hasMessageContaining("pairs.tsv, line 3: must fit into the 48 tokens");
    }
  }

  private static Judgement judgement(AnswerPair pair, Verdict given, Verdict swapped) {
    return new Judgement(pair, ballot(given), ballot(swapped));
  }

  private static Judgement.Ballot ballot(Verdict verdict) {
    return switch (verdict) {
      case FIRST -> new Judgement.Ballot(0.8, 0.1, 0.1);
      case SECOND -> new Judgement.Ballot(0.1, 0.8, 0.1);
      case TIE -> new Judgement.Ballot(0.3, 0.3, 0.4);
    };
  }

  @Test
  void reportHasTheFiguresOfTheirDefinitions() throws IOException {
    List<AnswerPair> pairs =
        pairs(
            """
            prompt\tfirst\tsecond\tann\tbob
            p\ta\tb\tfirst\tmodel_a
            p\ta\tb\tsecond\tsecond
            p\ta\tb\ttie\t
            p\ta\tb\tfirst\tsecond
            """);
    Verdict first = Verdict.FIRST, second = Verdict.SECOND;
    List<Judgement> judged = new ArrayList<>();
    judged.add(judgement(pairs.get(0), first, first));
    judged.add(judgement(pairs.get(1), second, second));
    judged.add(judgement(pairs.get(2), first, second)); // whatever is shown first
    judged.add(judgement(pairs.get(3), second, second));
    JudgeReport report = JudgeReport.of(judged, List.of("ann", "bob"), new Bootstrap(1, 100));
    assertThat(report.counts()).isEqualTo(Map.of(first, 1, second, 2, Verdict.TIE, 1));
    assertThat(report.winRate()).isEqualTo(0.625);
    assertThat(report.consistency()).isEqualTo(0.75);
    // 8 verdicts: shown first are 1 of 2, 1 of 2, 2 of 2, 1 of 2
    assertThat(report.shownFirst()).isEqualTo(0.625);
    // ann: 3 of 4 agree, by chance 1/4 * 2/4 + 2/4 * 1/4 + 1/4 * 1/4 = 5/16
    assertThat(report.raters().get("ann").kappa()).isCloseTo((12 - 5) / 11.0, within(1e-12));
    assertThat(report.raters().get("bob")).isEqualTo(new JudgeReport.RaterAgreement(3, 1.0, 1.0));
    assertThat(report.fleiss()).isNaN();
    // coincidences of the units (3, 3, 2 and 3 ratings): 3 + 3 + 2 + (2 * 1) / 2 = 9 of 11 agree;
    // by chance 4 first, 5 second, 2 tie: 12 + 20 + 2 = 34 of 110
    assertThat(report.alpha()).isCloseTo(1 - 10 * (11 - 9) / (110.0 - 34), within(1e-12));
    JudgeReport alone = JudgeReport.of(judged, List.of("ann"), new Bootstrap(1, 0));
    // Fleiss: agreement 3/4; by chance first 3/8, second 3/8, tie 2/8
    double chance = (9 + 9 + 4) / 64.0;
    assertThat(alone.fleiss()).isCloseTo((0.75 - chance) / (1 - chance), within(1e-12));
  }

  @Test
  void wrongRatingsAndPromptsAreNamed() throws IOException {
    List<AnswerPair> pairs = pairs("prompt\tfirst\tsecond\tann\np\ta\tb\tgood\n");
    List<Judgement> judged = List.of(judgement(pairs.getFirst(), Verdict.TIE, Verdict.TIE));
    assertThatThrownBy(() -> JudgeReport.of(judged, List.of("ann"), new Bootstrap(1, 0)))
        .hasMessageContaining("line 2: \"ann\" must be first, second or tie")
        .hasMessageContaining("got \"good\"");
    assertThatThrownBy(() -> new JudgePrompt("{first} or {second}", null))
        .hasMessageContaining("got no {request}");
  }
}
