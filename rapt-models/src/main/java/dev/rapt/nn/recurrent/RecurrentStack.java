package dev.rapt.nn.recurrent;

import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Blocks;
import dev.rapt.nn.block.Stack;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * A {@link Stack} as the reference shows those of RWKV and Mamba: the observer is not shown the
 * embeddings, but what each block puts out, and then the normalised stream.
 */
public record RecurrentStack(Embeddings input, List<Block> blocks, Norm finalNorm)
    implements Backbone {
  @Override
  public Tensor forward(Tensor ids, Pass pass) {
    Tensor x = Blocks.run(blocks, input.forward(ids, pass), pass);
    pass.observe(x);
    x = finalNorm.forward(x);
    pass.observe(x);
    return x;
  }

  @Override
  public Parameter tokenEmbedding() {
    return input.tokens().table();
  }
}
