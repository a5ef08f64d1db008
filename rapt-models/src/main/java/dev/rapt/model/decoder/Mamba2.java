package dev.rapt.model.decoder;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.Recurrences;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.Activation;
import dev.rapt.model.family.Family;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.recurrent.CausalConv;
import dev.rapt.nn.recurrent.Decay;
import dev.rapt.nn.recurrent.StateSlot;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import tools.jackson.databind.JsonNode;

/**
 * Mamba-2: Mamba with the state-space duality (SSD) layer, a linear attention with one decay per
 * head. Mamba-2, arXiv:2405.21060, section 7.
 *
 * <pre>
 * As {@link Mamba}, but:
 * mixer(h): z, ubc, r = h Win                            (B, T, C), (B, T, C + 2 G N), (B, T, H)
 *           u, b, c = silu(conv(ubc))                    u in H heads of width E: C = H E
 *           dt = softplus(r + bias)                      (B, T, H)
 *           s = exp(dt a) s + dt b u', y = c s + d u     per head, state s (N, E), a = -exp(A_log)
 *           norm(silu(z) * y) Wout                       RMSNorm over C, (B, T, C) to (B, T, D)
 * Each of the G groups of heads shares its b and c, both of size N.
 * </pre>
 */
public final class Mamba2 {
  /** {@code mamba2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mamba2", "Mamba2ForCausalLM", "backbone", Config::parse, Mamba2::build);

  /**
   * Configuration of Mamba-2.
   *
   * @param numSsmHeads H, heads of the state-space layer
   * @param ssmHeadDim E, channels of a head
   * @param numGroups G, groups of heads that share b and c, the input and output maps of the state
   */
  public record Config(Mamba.Sizes sizes, int numSsmHeads, int ssmHeadDim, int numGroups)
      implements Mamba.StateSpaceConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      Mamba.Sizes sizes = Mamba.Sizes.parse(json, false);
      int H = json.requireInt("num_heads", 1, Integer.MAX_VALUE);
      int E = json.requireInt("head_dim", 1, Integer.MAX_VALUE);
      int G = json.intOr("n_groups", 8, 1, Integer.MAX_VALUE);
      if ((long) H * E != sizes.innerSize()) {
        throw json.error(
            "num_heads",
            "must be expand hidden_size / head_dim = %d / %d, got %d"
                .formatted(sizes.innerSize(), E, H));
      }
      if (H % G != 0) {
        throw json.error("n_groups", "must divide num_heads, got %d and %d".formatted(G, H));
      }
      requireNoStepLimit(json);
      return new Config(sizes, H, E, G);
    }

    private static void requireNoStepLimit(ConfigReader json) {
      JsonNode limit = json.json().path("time_step_limit");
      if (limit.isMissingNode() || limit.isNull()) {
        return;
      }
      JsonNode to = limit.path(1);
      String end = to.isObject() ? to.path("__float__").asString("") : to.asString("");
      if (limit.path(0).asDouble(-1) != 0 || !end.equals("Infinity")) {
        throw json.error("time_step_limit", "must be [0.0, Infinity], got " + limit);
      }
    }

    @Override
    public String modelType() {
      return "mamba2";
    }
  }

  private static final int SCAN_SITE = 1; // of the recurrent state; the convolution has 0

  private final Config config;
  private final Mamba.Sizes sizes;

  private Mamba2(Config config) {
    this.config = config;
    sizes = config.sizes();
  }

  /** Builds the model without its head from the parameters under {@code backbone}. */
  public static Backbone build(Config config, ParameterSource source) {
    return Mamba.decoder(config.sizes(), new Mamba2(config)::mixer, source);
  }

  private Layer mixer(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int C = sizes.innerSize();
    int H = config.numSsmHeads();
    long convolved = C + 2L * config.numGroups() * sizes.stateSize();
    return new Mixer(
        config,
        Linear.of(source.at("in_proj"), D, C + convolved + H, sizes.bias(), sizes.initStd()),
        CausalConv.of(layer, source.at("conv1d"), convolved, sizes.kernelSize(), sizes.convBias()),
        source.get("dt_bias", Init.ZEROS, H),
        Decay.of(source, "A_log", H),
        source.get("D", Init.ONES, H),
        Norm.RmsNorm.of(source.at("norm"), C, sizes.normEps()),
        Linear.of(source.at("out_proj"), C, D, sizes.bias(), sizes.initStd()),
        new StateSlot(layer, SCAN_SITE));
  }

  /** The Mamba-2 block of figure 6; its forward pass is the mixer in the class description. */
  private record Mixer(
      Config config,
      Linear inProj,
      CausalConv conv,
      Parameter dtBias,
      Decay decay,
      Parameter skip,
      Norm norm,
      Linear outProj,
      StateSlot state)
      implements Layer {

    @Override
    public Tensor forward(Tensor x, Pass pass) {
      if (pass.isRagged()) {
        return pass.eachSequence(x, this::forward);
      }
      long B = x.dim(0);
      long T = x.dim(1);
      int C = config.sizes().innerSize();
      int H = config.numSsmHeads();
      long groups = (long) config.numGroups() * config.sizes().stateSize();
      Tensor all = inProj.forward(pass.zeroPadding(x)); // (B, T, 2 C + 2 G N + H): z, ubc, r
      Tensor convolved = conv.forward(Ops.columns(all, C, C + 2 * groups), pass);
      Tensor ubc = pass.zeroPadding(Ops.activate(convolved, config.sizes().activation()));
      Tensor r = Ops.add(Ops.columns(all, 2L * C + 2 * groups, H), dtBias.value());
      Tensor dt = Ops.activate(r, Activation.SOFTPLUS); // (B, T, H)
      Tensor u = Ops.columns(ubc, 0, C).reshape(B, T, H, config.ssmHeadDim());
      Recurrences.Outcome scan =
          Recurrences.linearAttention(
              perHead(Ops.columns(ubc, C + groups, groups)),
              perHead(Ops.columns(ubc, C, groups)),
              Ops.multiply(u, dt.reshape(B, T, H, 1)),
              Ops.multiply(dt, decay.rates(dt.scope())),
              null,
              state.read(pass)); // (B, T, H, E)
      Tensor kept = Ops.multiply(u.reshape(B, T, C), skipPerChannel(x.scope()));
      Tensor y = Ops.add(state.keep(scan, pass).reshape(B, T, C), kept);
      return outProj.forward(norm.forward(Ops.gate(Ops.columns(all, 0, C), y, Activation.SILU)));
    }

    /** Repeats b or c of each group, (B, T, G N), for the heads of the group: (B, T, H, N). */
    private Tensor perHead(Tensor x) {
      int N = config.sizes().stateSize();
      int G = config.numGroups();
      int H = config.numSsmHeads();
      Tensor grouped = x.reshape(x.dim(0), x.dim(1), G, N);
      return Ops.repeat(grouped, H / G).reshape(x.dim(0), x.dim(1), H, N);
    }

    /** Repeats the skip d of each head, (H), for its channels: (C). */
    private Tensor skipPerChannel(Scope scope) {
      float[] ones = new float[config.numSsmHeads()];
      Arrays.fill(ones, 1);
      Tensor own = Ops.multiply(scope.floats(ones, ones.length), skip.value()); // copied to scope
      Tensor repeated = Ops.repeat(own.reshape(config.numSsmHeads(), 1), config.ssmHeadDim());
      return repeated.reshape(config.sizes().innerSize());
    }
  }
}
