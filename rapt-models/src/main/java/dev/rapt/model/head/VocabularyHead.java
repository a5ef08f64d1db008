package dev.rapt.model.head;

import dev.rapt.autograd.loss.LinearHead;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderHeads.Vocabulary;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Masked-language-model head: a transform, then logits over the vocabulary. With tied embeddings,
 * its weight is the token embedding.
 */
public record VocabularyHead(
    UnaryOperator<Tensor> transform, Parameter weight, @Nullable Parameter bias) {
  /** Builds the head of an encoder. */
  public static VocabularyHead of(ModelParts<EncoderConfig, Backbone> parts) {
    EncoderConfig config = parts.config();
    Vocabulary layout = config.vocabularyHead();
    int width = config.sizes().embeddingSize();
    int V = config.vocabSize();
    UnaryOperator<Tensor> transform = HeadParts.transform(parts, layout.transform(), width);
    Parameter embedding = parts.body().tokenEmbedding();
    if (layout.projection() == null) {
      return new VocabularyHead(transform, embedding, bias(parts.source(), layout, V));
    }
    ParameterSource own = parts.source().at(layout.projection());
    Parameter weight =
        config.sizes().tiedHead()
            ? own.tied("weight", embedding)
            : own.get("weight", new Init.Normal(config.initStd()), V, width);
    return new VocabularyHead(transform, weight, bias(parts, layout, own));
  }

  /** The bias of the logits, which is stored in the head, in its last layer, or in both. */
  private static @Nullable Parameter bias(
      ModelParts<EncoderConfig, Backbone> parts, Vocabulary layout, ParameterSource own) {
    int V = parts.config().vocabSize();
    boolean isAlone = layout.bias() != null && !parts.source().has(layout.bias());
    if (layout.bias() != null
        && own.has("bias")
        && (isAlone || !parts.config().sizes().tiedHead())) {
      return own.get("bias", Init.ZEROS, V);
    }
    Parameter bias = bias(parts.source(), layout, V);
    return bias == null ? null : own.tied("bias", bias);
  }

  private static @Nullable Parameter bias(ParameterSource source, Vocabulary layout, int size) {
    return layout.bias() == null ? null : source.get(layout.bias(), Init.ZEROS, size);
  }

  /** Maps hidden states (..., D) to logits (..., V). */
  public Tensor logits(Tensor hidden) {
    return head().logits(transform.apply(hidden));
  }

  /**
   * Returns the cross entropy, in nats, of the targets.
   *
   * @param hidden (..., D)
   * @param targets (...) i32; -100 is ignored
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   */
  public Tensor loss(Tensor hidden, Tensor targets, long denominator) {
    return Losses.linearCrossEntropy(
        transform.apply(hidden), head(), targets, 0, (double) denominator);
  }

  /**
   * Returns the {@linkplain Losses#distillation distillation loss} towards a teacher, computed
   * without storing all logits.
   *
   * @param hidden (..., D)
   * @param teacherHidden (..., D of the teacher)
   * @param targets (...) i32; positions with -100 are ignored
   * @param temperature positive
   * @param denominator divisor of the sum; 0 for the number of targets that are not ignored
   */
  public Tensor distillation(
      Tensor hidden,
      VocabularyHead teacher,
      Tensor teacherHidden,
      Tensor targets,
      float temperature,
      long denominator) {
    return Losses.linearDistillation(
        transform.apply(hidden),
        head(),
        teacher.transform.apply(teacherHidden),
        teacher.head(),
        targets,
        temperature,
        (double) denominator);
  }

  private LinearHead head() {
    return new LinearHead(weight.compute(), bias == null ? null : bias.value(), 1, 0);
  }
}
