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
 * Embeddings, blocks and a final norm of RWKV and Mamba. Unlike {@link Stack} it shows the observer
 * of a pass the output of every block and then the final norm's, but not the embeddings, which is
 * what the Python library returns as hidden states of these families.
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
