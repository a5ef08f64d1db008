package dev.rapt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.output.ExitStatus;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Numeric options out of range are refused before any work, with the name that was typed. */
class NumericOptionsTest {
  /** The ranges of all numeric options, command by command; {@code *} is any finite number. */
  private static final String TABLE =
      """
      train --val-fraction (0,1)
      finetune --val-fraction (0,1)
      finetune --epochs (0,1e9]
      finetune --patience int [0,]
      finetune --max-length int [1,]
      finetune --layer-decay (0,1]
      finetune --freeze int [0,]
      finetune --label-smoothing [0,0.99]
      finetune --max-target-length int [2,1048576]
      finetune --eval-samples int [0,1048576]
      finetune --doc-stride int [0,]
      finetune --lora int [1,65536]
      finetune --lora-alpha (0,]
      finetune --lora-dropout [0,1)
      plan --batch int [1,]
      plan --max-length int [1,]
      plan --lora int [1,65536]
      pretrain --val-fraction (0,1)
      pretrain --steps int [1,1e12]
      pretrain --epochs (0,1e9]
      pretrain --minutes (0,1e7]
      pretrain --layers int [1,10000]
      pretrain --width int [1,16777216]
      pretrain --heads int [1,16777216]
      pretrain --mlp-width int [1,16777216]
      pretrain --dropout [0,1)
      pretrain --context int [4,16777216]
      pretrain --vocab-size int [257,]
      pretrain --fim-rate [0,1]
      pretrain --spm-rate [0,1]
      pretrain --predict-tokens int [1,4]
      pretrain --predict-weight [0,100]
      pretrain --generator-size [0.01,1]
      pretrain --detection-weight [0,1e6]
      pretrain --mask-rate [0.01,0.99]
      pretrain --noise-density [0.01,0.9]
      pretrain --mean-span [1,100]
      pretrain --label-smoothing [0,0.99]
      pretrain --eval-samples int [0,1048576]
      train --steps int [1,1e12]
      train --epochs (0,1e9]
      train --minutes (0,1e7]
      train --vocab-size int [257,]
      train --layers int [1,10000]
      train --width int [1,16777216]
      train --heads int [1,16777216]
      train --kv-heads int [1,16777216]
      train --mlp-width int [1,16777216]
      train --context int [1,16777216]
      train --rope-theta (0,]
      train --window int [0,]
      train --dropout [0,1)
      training --batch int [1,]
      training --accumulate int [1,1e6]
      training --lr (0,]
      training --beta1 [0,1)
      training --beta2 [0,1)
      training --weight-decay [0,]
      training --warmup int [0,1e12]
      training --min-lr [0,1]
      training --decay [0,1]
      training --clip [0,]
      training --ema [0,1)
      training --eval-interval int [0,1e12]
      training --eval-batches int [1,]
      train --sample-interval int [0,1e12]
      training --save-interval int [0,1e12]
      training --save-minutes [0,1e7]
      training --keep int [1,]
      training --seed int *
      demo --seconds (0,6e8]
      demo --seed int *
      generation --max-tokens int [1,]
      generation --min-tokens int [0,]
      generation --stop-token int [0,]
      generation --forced-eos int [0,]
      generation --decay N,X
      generation --temperature [0,1e6)
      generation --top-k int [0,]
      generation --top-p [0,1]
      generation --min-p [0,1]
      generation --typical-p [0,1]
      generation --epsilon-cutoff [0,1]
      generation --eta-cutoff [0,1]
      generation --top-h [0,1]
      generation --penalty-alpha [0,1]
      generation --seed int *
      generation --beams int [1,1000]
      generation --beam-groups int [1,]
      generation --diversity-penalty [0,]
      generation --length-penalty *
      generation --repetition-penalty (0,]
      generation --encoder-repetition-penalty (0,]
      generation --presence-penalty *
      generation --frequency-penalty *
      generation --no-repeat-ngram int [0,]
      generation --encoder-no-repeat-ngram int [0,]
      generation --suppress int [0,]
      generation --begin-suppress int [0,]
      generation --forced-bos int [0,]
      generation --bias TEXT=X
      results --num-return-sequences int [1,1000]
      results --logprobs int [0,]
      generate --best-of int [2,1000]
      generate --parallel int [1,1024]
      cache --cache-size int [1,1e9]
      generate --draft-tokens int [0,30]
      chat --draft-tokens int [0,30]
      summarize --batch int [1,]
      translate --batch int [1,]
      perplexity --window int [1,]
      perplexity --batch int [1,]
      quantize --window int [1,]
      new --vocab int [1,16777216]
      new --seed int *
      eval --max-gen-toks int [1,]
      eval --num-fewshot int [0,]
      eval --limit int [1,]
      eval --window int [1,]
      eval --stride int [1,]
      eval --batch int [1,]
      eval --seed int [0,]
      eval --resamples int [0,1e6]
      compare --seed int *
      compare --resamples int [1,1e6]
      judge --batch int [1,]
      judge --seed int *
      judge --resamples int [0,1e6]
      ask --shots int [0,]
      ask --samples int [2,1000]
      answer --top int [1,]
      answer --overlap int [0,]
      answer --max-answer int [1,]
      answer --max-length int [1,]
      rank --top-k int [1,]
      tag --overlap int [0,]
      classify --top int [1,]
      classify --max-length int [1,]
      classify --overlap int [0,]
      fill-mask --top int [1,]
      pull --jobs int [1,256]
      convert --max-shard-size SIZE
      bench train --seconds (0,6e8]
      bench train --rounds int [1,1e6]
      bench encode --seconds (0,6e8]
      bench encode --rounds int [1,1e6]
      bench encode --batch int [1,65536]
      bench encode --tokens int [1,512]
      bench decode --seconds (0,6e8]
      bench decode --rounds int [1,1e6]
      bench decode --batch int [1,65536]
      bench decode --prompt int [1,1e6]
      bench batch --seconds (0,6e8]
      bench batch --rounds int [1,1e6]
      bench batch --sequences int [1,1024]
      bench batch --prompt int [1,1e6]
      bench prefill --seconds (0,6e8]
      bench prefill --rounds int [1,1e6]
      bench prefill --prompt int [1,1e6]
      finetune --scale (0,]
      finetune --margin [0,]
      finetune --chunk int [1,]
      distillation --temperature (0,1e6]
      distillation --alpha [0,]
      finetune --beta [0,]
      finetune --gamma [0,]
      finetune --desirable-weight [0,]
      finetune --undesirable-weight [0,]
      finetune --max-kl [0,]
      finetune --reward-timeout (0,1e6]
      finetune --num-generations int [1,1048576]
      finetune --num-generations-eval int [1,1048576]
      finetune --max-completion-length int [1,1048576]
      finetune --num-iterations int [1,1048576]
      finetune --num-mini-batches int [1,1048576]
      finetune --epsilon [0,1]
      finetune --epsilon-high [0,]
      finetune --dynamic-sampling int [0,1048576]
      finetune --soft-punish-cache int [0,1048576]
      finetune --missing-eos-penalty [0,]
      finetune --vf-coef [0,]
      finetune --cliprange-value [0,]
      finetune --gae-lambda [0,1]
      finetune --min-entropy [0,]
      finetune --min-reward [-1e9,1e9]
      sample --samples int [1,1048576]
      sample --min-reward [-1e9,1e9]
      sample --max-tokens int [1,1048576]
      sample --temperature (0,1e6]
      sample --reward-timeout (0,1e6]
      sample --seed int *
      """;

