package dev.rapt.nn.recurrent;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Recurrences;
import dev.rapt.kernel.Activation;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;

/**
 * Gated DeltaNet: linear attention whose state decays by a gate and is updated by the delta rule.
 * arXiv:2412.06464, section 3.
 *
 * <pre>
 * qkv, z, b, r = projection(x)                (B, T, 2 K + V), (B, T, V), (B, T, H), (B, T, H)
 * q, k, v = f(conv(qkv))                      q, k: unit vectors per key head; q also / sqrt(E)
 * beta = sigmoid(b), g = -exp(A_log) softplus(r + bias)          (B, T, H)
 * S = exp(g) S, S = S + k (beta (v - S' k))', y = S' q           per value head, S (E, V / H)
 * (norm(y) * silu(z)) Wout                    RMSNorm per head, (B, T, V) to (B, T, D)
 * </pre>
 *
 * @param activation f, after the convolution
 * @param state slot of S
 */
public record GatedDeltaNet(
    Sizes sizes,
    Activation activation,
    DeltaProjection projection,
    CausalConv conv,
    Parameter dtBias,
    Decay decay,
    Norm norm,
    Linear outProj,
    StateSlot state)
    implements Layer {
  private static final int SITE = 1; // of the state; the convolution has 0
  private static final float L2_EPS = 1e-6f;

  /**
   * Heads and widths of the layer.
   *
   * @param numKeyHeads heads of queries and keys
   * @param numValueHeads H, heads of values, a multiple of the key heads
   * @param keyDim E, width of a key head
   * @param valueDim width of a value head
   * @param kernelSize width of the causal convolution in positions
   */
  public record Sizes(
      int numKeyHeads, int numValueHeads, int keyDim, int valueDim, int kernelSize) {
    /** Checks that the value heads divide among the key heads. */
    public Sizes {
      if (numValueHeads % numKeyHeads != 0) {
        throw new IllegalArgumentException(
            "gated delta net: value heads must be a multiple of key heads, got %d and %d"
                .formatted(numValueHeads, numKeyHeads));
      }
    }

    /** K, width of all queries, and of all keys. */
    int keyWidth() {
      return numKeyHeads * keyDim;
    }

    /** V, width of all values. */
    int valueWidth() {
      return numValueHeads * valueDim;
    }

    /** Value heads that share a key head. */
    int valuesPerKey() {
      return numValueHeads / numKeyHeads;
    }
  }

  /**
   * Creates the layer from the parameters of {@code linear_attn} in a checkpoint.
   *
   * @param layer index of the block
   * @param hiddenSize D
   * @param eps epsilon of the norm
   * @param outStd standard deviation of a new output projection
   */
  public static GatedDeltaNet of(
      int layer,
      Sizes sizes,
      DeltaProjection projection,
      Activation activation,
      long hiddenSize,
      float eps,
      double outStd,
      ParameterSource source) {
    long K = sizes.keyWidth();
    long V = sizes.valueWidth();
    int H = sizes.numValueHeads();
    return new GatedDeltaNet(
        sizes,
        activation,
        projection,
        CausalConv.of(layer, source.at("conv1d"), 2 * K + V, sizes.kernelSize(), false),
        source.get("dt_bias", Init.ONES, H),
        Decay.of(source, "A_log", H),
        Norm.RmsNorm.of(source.at("norm"), sizes.valueDim(), eps),
        Linear.of(source.at("out_proj"), V, hiddenSize, false, outStd),
        new StateSlot(layer, SITE));
  }

  @Override
  public Tensor forward(Tensor x, Pass pass) {
    if (pass.isRagged()) {
      return pass.eachSequence(x, this::forward);
    }
    long B = x.dim(0);
    long T = x.dim(1);
    int H = sizes.numValueHeads();
    int K = sizes.keyWidth();
    int V = sizes.valueWidth();
    DeltaProjection.Inputs in = projection.project(pass.zeroPadding(x));
    Tensor qkv = Ops.activate(conv.forward(in.qkv(), pass), activation); // (B, T, 2 K + V)
    Tensor steps = Ops.activate(Ops.add(in.steps(), dtBias.value()), Activation.SOFTPLUS);
    Tensor logDecay = Ops.multiply(steps, decay.rates(x.scope())); // (B, T, H)
    float scale = (float) (1 / Math.sqrt(sizes.keyDim()));
    Recurrences.Outcome memory =
        Recurrences.linearAttention(
            Ops.scale(perValueHead(Ops.columns(qkv, 0, K)), scale),
            perValueHead(Ops.columns(qkv, K, K)),
            Ops.columns(qkv, 2L * K, V).reshape(B, T, H, sizes.valueDim()),
            logDecay,
            Ops.activate(in.beta(), Activation.SIGMOID),
            state.read(pass));
    Tensor y = norm.forward(state.keep(memory, pass)).reshape(B, T, V); // from (B, T, H, V / H)
    return outProj.forward(Ops.gate(in.gate(), y, Activation.SILU));
  }

  /**
   * Scales the heads of queries or keys (B, T, K) to unit length, and repeats each for the value
   * heads that share it: (B, T, H, E).
   */
  private Tensor perValueHead(Tensor x) {
    long B = x.dim(0);
    long T = x.dim(1);
    int E = sizes.keyDim();
    Tensor unit = Ops.l2Norm(x.reshape(B, T, sizes.numKeyHeads(), E), L2_EPS);
    return Ops.repeat(unit, sizes.valuesPerKey()).reshape(B, T, sizes.numValueHeads(), E);
  }
}
