package dev.rapt.cli.run;

import dev.rapt.cli.output.ProgressLine;
import dev.rapt.model.ModelWriter;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.train.CharTokenizerTrainer;
import dev.rapt.tokenizer.train.TrainingProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** Trains tokenizers on the text of a run. */
public final class Tokenizers {
  private Tokenizers() {}

  /** Trains byte-level BPE on the files. */
  public static Tokenizer trainBpe(List<Path> files, int vocabSize, ProgressLine progress)
      throws IOException {
    TrainingProgress listener =
        (stage, done, total) ->
            progress.update(
                total > 0 ? done / (double) total : 0,
                switch (stage) {
                  case COUNT_WORDS -> "tokenizer: counting words";
                  case MERGE_PAIRS -> "tokenizer: merging pairs";
                });
    Tokenizer tokenizer =
        new ByteLevelBpeTrainer(ByteLevelBpeTrainer.Options.of(vocabSize), listener).train(files);
    progress.clear();
    return tokenizer;
  }

  /** Makes a tokenizer with one token for each character of the files. */
  public static Tokenizer characters(List<Path> files) throws IOException {
    CharTokenizerTrainer trainer = new CharTokenizerTrainer();
    for (Path file : files) {
      trainer.add(file);
    }
    return trainer.train(List.of());
  }

  /** The special tokens for the configuration of a model folder. */
  static ModelWriter.TokenIds tokenIds(Tokenizer tokenizer) {
    OptionalInt end = tokenizer.eosId();
    return ModelWriter.TokenIds.endOfText(end.isPresent() ? end.getAsInt() : null);
  }
}