  /** Commands that have the options of a group. */
  private static final Map<String, List<String>> GROUPS =
      Map.of(
          "training", List.of("train", "finetune", "pretrain"),
          "distillation", List.of("finetune", "pretrain"),
          "generation", List.of("generate", "chat", "ask", "summarize", "translate"),
          "results", List.of("generate", "summarize", "translate"),
          "cache", List.of("generate", "bench batch"));

  @TempDir private static Path folder;

  /** One command line for all runs, since setting one up takes longer than parsing. */
  private static final StringWriter OUT = new StringWriter();

  private static final StringWriter ERR = new StringWriter();
  private static final CommandLine LINE =
      Rapt.commandLine(
          new PrintWriter(OUT, true), new PrintWriter(ERR, true), List.of("completion"));

  private static CommandLineRun run(List<Object> words) {
    OUT.getBuffer().setLength(0);
    ERR.getBuffer().setLength(0);
    int status = LINE.execute(words.stream().map(Object::toString).toArray(String[]::new));
    return new CommandLineRun(status, OUT.toString(), ERR.toString());
  }

  /** The range of each option: {@code generate --top-p} to {@code [0,1]}. */
  private static Map<String, String> table() {
    Map<String, String> table = new TreeMap<>();
    for (String row : TABLE.lines().toList()) {
      int at = row.indexOf(" --");
      String[] option = row.substring(at + 1).split(" ", 2);
      String command = row.substring(0, at);
      for (String each : GROUPS.getOrDefault(command, List.of(command))) {
        table.put(each + " " + option[0], option[1]);
      }
    }
    return table;
  }

