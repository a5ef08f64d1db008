package dev.rapt.model.decoder;

import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.ResidualBlock;
import dev.rapt.nn.block.Stack;
import dev.rapt.nn.recurrent.RecurrentStack;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.function.BiFunction;

/** What surrounds the mixers of Mamba 1 and 2. */
final class StateSpaceStack {
  private StateSpaceStack() {}

  /** Embeddings, mixers on the normalised stream, and a norm, as the checkpoints name them. */
  static Backbone build(
      MambaSizes sizes, ParameterSource source, BiFunction<Integer, ParameterSource, Layer> mixer) {
    int D = sizes.hiddenSize();
    return new RecurrentStack(
        Embeddings.of(Embedding.of(source.at("embeddings"), sizes.vocabSize(), D, sizes.initStd())),
        Stack.blocks(
            sizes.numLayers(),
            source.at("layers"),
            (layer, block) ->
                new ResidualBlock(
                    Norm.RmsNorm.of(block.at("norm"), D, sizes.normEps()),
                    mixer.apply(layer, block.at("mixer")),
                    Residual.of(layer, 0))),
        Norm.RmsNorm.of(source.at("norm_f"), D, sizes.normEps()));
  }

  /** Ones of this shape. */
  static Tensor ones(Scope scope, Shape shape) {
    float[] ones = new float[Math.toIntExact(shape.numElements())];
    Arrays.fill(ones, 1);
    return scope.floats(ones, shape.toArray());
  }
}
