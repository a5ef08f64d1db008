package dev.rapt.cli.text;

import dev.rapt.generate.batch.BatchOptions;
import dev.rapt.generate.batch.BatchRequest;
import dev.rapt.generate.batch.Batcher;
import dev.rapt.generate.batch.Completion;
import dev.rapt.generate.constrain.TokenConstraint;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.generate.speculate.Speculation;
import dev.rapt.text.TextModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Answers the prompts of a conversation, which begin alike. */
public sealed interface Answers extends AutoCloseable {
  /**
   * Answers a prompt.
   *
   * @param receiver gets the text in pieces; false stops the answer
   */
  GeneratedSequence answer(int[] prompt, Predicate<String> receiver);

  @Override
  void close();

  /**
   * Answers that read each prompt as a whole: with beams, contrastive search or guesses.
   *
   * @param constraint what each answer must match; null for none
   */
  static Answers wholePrompts(
      TextModel model,
      GenerationOptions options,
      @Nullable TokenConstraint constraint,
      Speculation speculation) {
    return new WholePrompts(model, options, constraint, speculation);
  }

  /**
   * Answers that read of each prompt what is new since the last one.
   *
   * @param constraint what each answer must match; null for none
   * @param file keeps keys and values from one run to the next; null for none
   */
  static Answers newTokens(
      TextModel model,
      GenerationOptions options,
      @Nullable TokenConstraint constraint,
      BatchOptions batch,
      @Nullable Path file) {
    Batcher batcher = model.batcher(batch.withMaxSequences(1));
    try {
      if (file != null && Files.exists(file)) {
        batcher.restore(file);
      }
      return new NewTokens(model, batcher, options, constraint, file);
    } catch (RuntimeException e) {
      batcher.close();
      throw e;
    }
  }

  /** See {@link #wholePrompts}. */
  record WholePrompts(
      TextModel model,
      GenerationOptions options,
      @Nullable TokenConstraint constraint,
      Speculation speculation)
      implements Answers {
    @Override
    public GeneratedSequence answer(int[] prompt, Predicate<String> receiver) {
      return model
          .generate(prompt, options, constraint, speculation, (_, _, piece) -> receiver.test(piece))
          .first();
    }

    @Override
    public void close() {}
  }

  /** See {@link #newTokens}. */
  final class NewTokens implements Answers {
    private final TextModel model;
    private final Batcher batcher;
    private final GenerationOptions options;
    private final @Nullable TokenConstraint constraint;
    private final @Nullable Path file;
    private int[] last = {};

    private NewTokens(
        TextModel model,
        Batcher batcher,
        GenerationOptions options,
        @Nullable TokenConstraint constraint,
        @Nullable Path file) {
      this.model = model;
      this.batcher = batcher;
      this.options = options;
      this.constraint = constraint;
      this.file = file;
    }

    @Override
    public GeneratedSequence answer(int[] prompt, Predicate<String> receiver) {
      model.requireRoomBehind(prompt);
      BatchRequest request = BatchRequest.of(prompt, options);
      try (Completion completion =
          batcher.submit(constraint == null ? request : request.withConstraint(constraint))) {
        for (Completion.Token token : completion) {
          if (!receiver.test(token.text())) {
            completion.cancel();
          }
        }
        GeneratedSequence answer = completion.result();
        last = answer.ids();
        return answer;
      }
    }

    /** Writes the keys and values of the last prompt and answer, if they are to be kept. */
    @Override
    public void close() {
      try (Batcher open = batcher) {
        if (file != null && last.length > 0) {
          open.save(last, file);
        }
      }
    }
  }
}