  private static void collect(String path, CommandLine line, Set<String> found) {
    for (OptionSpec option : line.getCommandSpec().options()) {
      boolean isNumber =
          Arrays.stream(option.auxiliaryTypes())
              .anyMatch(type ->
                  Number.class.isAssignableFrom(type)
                      || List.of(int.class, long.class, float.class, double.class).contains(type));
      if (isNumber || option.converters().length > 0) {
        found.add((path + " " + option.longestName()).strip());
      }
    }
    line.getSubcommands().forEach((name, sub) -> collect((path + " " + name).strip(), sub, found));
  }

  @Test
  void everyNumericOptionIsInTheTable() {
    Set<String> found = new TreeSet<>();
    collect("", LINE, found);
    assertThat(table().keySet()).isEqualTo(found);
  }

  /** Values outside of a range, and texts that are no number of this kind. */
  private static List<String> wrong(String range) {
    List<String> values = new ArrayList<>(List.of("NaN", "Infinity", "-Infinity", "x", "1e999"));
    switch (range) {
      case "N,X" ->
          values.addAll(List.of("5", "-1,2", "1,0", "1,-1", "1,NaN", "99999999999,2", "1,2,3"));
      case "TEXT=X" -> values.addAll(List.of("cat=", "cat=NaN", "cat=-Infinity", "=1"));
      case "SIZE" -> values.addAll(List.of("0", "-1", "-5GB", "99999999999GB"));
      default -> addOutside(range, values);
    }
    return values;
  }

  private static void addOutside(String range, List<String> values) {
    boolean isWhole = range.startsWith("int ");
    String interval = isWhole ? range.substring(4) : range;
    if (isWhole) {
      values.addAll(List.of("1.5", "99999999999999999999", "-99999999999999999999"));
    }
    if (interval.equals("*")) {
      return;
    }
    String[] bounds = interval.substring(1, interval.length() - 1).split(",", -1);
    double min = Double.parseDouble(bounds[0]);
    values.add(bounds[0].equals("0") && interval.startsWith("(") ? "0" : outside(min, -1, isWhole));
    if (min > -1) {
      values.add("-1");
    }
    if (interval.startsWith("(")) {
      values.add("-0.0");
    }
    if (!bounds[1].isEmpty()) {
      double max = Double.parseDouble(bounds[1]);
      values.add(
          interval.endsWith(")")
              ? bounds[1]
              : isWhole ? outside(max, 1, true) : Double.toString(Math.nextUp(max)));
    }
  }

  private static String outside(double bound, int direction, boolean isWhole) {
    return isWhole
        ? Long.toString((long) bound + direction)
        : Double.toString(bound + direction * 0.001);
  }

