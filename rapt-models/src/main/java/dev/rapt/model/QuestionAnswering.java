package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderHeads;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.HeadParts;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * Extractive question answering: an encoder that scores where the answer to a question starts and
 * ends in a text.
 */
public final class QuestionAnswering extends HeadedModel {
  /**
   * Logits of each token as the first and the last token of the answer.
   *
   * @param start (B, T)
   * @param end (B, T)
   */
  public record Scores(Tensor start, Tensor end) {}

  /** Subtracted from the logits of tokens that cannot be in an answer. */
  private static final float HIDDEN = 1e6f;

  private final UnaryOperator<Tensor> transform;
  private final Linear head;
  private final OptionalInt questionEnd;

  QuestionAnswering(ModelParts<EncoderConfig, Backbone> parts) {
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
          "config.json: model_type must be a family with question answering, got "
              + config.modelType());
    }
    head = HeadParts.projection(parts, projection, 2);
  }

  /** Creates a model with parameters initialised at random by this seed. */
  public static QuestionAnswering create(EncoderConfig config, long seed) {
    return new QuestionAnswering(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /** Loads a model from a Hugging Face folder. */
  public static QuestionAnswering load(Path folder) {
    return load(folder, folder.resolve("config.json"));
  }

  /** Loads a model from the weights of a folder and a configuration file. */
  public static QuestionAnswering load(Path folder, Path configFile) {
    return load(folder, configFile, Loading.INFERENCE);
  }

  /**
   * Loads a model from a Hugging Face folder.
   *
   * @param loading how the weights are used; with a new head, the folder may hold an encoder with
   *     any head
   */
  public static QuestionAnswering load(Path folder, Loading loading) {
    return load(folder, folder.resolve("config.json"), loading);
  }

  private static QuestionAnswering load(Path folder, Path configFile, Loading loading) {
    return ModelParts.load(
        EncoderFamilies.TABLE,
        HeadKind.QUESTION_ANSWERING,
        folder,
        configFile,
        loading,
        QuestionAnswering::new);
  }

  @Override
  GlobalTokens globalTokens() {
    return GlobalTokens.QUESTION;
  }

  /**
   * Starts building a pass over ids (B, T). In models that exclude the question from answers, the
   * text has token type 1.
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

  /**
   * Returns the number of tokens (B) up to and including the first separator; 1 without separator.
   */
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

  /**
   * Returns the mask to add to the logits (B, T, 2): 0, but a large negative number for tokens of
   * the question after its first.
   */
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

  /** Returns the start and end logits of the tokens ids (B, T). */
  public Scores scores(Tensor ids, Pass pass) {
    Tensor both = head.forward(transform.apply(hidden(ids, pass)), DType.F32); // (B, T, 2)
    if (questionEnd.isPresent()) {
      both = Ops.add(both, hidingQuestions(ids));
    }
    long B = both.dim(0);
    long T = both.dim(1);
    return new Scores(Ops.columns(both, 0, 1).reshape(B, T), Ops.columns(both, 1, 1).reshape(B, T));
  }

  /**
   * Returns the mean of the cross entropies of start and end, in nats.
   *
   * @param starts (B) positions of the answers' first tokens; those beyond the sequence are ignored
   * @param ends (B) positions of the answers' last tokens
   * @param denominator divisor of the sums; 0 for the numbers of positions that are not ignored
   */
  public static Tensor loss(Scores scores, int[] starts, int[] ends, Pass pass, long denominator) {
    Tensor sum =
        Ops.add(
            Losses.crossEntropy(scores.start(), targets(starts, pass), 0, (double) denominator),
            Losses.crossEntropy(scores.end(), targets(ends, pass), 0, (double) denominator));
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
