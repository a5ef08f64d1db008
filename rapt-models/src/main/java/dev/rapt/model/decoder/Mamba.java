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
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.nn.recurrent.CausalConv;
import dev.rapt.nn.recurrent.Decay;
import dev.rapt.tensor.Tensor;

/** Mamba. arXiv:2312.00752, section 3. */
public final class Mamba {
  /** {@code mamba}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("mamba", "MambaForCausalLM", "backbone", Config::parse, Mamba::build);

  /**
   * Mamba.
   *
   * @param stepRank width of the bottleneck through which step sizes are computed
   */
  public record Config(MambaSizes sizes, int stepRank) implements StateSpaceConfig {
    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      MambaSizes sizes = MambaSizes.parse(json, true);
      int sixteenth = (sizes.hiddenSize() + 15) / 16;
      boolean auto = json.json().path("time_step_rank").isString();
      return new Config(
          sizes, auto ? sixteenth : json.intOr("time_step_rank", sixteenth, 1, Integer.MAX_VALUE));
    }

    @Override
    public String modelType() {
      return "mamba";
    }
  }

  private final Config config;
  private final MambaSizes sizes;

  private Mamba(Config config) {
    this.config = config;
    sizes = config.sizes();
  }

  /** A model with the parameters under {@code backbone} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Mamba mamba = new Mamba(config);
    return StateSpaceStack.build(config.sizes(), source, mamba::mixer);
  }

  private Layer mixer(int layer, ParameterSource source) {
    int D = sizes.hiddenSize();
    int C = sizes.innerSize();
    int N = sizes.stateSize();
    int R = config.stepRank();
    return new Mixer(
        layer,
        config,
        Linear.of(source.at("in_proj"), D, 2L * C, sizes.bias(), sizes.initStd()),
        CausalConv.of(layer, source.at("conv1d"), C, sizes.kernelSize(), sizes.convBias()),
        Linear.of(source.at("x_proj"), C, R + 2L * N, false, sizes.initStd()),
        Linear.of(source.at("dt_proj"), R, C, true, sizes.initStd()),
        Decay.of(source, "A_log", C, N),
        source.get("D", Init.ONES, C),
        Linear.of(source.at("out_proj"), C, D, sizes.bias(), sizes.initStd()));
  }

  /**
   * The block of figure 3: convolution and selective scan of one half of the projection, gated by
   * the other.
   */
  private record Mixer(
      int layer,
      Config config,
      Linear inProj,
      CausalConv conv,
      Linear xProj,
      Linear dtProj,
      Decay decay,
      Parameter skip,
      Linear outProj)
      implements Layer {
    private static final int SCAN_SITE = 1;

    @Override
    public Tensor forward(Tensor x, Pass pass) {
      int C = config.sizes().innerSize();
      int N = config.sizes().stateSize();
      int R = config.stepRank();
      Tensor both = inProj.forward(pass.withoutPadding(x)); // (B, T, 2 C)
      Tensor convolved = conv.forward(Ops.columns(both, 0, C), pass);
      Tensor u = pass.withoutPadding(Ops.activate(convolved, config.sizes().activation()));
      Tensor selected = xProj.forward(u); // (B, T, R + 2 N)
      Tensor dt = Ops.activate(dtProj.forward(Ops.columns(selected, 0, R)), Activation.SOFTPLUS);
      KvCache cache = pass.cache();
      Recurrences.Outcome scan =
          Recurrences.selectiveScan(
              u,
              dt,
              decay.rates(u.scope()),
              Ops.columns(selected, R, N),
              Ops.columns(selected, R + N, N),
              cache == null ? null : cache.state(layer, SCAN_SITE)); // (B, T, C)
      if (cache != null) {
        cache.keepState(layer, SCAN_SITE, scan.state());
      }
      Tensor y = Ops.add(scan.out(), Ops.multiply(u, skip.value()));
      return outProj.forward(Ops.gate(Ops.columns(both, C, C), y, Activation.SILU));
    }
  }
}