  static Stream<Arguments> outOfRange() {
    return table().entrySet().stream().map(e -> Arguments.of(e.getKey(), wrong(e.getValue())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("outOfRange")
  void valuesOutOfRangeAreRefusedBeforeAnyWork(String option, List<String> values) {
    int at = option.indexOf(" --");
    String name = option.substring(at + 1);
    for (String value : values) {
      List<Object> words = new ArrayList<>(List.of(option.substring(0, at).split(" ")));
      words.addAll(arguments(option.substring(0, at)));
      words.add(name + "=" + value);
      CommandLineRun run = run(words);
      assertThat(run.err()).as(words.toString()).startsWith("rapt: " + name + ": must ");
      assertThat(run.err()).as(words.toString()).contains("got ").doesNotContain("Exception");
      assertThat(run.err().lines()).as(words.toString()).hasSize(1);
      assertThat(run.out()).isEmpty();
      assertThat(run.status()).as(words.toString()).isEqualTo(ExitStatus.USAGE);
    }
    assertThat(folder).isEmptyDirectory();
  }

  /** Arguments that would fail later, as nothing of what they name exists. */
  private static List<Object> arguments(String command) {
    Path nothing = folder.resolve("nothing");
    return switch (command) {
      case "train" -> List.of("--text", nothing, "--out", folder.resolve("out"));
      case "demo", "finetune", "pretrain" -> List.of("--out", folder.resolve("out"));
      case "plan" -> List.of("--model", nothing);
      case "perplexity" -> List.of(nothing, "--text", nothing);
      case "quantize" -> List.of(nothing, nothing, "--type", "q8_0");
      case "new" -> List.of("--shape", "tiny", "--out", folder.resolve("out"));
      case "ask" -> List.of(nothing, "who");
      case "compare", "judge" -> List.of(nothing, nothing);
      case "answer", "rank" -> List.of(nothing, "who", "text");
      case "sample" -> List.of(nothing, "--file", nothing, "--reward", "exact");
      case "convert" -> List.of(nothing, folder.resolve("out"));
      case "bench train", "bench encode" -> List.of();
      case "bench decode", "bench prefill" -> List.of("model");
      default -> List.of(nothing);
    };
  }

  @Test
  void theNameThatWasTypedIsShown() {
    Path nothing = folder.resolve("nothing");
    assertThat(run(List.of("generate", nothing, "-n", 0)).err())
        .startsWith("rapt: -n: must be at least 1, got 0;");
    assertThat(run(List.of("generate", nothing, "-n99999999999")).err())
        .startsWith("rapt: -n: must be from 1 to 2147483647, got 99999999999;");
    assertThat(run(List.of("generate", nothing, "-n=-99999999999")).err())
        .startsWith("rapt: -n: must be at least 1, got -99999999999;");
    assertThat(run(List.of("generate", nothing, "--seed=-9223372036854775809")).err())
        .startsWith(
            "rapt: --seed: must be at least -9223372036854775808, got -9223372036854775809;");
    assertThat(run(List.of("generate", nothing, "--seed", "9223372036854775808")).err())
        .startsWith("rapt: --seed: must be at most 9223372036854775807, got 9223372036854775808;");
    assertThat(run(List.of("generate", nothing, "--max-tokens", -3)).err())
        .startsWith("rapt: --max-tokens: must be at least 1, got -3;");
    assertThat(run(List.of("generate", nothing, "-t", "hot")).err())
        .startsWith("rapt: -t: must be a number, got 'hot';");
  }

  @Test
  void optionsThatExcludeEachOtherOrHaveNoEffectAreRefused() {
    Map<String, String> cases =
        Map.of(
            "--char --documents blank-lines", "--char: must come without --documents and",
            "--char --vocab-size 300", "--char: must come without --vocab-size and --tokenizer",
            "--tokenizer x --vocab-size 300", "--vocab-size: must come without --tokenizer",
            "--val-text x --val-fraction 0.5", "--val-fraction: must come without --val-text",
            "--decay 0.1", "--decay: must come with --schedule wsd, got cosine",
            "--schedule linear --min-lr 0.1", "--min-lr: must come with --schedule cosine or wsd",
            "--rope-theta 1000", "--rope-theta: must come with --positions rope, got learned",
            "--optimizer adafactor --beta1 0.9", "--beta1: must come with an optimiser that has it",
            "--heads 3", "--heads: must divide the width, got 3 heads",
            "--preset huge", "--preset: must be one of tiny");
    cases.forEach((options, sentence) -> {
      List<Object> words = new ArrayList<>(List.of("train"));
      words.addAll(arguments("train"));
      words.addAll(List.of(options.split(" ")));
      CommandLineRun run = run(words);
      assertThat(run.err()).startsWith("rapt: " + sentence);
      assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    });
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void modelsThatCannotFitAreRefusedBeforeAnyWork() {
    Path nothing = folder.resolve("nothing");
    for (List<String> size :
        List.of(List.of("--preset", "gpt3-175b"), List.of("--width", "1000000", "--heads", "8"))) {
      List<Object> words =
          new ArrayList<>(List.of("train", "--text", nothing, "--out", folder.resolve("out")));
      words.addAll(size);
      CommandLineRun run = run(words);
      assertThat(run.err()).startsWith("rapt: model: must fit into memory, got at least ");
      assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aBatchThatCannotFitIsRefusedBeforeAnyWork() {
    for (Object[] size : new Object[][] {{100_000_000, 32}, {2_147_483_647, 1}, {1, 16_777_216}}) {
      List<Object> words = new ArrayList<>(List.of("train"));
      words.addAll(arguments("train"));
      words.addAll(List.of("--batch", size[0], "--context", size[1], "--accumulate", 1_000_000));
      CommandLineRun run = run(words);
      assertThat(run.err())
          .startsWith("rapt: --batch: must fit into memory, got " + size[0] + " sequences of ");
      assertThat(run.err().lines()).hasSize(1);
      assertThat(run.status()).isEqualTo(ExitStatus.USAGE);
    }
    assertThat(folder).isEmptyDirectory();
  }
}
