package dev.rapt.model;

import dev.rapt.autograd.Losses;
import dev.rapt.autograd.Ops;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderHeads;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.HeadParts;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
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

  /** Taken from the scores of tokens that cannot be in an answer. */
  private static final float HIDDEN = 1e6f;

  private final UnaryOperator<Tensor> transform;
  private final Linear head;
  private final OptionalInt questionEnd;

  private QuestionAnswering(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.QUESTION_ANSWERING);
    EncoderConfig config = parts.config();
    EncoderHeads.SpanMlp mlp = config.spanMlp();
    transform =
        mlp == null
            ? HeadParts.transform(parts, config.tokenTransform())
            : HeadParts.residualMlp(parts, mlp);
    questionEnd = config.questionEnd();
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
        EncoderFamilies.TABLE, HeadKind.QUESTION_ANSWERING, folder, configFile, false, QuestionAnswering::new);
  }

  @Override
  GlobalTokens globalTokens() {
    return GlobalTokens.QUESTION;
  }

  /**
   * A pass over ids (B, T); where answers cannot lie in the question, the text is the second
   * segment.
   */
  @Override
  public Pass.Builder pass(Tensor ids, int[] lengths) {
    Pass.Builder pass = super.pass(ids, lengths);
    if (questionEnd.isEmpty()) {
      return pass;
    }
    int[] ends = questionLengths(ids);
    int seqLen = Math.toIntExact(ids.dim(1));
    int[] segments = new int[ends.length * seqLen];
    Arrays.setAll(segments, i -> i % seqLen < ends[i / seqLen] ? 0 : 1);
    return pass.tokenTypes(segments);
  }

  /** Tokens (B) up to the first separator, or one where there is none. */
  private int[] questionLengths(Tensor ids) {
    int seqLen = Math.toIntExact(ids.dim(1));
    int[] lengths = new int[Math.toIntExact(ids.dim(0))];
    Arrays.fill(lengths, 1);
    for (int b = 0; b < lengths.length; b++) {
      for (int t = seqLen - 1; t >= 0; t--) {
        if (ids.getInt((long) b * seqLen + t) == questionEnd.orElseThrow()) {
          lengths[b] = t + 1;
        }
      }
    }
    return lengths;
  }

  /** What is added to the scores (B, T, 2): nothing but for the question behind its first token. */
  private Tensor hidingQuestions(Tensor ids) {
    int[] ends = questionLengths(ids);
    int seqLen = Math.toIntExact(ids.dim(1));
    float[] terms = new float[2 * ends.length * seqLen];
    for (int i = 0; i < terms.length; i++) {
      int t = i / 2 % seqLen;
      terms[i] = t > 0 && t < ends[i / 2 / seqLen] ? -HIDDEN : 0;
    }
    return ids.scope().floats(terms, ends.length, seqLen, 2);
  }

  /** Scores of the tokens ids (B, T). */
  public Scores scores(Tensor ids, Pass pass) {
    Tensor both = head.forward(transform.apply(hidden(ids, pass))); // (B, T, 2)
    if (questionEnd.isPresent()) {
      both = Ops.add(both, hidingQuestions(ids));
    }
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
