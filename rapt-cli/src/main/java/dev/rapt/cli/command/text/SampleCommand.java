package dev.rapt.cli.command.text;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.OutputFile;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Output;
import dev.rapt.reward.RewardSum;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleReader;
import dev.rapt.train.task.reinforce.RejectionSampling;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Samples answers to prompts and keeps the best ones. */
@Command(
    name = "sample",
    description = {
      "Rejection sampling: samples answers to the prompts of examples and prints each example with"
          + " the best one, if its reward is high enough, as JSON Lines.",
      "rapt finetune --task instruct trains on what it prints."
    })
public final class SampleCommand implements Callable<Integer> {
  private static final int BATCH = 64;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Hugging Face folder, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Option(
      names = {"-f", "--file"},
      required = true,
      paramLabel = "FILE",
      description = "Examples with a column prompt: .jsonl, .tsv or .csv.")
  private Path file = Path.of("");

  @Option(
      names = "--reward",
      required = true,
      paramLabel = "CHECK",
      description =
          "What rewards an answer, as in rapt finetune --task grpo: number, gsm8k, exact,"
              + " regex:PATTERN, json, json:SCHEMA or model:DIR; several are added up.")
  private List<String> rewards = List.of();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Writes the examples to this new file (default: the standard output).")
  private @Nullable Path target;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Samples N answers to each prompt (default: 8).")
  @Range(min = 1, max = 1 << 20)
  private int samples = 8;

  @Option(
      names = "--min-reward",
      paramLabel = "X",
      description = "Leaves out prompts whose best answer has a reward below X (default: 1).")
  @Range(min = -1e9, max = 1e9)
  private double minReward = 1;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Cuts answers after N tokens (default: 256, or half of the model's context).")
  @Range(min = 1, max = 1 << 20)
  private @Nullable Integer maxTokens;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Ends an answer before this text; may be given several times.")
  private List<String> stops = List.of();

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description = "Temperature of sampling, above 0 (default: 1).")
  @Range(min = 0, aboveMin = true, max = 1e6)
  private double temperature = 1;

  @Option(
      names = "--reward-timeout",
      paramLabel = "SECONDS",
      description = "Ends when a reward takes longer for the answers to a prompt (default: 10).")
  @Range(min = 0, aboveMin = true, max = 1e6)
  private double timeout = 10;

  @Option(
      names = "--plain-text",
      description = "Takes prompts as they are, without the chat template.")
  private boolean isPlain;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the samples (default: 1).")
  private long seed = 1;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    OutputFile.requireNew("--out", target);
    Path folder = ModelFolder.require(model);
    List<Example> examples = ExampleReader.readAll(file);
    List<String> lines = new ArrayList<>();
    Duration limit = Duration.ofNanos(Math.round(timeout * 1e9));
    try (RewardSum checks = RewardSum.parse(rewards, "answer", limit);
        TextModel loaded = TextModel.load(folder)) {
      Optional<ChatTemplate> template = isPlain ? Optional.empty() : ChatTemplate.find(folder);
      RejectionSampling.Result result =
          RejectionSampling.of(loaded, template, "prompt", checks, options(loaded))
              .run(examples, kept -> lines.add(kept.toString()));
      write(lines);
      Output.errorsOf(spec)
          .println(
              Format.format(
                  "kept %d of %d prompts; mean reward of all answers %.4f",
                  result.kept(), result.prompts(), result.meanReward()));
    }
    return 0;
  }

  private void write(List<String> lines) {
    if (target == null) {
      PrintWriter out = Output.of(spec);
      lines.forEach(out::println);
      out.flush();
      return;
    }
    String text = lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    AtomicFiles.write(target, text.getBytes(StandardCharsets.UTF_8));
  }

  private RejectionSampling.Options options(TextModel loaded) {
    int usual = Math.max(1, Math.min(256, loaded.maxPositions() / 2));
    int longest = maxTokens == null ? usual : maxTokens;
    if (longest >= loaded.maxPositions()) {
      throw new IllegalArgumentException(
          "--max-tokens: must be below the model's context of %d tokens, got %d"
              .formatted(loaded.maxPositions(), longest));
    }
    if (stops.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("--stop: must not be empty, got an empty text");
    }
    return new RejectionSampling.Options(
        samples, longest, stops, temperature, minReward, BATCH, seed);
  }
}
