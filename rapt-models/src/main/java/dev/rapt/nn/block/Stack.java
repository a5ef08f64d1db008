package dev.rapt.nn.block;

import dev.rapt.autograd.Ops;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A decoder or an encoder without its head: embeddings, blocks and a final norm. Families differ in
 * the blocks.
 */
public final class Stack implements Backbone {
  private static final int LAYER = -1;
  private static final int SITE = 1; // the embeddings have site 0

  private final Embeddings embeddings;
  private final List<Block> blocks;
  private final @Nullable Norm finalNorm;
  private final float dropout;
  private final @Nullable Linear projection;

  /**
   * Creates a stack of these blocks; the final norm is null where the last block ends in a norm.
   */
  public Stack(Embeddings embeddings, List<Block> blocks, @Nullable Norm finalNorm) {
    this(embeddings, blocks, finalNorm, 0, null);
  }

  private Stack(
      Embeddings embeddings,
      List<Block> blocks,
      @Nullable Norm finalNorm,
      float dropout,
      @Nullable Linear projection) {
    this.embeddings = embeddings;
    this.blocks = List.copyOf(blocks);
    this.finalNorm = finalNorm;
    this.dropout = dropout;
    this.projection = projection;
  }

  /** Returns a copy that maps the last hidden state to another width. */
  public Stack projected(Linear layer) {
    return new Stack(embeddings, blocks, finalNorm, dropout, layer);
  }

  /** Returns a copy with dropout {@code probability} after the final norm, in training. */
  public Stack withDropout(float probability) {
    return new Stack(embeddings, blocks, finalNorm, probability, projection);
  }

  /**
   * Returns a copy with LayerDrop: training skips each block with this probability.
   * arXiv:1909.11556.
   */
  public Stack withLayerDrop(float probability) {
    if (probability == 0) {
      return this;
    }
    List<Block> skipped = new ArrayList<>();
    for (Block block : blocks) {
      skipped.add(new LayerDropBlock(skipped.size(), probability, block));
    }
    return new Stack(embeddings, skipped, finalNorm, dropout, projection);
  }

  /**
   * Builds the blocks of a model.
   *
   * @param layers source of the layers, which are named by their indices
   * @param block builds block i from its source
   */
  public static List<Block> blocks(
      int numLayers, ParameterSource layers, BiFunction<Integer, ParameterSource, Block> block) {
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < numLayers; i++) {
      RecordingSource layer = new RecordingSource(layers.at(Integer.toString(i)));
      Block built = block.apply(i, layer);
      blocks.add(new BlockOfStack(built, layer.given()));
    }
    return blocks;
  }

  @Override
  public Parameter tokenEmbedding() {
    return embeddings.tokens().table();
  }

  @Override
  public List<Parameter> embeddings() {
    return embeddings.tables();
  }

  @Override
  public Tensor forward(Tensor ids, Pass pass) {
    Tensor x = embeddings.forward(ids, pass); // (B, T, D)
    pass.observe(x);
    x = Blocks.run(blocks, x, pass);
    if (finalNorm != null) {
      x = finalNorm.forward(x);
    }
    x = Ops.dropout(x, pass.dropout(dropout), pass.dropoutSeed(LAYER, SITE));
    if (projection != null) {
      x = projection.forward(x);
    }
    pass.observe(x);
    return x;
  }
}
