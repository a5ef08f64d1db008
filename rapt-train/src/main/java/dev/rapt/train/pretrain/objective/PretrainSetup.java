package dev.rapt.train.pretrain.objective;

import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import dev.rapt.train.NamedSettings;
import dev.rapt.train.batch.DocumentWindows;
import dev.rapt.train.batch.PackedWindows;
import dev.rapt.train.batch.StreamWindows;
import dev.rapt.train.batch.Windows;
import dev.rapt.train.data.TokenDataset;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What an objective opens its run with.
 *
 * @param spec what the pretraining does
 * @param tokenizer the tokenizer
 * @param texts the files
 * @param encoded the encoded text; null for an objective that reads pairs
 * @param checkpoint folder of the checkpoint to continue; null for a fresh model
 */
public record PretrainSetup(
    PretrainSpec spec,
    Tokenizer tokenizer,
    PretrainTexts texts,
    PretrainTexts.@Nullable Encoded encoded,
    @Nullable Path checkpoint) {

  /** Returns the training text. */
  public TokenDataset train() {
    return Objects.requireNonNull(encoded).train();
  }

  /** Returns the held-out text. */
  public TokenDataset heldOut() {
    return Objects.requireNonNull(encoded).heldOut();
  }

  /** Returns windows of a text, across documents unless the run separates them. */
  public Windows windows(TokenDataset text, int seqLen) {
    return spec.separatesDocuments()
        ? new PackedWindows(text, seqLen, PackedWindows.Fill.CUT)
        : new StreamWindows(text, seqLen, false);
  }

  /** Returns windows of a text that hold one document each. */
  public Windows documentWindows(TokenDataset text, int seqLen, int least) {
    return new DocumentWindows(text, seqLen, least);
  }

  /** Encodes texts with special tokens, each cut to the context. */
  public List<int[]> encode(List<String> lines) {
    EncodeOptions options = EncodeOptions.DEFAULT.withTruncation(Truncation.to(spec.seqLen()));
    return tokenizer.encodeBatch(lines, options).stream().map(Encoding::ids).toList();
  }

  /** Returns the special tokens for config.json. */
  public TokenIds tokenIds() {
    return new TokenIds(
        orNull(tokenizer.bosId()), orNull(tokenizer.eosId()), orNull(tokenizer.padId()));
  }

  private static @Nullable Integer orNull(OptionalInt id) {
    return id.isPresent() ? (Integer) id.getAsInt() : null;
  }

  /** Returns the settings of the objective. */
  public NamedSettings settings() {
    return new NamedSettings(spec.settings());
  }

  /**
   * Returns a setting that is a number.
   *
   * @throws IllegalArgumentException if it is not in [min, max]
   */
  public double number(String setting, double usual, double min, double max) {
    return settings().number(setting, usual, min, max);
  }

  /** Returns a setting that is text. */
  public String text(String setting, String usual) {
    return settings().text(setting, usual);
  }

  /** Returns a setting that is a truth value. */
  public boolean flag(String setting) {
    return settings().flag(setting);
  }
}
