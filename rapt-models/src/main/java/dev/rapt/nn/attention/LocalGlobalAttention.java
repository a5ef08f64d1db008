package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.AttentionArgs;
import dev.rapt.autograd.attention.KeyBits;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Bidirectional sliding-window attention with global tokens: tokens attend to a window around them
 * and to the global tokens of the pass; global tokens attend to all, with separate projections.
 * Padding attends to nothing. Longformer, arXiv:2004.05150, section 3.1.
 *
 * @param layer index of the layer, for dropout
 * @param reach tokens on each side that a token attends to
 * @param localProj queries, keys and values of tokens that are not global
 * @param globalProj queries, keys and values of global tokens
 * @param dropout probability to drop an attention weight in training
 */
public record LocalGlobalAttention(
    int layer,
    int reach,
    QkvProjection.Separate localProj,
    QkvProjection.Separate globalProj,
    float dropout,
    Linear oProj)
    implements Layer {
  private static final int[] NO_TOKENS = {};
  private static final int LOCAL_DROPOUT_SITE = 0;
  private static final int GLOBAL_DROPOUT_SITE = 10;

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    int @Nullable [] globals = pass.globalTokens();
    Tensor mixed = attend(x, localProj, neighbours(pass, globals), LOCAL_DROPOUT_SITE, pass);
    if (globals != null) {
      // each row is 0 in one of the two, the one in which it has no key
      AttentionArgs all = everything(pass, globals);
      mixed = Ops.add(mixed, attend(x, globalProj, all, GLOBAL_DROPOUT_SITE, pass));
    }
    return oProj.forward(mixed);
  }

  private Tensor attend(
      Tensor x, QkvProjection projection, AttentionArgs args, int site, Pass pass) {
    QkvProjection.Qkv qkv = projection.project(x);
    return Ops.attention(
        qkv.q(),
        qkv.k(),
        qkv.v(),
        args.withDropout(pass.dropout(dropout), pass.dropoutSeed(layer, site)));
  }

  /** Returns the keys of tokens that are not global: their window and the global tokens. */
  private AttentionArgs neighbours(Pass pass, int @Nullable [] globals) {
    int T = pass.seqLen();
    int[] from = new int[pass.batchSize() * T];
    int[] to = new int[from.length];
    KeyBits bits = globals == null ? null : KeyBits.none(pass.scope(), pass.batchSize(), 1, T, T);
    for (int b = 0; b < pass.batchSize(); b++) {
      int length = pass.lengths()[b];
      int[] seenByAll = globals == null ? NO_TOKENS : globalsOf(globals, b * T, length);
      for (int i = 0; i < length; i++) {
        int row = b * T + i;
        if (globals != null && globals[row] != 0) {
          continue;
        }
        from[row] = Math.max(0, i - reach);
        to[row] = Math.min(length, i + reach + 1);
        if (bits != null) {
          bits.add(b, 0, i, from[row], to[row]);
          for (int key : seenByAll) {
            bits.add(b, 0, i, key);
            from[row] = Math.min(from[row], key);
            to[row] = Math.max(to[row], key + 1);
          }
        }
      }
    }
    return args(from, to, pass).withKeyBits(bits);
  }

  /** Returns the keys of global tokens: the whole sequence. */
  private AttentionArgs everything(Pass pass, int[] globals) {
    int T = pass.seqLen();
    int[] to = new int[globals.length];
    for (int row = 0; row < to.length; row++) {
      int length = pass.lengths()[row / T];
      to[row] = globals[row] != 0 && row % T < length ? length : 0;
    }
    return args(new int[to.length], to, pass);
  }

  private AttentionArgs args(int[] from, int[] to, Pass pass) {
    int B = pass.batchSize();
    int T = pass.seqLen();
    float scale = (float) (1 / Math.sqrt(localProj.headDim()));
    Tensor keyFrom = pass.scope().ints(from, B, T);
    Tensor keyTo = pass.scope().ints(to, B, T);
    return AttentionArgs.of(scale, keyFrom, keyTo, T);
  }

  private static int[] globalsOf(int[] globals, int firstRow, int length) {
    return IntStream.range(0, length).filter(i -> globals[firstRow + i] != 0).toArray();
  }
}
