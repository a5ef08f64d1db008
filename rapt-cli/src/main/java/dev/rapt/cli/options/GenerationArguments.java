package dev.rapt.cli.options;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.options.GenerationOptionsBuilder;
import dev.rapt.tokenizer.Tokenizer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** The options of generation. Options that are not given keep the values of the model's folder. */
public final class GenerationArguments {
  @Mixin private LengthArguments lengths = new LengthArguments();
  @Mixin private DrawingArguments drawing = new DrawingArguments();
  @Mixin private BeamArguments beams = new BeamArguments();
  @Mixin private PenaltyArguments penalties = new PenaltyArguments();

  /**
   * The options for a decoder: it samples by default.
   *
   * @param base the options in the model's folder
   * @throws IllegalArgumentException if a value is out of range, or if options contradict each
   *     other
   */
  public GenerationOptions options(GenerationOptions base, Tokenizer tokenizer) {
    return options(base, tokenizer, true);
  }

  /** The options for an encoder-decoder: by default those in its folder. */
  public GenerationOptions targetOptions(GenerationOptions base, Tokenizer tokenizer) {
    return options(base, tokenizer, false);
  }

  private GenerationOptions options(GenerationOptions base, Tokenizer tokenizer, boolean samples) {
    GenerationOptionsBuilder builder = base.toBuilder().numReturnSequences(1);
    lengths.applyTo(builder, base, tokenizer);
    boolean searchesBeams = beams.applyTo(builder, base);
    drawing.applyTo(builder, samples, searchesBeams);
    penalties.applyTo(builder, base, tokenizer);
    return builder.build();
  }

  /** Calls the setter if there is a value. */
  static <T> void set(@Nullable T value, Consumer<T> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }

  /**
   * Refuses options that would have no effect.
   *
   * @param options the value of each option, or null
   * @param mustComeWith what they require, and the rest of the sentence
   */
  static void refuse(Map<String, @Nullable Object> options, String mustComeWith) {
    options.forEach((name, value) -> {
      if (value != null) {
        throw new IllegalArgumentException(name + ": must come with " + mustComeWith);
      }
    });
  }

  /**
   * Sets token ids.
   *
   * @throws IllegalArgumentException if an id is outside the vocabulary
   */
  static void setIds(
      String option,
      @Nullable List<Integer> ids,
      Tokenizer tokenizer,
      Consumer<List<Integer>> setter) {
    if (ids == null) {
      return;
    }
    int vocabSize = tokenizer.vocabSize();
    for (int id : ids) {
      if (id < 0 || id >= vocabSize) {
        throw new IllegalArgumentException(
            "%s: must be ids from 0 to %d, got %d; rapt tokenize prints ids"
                .formatted(option, vocabSize - 1, id));
      }
    }
    setter.accept(List.copyOf(ids));
  }
}
