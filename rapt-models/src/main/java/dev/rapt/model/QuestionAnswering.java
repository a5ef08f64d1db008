package dev.rapt.model;

import dev.rapt.autograd.Losses;
import dev.rapt.autograd.Ops;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** An encoder that scores where the answer to a question begins and ends in a text. */
public final class QuestionAnswering extends HeadedModel {
  /**
   * Scores of each token as the first and as the last of the answer.
   *
   * @param start (B, T)
   * @param end (B, T)
   */
  public record Scores(Tensor start, Tensor end) {}

  private final UnaryOperator<Tensor> transform;
  private final Linear head;

  private QuestionAnswering(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.SPANS);
    EncoderConfig config = parts.config();
    transform = HeadParts.transform(parts, config.tokenTransform());
    String projection = config.spanProjection();
    if (projection == null) {
      throw new IllegalArgumentException(
          config.modelType() + ": question answering is not supported; use another family");
    }
    head = HeadParts.projection(parts, projection, 2);
  }

  /** A model with fresh parameters that follow from the seed. */
  public static QuestionAnswering create(EncoderConfig config, long seed) {
    return new QuestionAnswering(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /** Loads a Hugging Face folder. */
  public static QuestionAnswering load(Path folder) {
    return load(folder, folder.resolve("config.json"));
  }

  /** Loads the weights of a folder as this configuration file describes them. */
  public static QuestionAnswering load(Path folder, Path configFile) {
    return ModelParts.load(
        EncoderFamilies.TABLE, HeadKind.SPANS, folder, configFile, false, QuestionAnswering::new);
  }

  @Override
  GlobalTokens globalTokens() {
    return GlobalTokens.QUESTION;
  }

  /** Scores of the tokens ids (B, T). */
  public Scores scores(Tensor ids, Pass pass) {
    Tensor both = head.forward(transform.apply(hidden(ids, pass))); // (B, T, 2)
    long B = both.dim(0);
    long T = both.dim(1);
    return new Scores(Ops.columns(both, 0, 1).reshape(B, T), Ops.columns(both, 1, 1).reshape(B, T));
  }

  /**
   * The mean of the cross entropies of both ends.
   *
   * @param starts (B) first tokens of the answers; outside of the text they are left out
   * @param ends (B) last tokens
   */
  public static Tensor loss(Scores scores, int[] starts, int[] ends, Pass pass) {
    Tensor sum =
        Ops.add(
            Losses.crossEntropy(scores.start(), targets(starts, pass), 0),
            Losses.crossEntropy(scores.end(), targets(ends, pass), 0));
    return Ops.scale(sum, 0.5f);
  }

  private static Tensor targets(int[] positions, Pass pass) {
    int[] targets =
        Arrays.stream(positions)
            .map(p -> p >= pass.seqLen() ? SoftmaxKernel.IGNORED : Math.max(0, p))
            .toArray();
    return pass.scope().ints(targets, targets.length);
  }
}
