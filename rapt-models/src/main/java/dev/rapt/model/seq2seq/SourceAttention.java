package dev.rapt.model.seq2seq;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.encoder.BigBird;
import dev.rapt.model.encoder.Longformer;
import dev.rapt.nn.attention.BlockSparseAttention;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Which source tokens a source token sees, in the encoder of an encoder-decoder. */
public sealed interface SourceAttention {
  /** All tokens. */
  SourceAttention FULL = new Full();

  /** Reads the keys of the family with this wiring. */
  static SourceAttention parse(ConfigReader json, Wiring wiring, int numLayers) {
    return switch (wiring) {
      case LED -> new Windows(Longformer.Config.windows(json, numLayers));
      case BIGBIRD_PEGASUS -> new Blocks(BigBird.Config.parseSparsity(json));
      default -> FULL;
    };
  }

  /** Writes the keys of a config.json. */
  void write(ObjectNode json);

  /** Full attention: all tokens. */
  record Full() implements SourceAttention {
    @Override
    public void write(ObjectNode json) {} // needs no keys
  }

  /**
   * Sliding window and global tokens, as in Longformer: LED.
   *
   * @param sizes of each layer, the tokens of the sliding window, half of them on each side
   */
  record Windows(List<Integer> sizes) implements SourceAttention {
    /** Copies the list. */
    public Windows {
      sizes = List.copyOf(sizes);
    }

    @Override
    public void write(ObjectNode json) {
      sizes.forEach(json.putArray(Longformer.Config.WINDOW)::add);
    }
  }

  /**
   * Block-sparse attention, as in BigBird: BigBird-Pegasus.
   *
   * @param sparsity which blocks of tokens see which
   */
  record Blocks(BlockSparseAttention.Sparsity sparsity) implements SourceAttention {
    @Override
    public void write(ObjectNode json) {
      BigBird.Config.writeSparsity(json, sparsity);
    }
  }
}
