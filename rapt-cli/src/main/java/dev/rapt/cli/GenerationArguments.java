package dev.rapt.cli;

import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.GenerationOptionsBuilder;
import dev.rapt.tokenizer.Tokenizer;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** The options that say how text is generated. What is not given is as the model's folder says. */
final class GenerationArguments {
  @Mixin private LengthArguments lengths = new LengthArguments();
  @Mixin private DrawingArguments drawing = new DrawingArguments();
  @Mixin private BeamArguments beams = new BeamArguments();
  @Mixin private PenaltyArguments penalties = new PenaltyArguments();

  /**
   * The options of a decoder that writes on: drawn at random unless something else is asked for.
   *
   * @param base what the folder of the model says
   * @throws IllegalArgumentException if a value is out of range, or options contradict each other
   */
  GenerationOptions options(GenerationOptions base, Tokenizer tokenizer) {
    return options(base, tokenizer, true);
  }

  /** The options of an encoder-decoder: as its folder says unless something else is asked for. */
  GenerationOptions targetOptions(GenerationOptions base, Tokenizer tokenizer) {
    return options(base, tokenizer, false);
  }

  private GenerationOptions options(GenerationOptions base, Tokenizer tokenizer, boolean draws) {
    GenerationOptionsBuilder builder = base.toBuilder().numReturnSequences(1);
    lengths.applyTo(builder, base, tokenizer);
    boolean searchesBeams = beams.applyTo(builder, base);
    drawing.applyTo(builder, draws, searchesBeams);
    penalties.applyTo(builder, base, tokenizer);
    return builder.build();
  }

  /** Sets what is given. */
  static <T> void set(@Nullable T value, Consumer<T> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }

  /**
   * Refuses options that would have no effect.
   *
   * @param options what was given under each name, or null
   * @param mustComeWith what they need, and the rest of the sentence
   */
  static void refuse(Map<String, @Nullable Object> options, String mustComeWith) {
    options.forEach((name, value) -> {
      if (value != null) {
        throw new IllegalArgumentException(name + ": must come with " + mustComeWith);
      }
    });
  }

  /**
   * Sets ids of tokens.
   *
   * @throws IllegalArgumentException if the vocabulary does not have one
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
            "%s: must be ids from 0 to %d, got %d; rapt tokenize shows them"
                .formatted(option, vocabSize - 1, id));
      }
    }
    setter.accept(List.copyOf(ids));
  }
}
