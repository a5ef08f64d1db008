package dev.rapt.train;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.train.CharTokenizerTrainer;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.EvaluationBatches;
import dev.rapt.train.batch.RandomWindows;
import dev.rapt.train.batch.StreamWindows;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.data.ShardOptions;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.data.TokenShards;
import dev.rapt.train.objective.CausalLmObjective;
import dev.rapt.train.shape.ModelShape;
import dev.rapt.train.shape.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Trains a language model from text files in one call: first a tokenizer, then a decoder. The
 * result is a Hugging Face folder.
 *
 * <pre>{@code
 * try (TextModel model =
 *     TextTraining.on(Path.of("book.txt")).preset("tiny").steps(500).run(Path.of("out"))) {
 *   System.out.println(model.generate("Once upon a time", 100));
 * }
 * }</pre>
 */
public final class TextTraining {
  private static final String TOKENIZER_FILE = "tokenizer.json";

  private final List<Path> files;
  private final List<TrainListener> listeners = new ArrayList<>();
  private ModelShape shape = Preset.TINY.shape();
  private int batchSize = Preset.TINY.batchSize();
  private long steps = 1000;
  private long seed = 1;
  private double heldOutShare = 0.1;
  private boolean characters;
  private int vocabSize;
  private UnaryOperator<TrainOptions.Builder> options = UnaryOperator.identity();

  private TextTraining(List<Path> files) {
    this.files = files;
  }

  /** Starts with these files of UTF-8 text; the last tenth is held out. */
  public static TextTraining on(Path... files) {
    return new TextTraining(List.of(files));
  }

  /** Sets shape and batch size to those of a {@link Preset} (default: {@code tiny}). */
  public TextTraining preset(String name) {
    Preset preset = Preset.of(name);
    shape = preset.shape();
    batchSize = preset.batchSize();
    return this;
  }

  /** Sets the shape of the model. */
  public TextTraining shape(ModelShape modelShape) {
    shape = modelShape;
    return this;
  }

  /** Sets the number of sequences in a batch. */
  public TextTraining batchSize(int sequences) {
    batchSize = sequences;
    return this;
  }

  /** Sets the number of updates (default: 1000). */
  public TextTraining steps(long updates) {
    steps = updates;
    return this;
  }

  /** Sets the seed of initial weights, batches and dropout (default: 1). */
  public TextTraining seed(long value) {
    seed = value;
    return this;
  }

  /** Uses characters as tokens instead of byte-level BPE. */
  public TextTraining characters() {
    characters = true;
    return this;
  }

  /** Sets the vocabulary size (default: by the size of the text). */
  public TextTraining vocabSize(int tokens) {
    vocabSize = tokens;
    return this;
  }

  /** Sets the share of the text that is held out (default: 0.1). */
  public TextTraining heldOut(double share) {
    heldOutShare = share;
    return this;
  }

  /** Changes other options of the run. */
  public TextTraining options(UnaryOperator<TrainOptions.Builder> change) {
    options = change;
    return this;
  }

  /** Adds a listener for steps, evaluations, samples and checkpoints. */
  public TextTraining listener(TrainListener listener) {
    listeners.add(listener);
    return this;
  }

  /**
   * Trains and saves the run.
   *
   * @param folder receives the run; it must not hold one yet
   * @return the model as loaded from the folder: with a moving average, the averaged weights. The
   *     caller closes it
   * @throws IOException if the text cannot be read
   * @throws IllegalArgumentException if the folder holds a run or another model
   * @throws TrainingException if another training uses the folder
   */
  public TextModel run(Path folder) throws IOException {
    TrainOptions plan = options.apply(TrainOptions.builder(steps).seed(seed)).build();
    try (RunLock _ = RunFolder.claim(folder)) {
      Tokenizer tokenizer = trainTokenizer();
      train(tokenizer, plan, folder);
      return new TextModel(CausalLm.load(folder), tokenizer, GenerationOptions.defaults());
    }
  }

  private void train(Tokenizer tokenizer, TrainOptions plan, Path folder) throws IOException {
    Path data = folder.resolve("data");
    Files.createDirectories(data);
    Path file = data.resolve(TOKENIZER_FILE);
    tokenizer.save(file);
    TokenShards shards =
        TokenShards.build(
            files,
            TokenizerEncoder.of(tokenizer, file),
            data,
            ShardOptions.defaults(),
            (_, _, _) -> {});
    try (TokenDataset text = shards.dataset();
        CausalLm model = CausalLm.create(shape.config(tokenizer.vocabSize()), seed)) {
      train(model, tokenizer, text.split(heldOutShare), plan, folder);
    }
  }

  private void train(
      CausalLm model,
      Tokenizer tokenizer,
      TokenDataset.Split text,
      TrainOptions plan,
      Path folder) {
    int context = shape.context();
    BatchSampler<TokenBatch> batches =
        new RandomWindows(text.train(), batchSize, context, seed, false);
    EvaluationBatches heldOut =
        new EvaluationBatches(new StreamWindows(text.validation(), context, false), batchSize);
    Trainer.Builder<TokenBatch> trainer =
        Trainer.of(
                TrainedModel.fresh(model, TokenIds.endOfText(endOfText(tokenizer))),
                new CausalLmObjective(model),
                batches,
                plan)
            .heldOut(heldOut)
            .folder(new RunFolder(folder, tokenizer::save));
    listeners.forEach(trainer::listener);
    trainer.build().run();
  }

  private static @Nullable Integer endOfText(Tokenizer tokenizer) {
    OptionalInt id = tokenizer.eosId();
    return id.isPresent() ? id.getAsInt() : null;
  }

  private Tokenizer trainTokenizer() throws IOException {
    if (characters) {
      CharTokenizerTrainer trainer = new CharTokenizerTrainer();
      for (Path file : files) {
        trainer.add(file);
      }
      return trainer.train(List.of());
    }
    int size = vocabSize == 0 ? ByteLevelBpeTrainer.fittingVocabSize(files) : vocabSize;
    return new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(size)).train(files);
  }
}
