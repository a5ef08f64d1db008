package dev.rapt.cli.command.train;

import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.output.Program;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.cli.run.DemoCorpus;
import dev.rapt.cli.run.RunReport;
import dev.rapt.cli.run.RunSpec;
import dev.rapt.cli.run.RunText;
import dev.rapt.cli.run.Tokenizers;
import dev.rapt.cli.run.TrainingRun;
import dev.rapt.cli.run.TrainingView;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.grammar.StoryGrammar;
import dev.rapt.model.CausalLm;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.ngram.KneserNey;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.HeldOutLoss;
import dev.rapt.train.Measurement;
import dev.rapt.train.RunLock;
import dev.rapt.train.TokenizerEncoder;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainResult;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.CurriculumWindows;
import dev.rapt.train.batch.EvaluationBatches;
import dev.rapt.train.batch.PackedWindows;
import dev.rapt.train.batch.ShuffledWindows;
import dev.rapt.train.batch.StagedBatches;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.data.DocumentSplit;
import dev.rapt.train.data.ShardOptions;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.data.TokenShards;
import dev.rapt.train.optim.Muon;
import dev.rapt.train.shape.ModelShape;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a small story writer from scratch, in two minutes and without a download. */
@Command(
    name = "demo",
    description = {
      "Generates a corpus of stories from a grammar, trains a tokenizer and a small decoder on it, and"
          + " compares the held-out loss with a 5-gram model and with the entropy of the grammar, the"
          + " lowest possible loss.",
      "Needs no download and no arguments; takes two to three minutes."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final int VOCAB_SIZE = 1024;
  private static final int NGRAM_ORDER = 5;
  private static final int BATCH_SIZE = 8;

  /**
   * Two layers are the least for induction, with which a model copies a name that occurred before:
   * the first marks each token with its predecessor, the second finds and copies. Four layers see
   * fewer tokens in the time; docs/log.md compares both.
   */
  private static final ModelShape SHAPE = ModelShape.llama(2, 128, 8, 8, 352, 256);

  /** High, since the model is small and the run short. */
  private static final double LEARNING_RATE = 6e-3;

  /**
   * Short tales come first: in them a model learns to copy names from 200 thousand tokens, in the
   * stories alone from more than a million. Batches are small until then, since copying takes
   * steps, too.
   */
  private static final int CURRICULUM_BATCH_SIZE = 4;

  private static final int CURRICULUM_STEPS = 500;
  private static final int TALE_ROWS = 800;
  private static final int MIXED_ROWS = 960;
  private static final int WARMUP_STEPS = 30;

  /** More than any machine makes in the time. */
  private static final long MOST_STEPS = 20_000;

  private static final int EVALUATION_INTERVAL = 100;

  /** Training has at least this share of the time, however slow the machine is before. */
  private static final double LEAST_TRAINING_SHARE = 0.5;

  private static final int MOST_STORY_TOKENS = 240;
  private static final double STORY_TEMPERATURE = 0.8;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description =
          "Time for tokenization, n-grams and training, in seconds (default: ${DEFAULT-VALUE}).",
      defaultValue = "120")
  @Range(min = 0, aboveMin = true, max = Range.MOST_SECONDS)
  private double seconds = 120;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for corpus, model and loss curve (default: ${DEFAULT-VALUE}).",
      defaultValue = "rapt-demo")
  private Path folder = Path.of("rapt-demo");

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of corpus, weights and batches (default: ${DEFAULT-VALUE}).",
      defaultValue = "1")
  @Range
  private long seed = 1;

  @Option(names = "--json", description = "Prints one JSON object at the end.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  private long startNanos;

  /**
   * The losses that are compared, each in nats summed over the same held-out tokens.
   *
   * @param tokens number of predicted tokens, ends of stories included
   * @param bytes UTF-8 bytes of the stories
   * @param model loss of the trained decoder; NaN before training
   * @param ngram loss of the Kneser-Ney model
   * @param floor entropy of the grammar
   */
  private record Losses(long tokens, long bytes, double model, double ngram, double floor) {
    private Losses withModel(Measurement measured) {
      return new Losses(tokens, bytes, measured.loss() * measured.targets(), ngram, floor);
    }

    private double perToken(double nats) {
      return nats / tokens;
    }

    private double bitsPerByte(double nats) {
      return nats / Math.log(2) / bytes;
    }
  }

  @Override
  public Integer call() throws IOException {
    try (RunLock _ = DemoCorpus.claim(folder)) {
      return run();
    }
  }

  private int run() throws IOException {
    startNanos = System.nanoTime();
    PrintWriter err = Output.errorsOf(spec);
    ProgressLine progress = ProgressLine.toTerminal(err);
    StoryGrammar grammar = StoryGrammar.standard();
    DemoCorpus corpus = DemoCorpus.write(folder, grammar, seed, seconds);
    progress.say(
        Format.format(
            "corpus: %s of stories from a grammar, and %d held-out stories",
            Format.bytes(corpus.trainBytes()), corpus.heldOut().size()));
    Tokenizer tokenizer = Tokenizers.trainBpe(List.of(corpus.trainFile()), VOCAB_SIZE, progress);
    tokenizer.save(folder);
    RunSpec run =
        new RunSpec(
            0.5, // not used, since there is held-out text
            "blank-lines",
            true,
            BATCH_SIZE,
            SHAPE.context(),
            true,
            seed);
    TokenizerEncoder encoder = TokenizerEncoder.of(tokenizer, folder.resolve("tokenizer.json"));
    try (RunText text =
            RunText.prepare(
                run,
                List.of(corpus.trainFile()),
                List.of(corpus.heldOutFile()),
                folder,
                encoder,
                progress);
        TokenDataset tales = tales(corpus, encoder)) {
      return train(grammar, corpus, tokenizer, text, tales, progress);
    }
  }

  private TokenDataset tales(DemoCorpus corpus, TokenizerEncoder encoder) throws IOException {
    return TokenShards.build(
            List.of(corpus.talesFile()),
            encoder,
            folder.resolve("data-tales"),
            ShardOptions.defaults().withDocuments(DocumentSplit.blankLines()),
            (_, _, _) -> {})
        .dataset();
  }

  /** Tales, then tales and stories, then larger batches of stories. */
  private BatchSampler<TokenBatch> batches(TokenDataset stories, TokenDataset tales) {
    PackedWindows windows = windows(stories);
    CurriculumWindows curriculum =
        new CurriculumWindows(
            windows(tales), windows, TALE_ROWS, MIXED_ROWS, CURRICULUM_BATCH_SIZE, seed);
    return new StagedBatches<>(
        curriculum, CURRICULUM_STEPS, new ShuffledWindows(windows, BATCH_SIZE, seed + 1));
  }

  private static PackedWindows windows(TokenDataset dataset) {
    return new PackedWindows(dataset, SHAPE.context(), PackedWindows.Fill.CUT);
  }

  private int train(
      StoryGrammar grammar,
      DemoCorpus corpus,
      Tokenizer tokenizer,
      RunText text,
      TokenDataset tales,
      ProgressLine progress)
      throws IOException {
    progress.say(
        Format.format(
            "tokenizer: byte-level BPE, %d tokens; %s tokens to train on",
            tokenizer.vocabSize(), Format.count(text.train().size())));
    BatchSampler<TokenBatch> batches = batches(text.train(), tales);
    EvaluationBatches heldOut =
        new EvaluationBatches(
            new PackedWindows(text.heldOut(), SHAPE.context(), PackedWindows.Fill.WHOLE),
            BATCH_SIZE);
    CausalConfig config = SHAPE.config(tokenizer.vocabSize());
    progress.say("n-grams: counting the training tokens ...");
    Losses baselines = baselines(grammar, corpus, text);
    TrainOptions options = options();
    try (CausalLm model = CausalLm.create(config, seed)) {
      progress.say(
          Format.format(
              "decoder: %s parameters, %d layers of width %d; steps of %d tokens in %s",
              Format.count(model.parameters().numWeights()),
              config.numLayers(),
              config.hiddenSize(),
              BATCH_SIZE * SHAPE.context(),
              options.precision().isBf16(config.hiddenSize()) ? "bf16" : "f32"));
      TrainingView view = new TrainingView(progress, true);
      view.plot().addLevel("5-gram", baselines.perToken(baselines.ngram));
      view.plot().addLevel("entropy floor", baselines.perToken(baselines.floor));
      double left = seconds - (System.nanoTime() - startNanos) * 1e-9;
      TrainResult ended =
          new TrainingRun(folder, tokenizer, tokenizer::save, Output.errorsOf(spec), progress)
              .timeLimit(Math.max(left, LEAST_TRAINING_SHARE * seconds))
              .train(
                  model,
                  new TrainingRun.Plan(batches, heldOut, options),
                  view,
                  null,
                  result -> {
                    Losses losses =
                        baselines.withModel(HeldOutLoss.of(model, heldOut, Long.MAX_VALUE));
                    Path picture = folder.resolve("loss.png");
                    view.plot().write(picture, "rapt demo: loss over " + result.steps() + " steps");
                    report(result, losses, story(model, tokenizer), picture);
                  });
      return RunReport.exitStatus(ended);
    }
  }

  private TrainOptions options() {
    return TrainOptions.builder(MOST_STEPS)
        .lr(LEARNING_RATE)
        .optimizer(Muon.Options.defaults())
        .seed(seed)
        .warmupSteps(WARMUP_STEPS)
        .minLrRatio(0.02)
        .evalEverySteps(EVALUATION_INTERVAL)
        .evalBatches(8)
        .saveEveryMinutes(0)
        .keepCheckpoints(1)
        .build();
  }

  /** The losses of Kneser-Ney and of the grammar on the held-out stories. */
  private static Losses baselines(StoryGrammar grammar, DemoCorpus corpus, RunText text) {
    int endOfText = text.train().endOfTextId();
    KneserNey ngrams =
        KneserNey.builder(text.train().vocabSize(), NGRAM_ORDER)
            .addAll(DemoCorpus.tokens(text.train()), endOfText)
            .build();
    KneserNey.Evaluation evaluation = ngrams.evaluate(DemoCorpus.tokens(text.heldOut()), endOfText);
    StoryGrammar.Floor floor = grammar.floor(corpus.heldOut());
    return new Losses(
        evaluation.tokens(), floor.bytes(), Double.NaN, evaluation.nats(), floor.nats());
  }

  private String story(CausalLm model, Tokenizer tokenizer) {
    GenerationOptions options =
        GenerationOptions.builder()
            .doSample(true)
            .temperature(STORY_TEMPERATURE)
            .maxNewTokens(MOST_STORY_TOKENS)
            .eosTokenIds(tokenizer.eosId().stream().boxed().toList())
            .seed(seed)
            .build();
    return TextModel.generator(model, tokenizer)
        .generate(Prompts.of(TextModel.beginning(tokenizer)), options)
        .first()
        .text()
        .strip();
  }

  private void report(TrainResult result, Losses losses, String story, Path picture) {
    PrintWriter out = Output.of(spec);
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("folder", folder.toString());
      map.put("steps", result.steps());
      map.put("seconds", result.seconds());
      map.put("tokens", result.tokensSeen());
      map.put("held_out_tokens", losses.tokens);
      map.put("held_out_loss", losses.perToken(losses.model));
      map.put("held_out_bits_per_byte", losses.bitsPerByte(losses.model));
      map.put("ngram_loss", losses.perToken(losses.ngram));
      map.put("ngram_bits_per_byte", losses.bitsPerByte(losses.ngram));
      map.put("floor", losses.perToken(losses.floor));
      map.put("floor_bits_per_byte", losses.bitsPerByte(losses.floor));
      map.put("story", story);
      Json.print(out, map);
      return;
    }
    out.println(
        Format.format(
            "%s after %d steps, %s tokens, %s%n",
            result.stopped() ? "stopped" : "trained",
            result.steps(),
            Format.count(result.tokensSeen()),
            Format.duration(Duration.ofMillis(Math.round(1000 * result.seconds())))));
    out.println("on held-out stories        nats per token   bits per byte");
    row(out, "Kneser-Ney 5-gram", losses, losses.ngram);
    row(out, "this decoder", losses, losses.model);
    row(out, "entropy of the grammar", losses, losses.floor);
    out.println();
    out.println("A story by the model:");
    out.println(story.indent(2));
    out.println("model        " + folder);
    out.println("metrics      " + folder.resolve("metrics.jsonl"));
    out.println("loss curve   " + picture);
    out.println(
        "next         " + Program.line("generate", folder) + " --prompt \"Anna had a cat\"");
    out.println("             " + Program.line("chat", folder));
    out.println("             " + Program.line("train", "--text", "your-own.txt", "--minutes", 10));
  }

  private static void row(PrintWriter out, String name, Losses losses, double nats) {
    out.println(
        Format.format(
            "%-26s %14.4f   %13.4f", name, losses.perToken(nats), losses.bitsPerByte(nats)));
  }
}
