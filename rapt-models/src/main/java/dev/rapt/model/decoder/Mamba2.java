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
import dev.rapt.nn.cache.KvCache;
import dev.rapt.nn.recurrent.CausalConv;
import dev.rapt.nn.recurrent.Decay;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import tools.jackson.databind.JsonNode;

/** Mamba-2. arXiv:2405.21060, section 7. */
public final class Mamba2 {
  /** {@code mamba2}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mamba2", "Mamba2ForCausalLM", "backbone", Config::parse, Mamba2::build);

  /**
   * Mamba-2.
   *
   * @param numSsmHeads H, heads among which the channels are divided
   * @param ssmHeadDim E, channels of a head
   * @param numGroups G, groups of heads that share input and output projections of the state
   */
  public record Config(MambaSizes sizes, int numSsmHeads, int ssmHeadDim, int numGroups)
      implements StateSpaceConfig {

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      MambaSizes sizes = MambaSizes.parse(json, false);
      int H = json.requireInt("num_heads", 1, Integer.MAX_VALUE);
      int E = json.requireInt("head_dim", 1, Integer.MAX_VALUE);
      int G = json.intOr("n_groups", 8, 1, Integer.MAX_VALUE);
      if ((long) H * E != sizes.innerSize()) {
        throw json.error(
            "num_heads",
            "must divide expand hidden_size into heads of %d, got %d heads and %d"
                .formatted(E, H, sizes.innerSize()));
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

  private final Config config;
  private final MambaSizes sizes;

  private Mamba2(Config config) {
    this.config = config;
    sizes = config.sizes();
  }

  /** A model with the parameters under {@code backbone} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Mamba2 mamba = new Mamba2(config);
    return StateSpaceStack.build(config.sizes(), source, mamba::mixer);
  }

  private Layer mixer(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int C = sizes.innerSize();
    int H = config.numSsmHeads();
    long convolved = C + 2L * config.numGroups() * sizes.stateSize();
    return new Mixer(
        layer,
        config,
        Linear.of(source.at("in_proj"), D, C + convolved + H, sizes.bias(), sizes.initStd()),
        CausalConv.of(layer, source.at("conv1d"), convolved, sizes.kernelSize(), sizes.convBias()),
        source.get("dt_bias", Init.ZEROS, H),
        Decay.of(source, "A_log", H),
        source.get("D", Init.ONES, H),
        Norm.RmsNorm.of(source.at("norm"), C, sizes.normEps()),
        Linear.of(source.at("out_proj"), C, D, sizes.bias(), sizes.initStd()));
  }

  /**
   * The block of figure 6: gate, convolved inputs and step sizes from one projection; linear
   * attention with decay; a norm of the gated result.
   */
  private record Mixer(
      int layer,
      Config config,
      Linear inProj,
      CausalConv conv,
      Parameter dtBias,
      Decay decay,
      Parameter skip,
      Norm norm,
      Linear outProj)
      implements Layer {
    private static final int SCAN_SITE = 1;

    @Override
    public Tensor forward(Tensor x, Pass pass) {
      long B = x.dim(0);
      long T = x.dim(1);
      int C = config.sizes().innerSize();
      int H = config.numSsmHeads();
      long groups = (long) config.numGroups() * config.sizes().stateSize();
      Tensor all = inProj.forward(pass.withoutPadding(x)); // (B, T, 2 C + 2 G N + H)
      Tensor convolved = conv.forward(Ops.columns(all, C, C + 2 * groups), pass);
      Tensor mixed = pass.withoutPadding(Ops.activate(convolved, config.sizes().activation()));
      Tensor steps = Ops.add(Ops.columns(all, 2L * C + 2 * groups, H), dtBias.value());
      Tensor dt = Ops.activate(steps, Activation.SOFTPLUS); // (B, T, H)
      Tensor u = Ops.columns(mixed, 0, C).reshape(B, T, H, config.ssmHeadDim());
      KvCache cache = pass.cache();
      Recurrences.Outcome scan =
          Recurrences.linearAttention(
              ofHeads(Ops.columns(mixed, C + groups, groups)),
              ofHeads(Ops.columns(mixed, C, groups)),
              Ops.multiply(u, dt.reshape(B, T, H, 1)),
              Ops.multiply(dt, decay.rates(dt.scope())),
              null,
              cache == null ? null : cache.state(layer, SCAN_SITE)); // (B, T, H, E)
      if (cache != null) {
        cache.keepState(layer, SCAN_SITE, scan.state());
      }
      Tensor kept = Ops.multiply(u.reshape(B, T, C), skipOfChannels(x.scope()));
      Tensor y = Ops.add(scan.out().reshape(B, T, C), kept);
      return outProj.forward(norm.forward(Ops.gate(Ops.columns(all, 0, C), y, Activation.SILU)));
    }

    /** A copy for each head of what its group (B, T, G N) has: (B, T, H, N). */
    private Tensor ofHeads(Tensor x) {
      int N = config.sizes().stateSize();
      int G = config.numGroups();
      int H = config.numSsmHeads();
      Tensor grouped = x.reshape(x.dim(0), x.dim(1), G, N);
      return Ops.repeat(grouped, H / G).reshape(x.dim(0), x.dim(1), H, N);
    }

    /** The skip of each head, for every one of its channels: (C). */
    private Tensor skipOfChannels(Scope scope) {
      Tensor own = Ops.multiply(StateSpaceStack.ones(scope, skip.shape()), skip.value());
      Tensor repeated = Ops.repeat(own.reshape(config.numSsmHeads(), 1), config.ssmHeadDim());
      return repeated.reshape(config.sizes().innerSize());
    }
  }
}
