package dev.rapt.model;

import dev.rapt.autograd.LinearHead;
import dev.rapt.autograd.Losses;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderHeads.Vocabulary;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import java.util.function.UnaryOperator;

/** A transform and logits over the vocabulary, whose weight is the token embedding unless said. */
record VocabularyHead(UnaryOperator<Tensor> transform, Parameter weight, Parameter bias) {
  static VocabularyHead of(ModelParts<EncoderConfig, Backbone> parts) {
    EncoderConfig config = parts.config();
    Vocabulary layout = config.vocabularyHead();
    int width = config.sizes().embeddingSize();
    int V = config.vocabSize();
    UnaryOperator<Tensor> transform = HeadParts.transform(parts, layout.transform(), width);
    if (config.sizes().tiedHead()) {
      Parameter bias = parts.source().get(layout.bias(), Init.ZEROS, V);
      return new VocabularyHead(transform, parts.body().tokenEmbedding(), bias);
    }
    ParameterSource own = parts.source().at(layout.projection());
    Parameter weight = own.get("weight", new Init.Normal(config.initStd()), V, width);
    Parameter bias =
        own.has("bias")
            ? own.get("bias", Init.ZEROS, V)
            : parts.source().get(layout.bias(), Init.ZEROS, V);
    return new VocabularyHead(transform, weight, bias);
  }

  /** Maps hidden states (..., D) to logits (..., V). */
  Tensor logits(Tensor hidden) {
    return head().logits(transform.apply(hidden));
  }

  /** The mean cross entropy of the targets, i32; -100 is left out. */
  Tensor loss(Tensor hidden, Tensor targets) {
    return Losses.linearCrossEntropy(transform.apply(hidden), head(), targets, 0, 0);
  }

  private LinearHead head() {
    return new LinearHead(weight.compute(), bias.value(), 1, 0);
  }
}
