package dev.rapt.nn.attention;

import dev.rapt.autograd.Ops;
import dev.rapt.autograd.attention.Heads;
import dev.rapt.nn.Init;
import dev.rapt.nn.Norm;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** QK-norm: normalisation of queries or keys, as a rule before RoPE. arXiv:2010.04245. */
public sealed interface HeadNorm {
  /** Normalises heads (B, T, heads, E) that fill all columns of their tensor. */
  Heads forward(Heads x);

  /** Normalises each head over E, with one weight (E) shared by all heads: Qwen 3, Gemma 3. */
  record PerHead(Norm norm) implements HeadNorm {
    @Override
    public Heads forward(Heads x) {
      Tensor heads = x.tensor().reshape(x.batchSize(), x.seqLen(), x.numHeads(), x.headDim());
      Tensor normed = norm.forward(heads).reshape(x.tensor().shape().toArray());
      return Heads.of(normed, x.numHeads(), x.headDim());
    }
  }

  /** Normalises each head over E, with a norm per head: StableLM. */
  record SeparateNorms(List<Norm> norms) implements HeadNorm {
    @Override
    public Heads forward(Heads x) {
      List<Tensor> normed = new ArrayList<>();
      for (int head = 0; head < norms.size(); head++) {
        long from = (long) head * x.headDim();
        normed.add(norms.get(head).forward(Ops.columns(x.tensor(), from, x.headDim())));
      }
      return Heads.of(Ops.concat(normed), x.numHeads(), x.headDim());
    }
  }

  /** LayerNorm of each head over E, with a weight (H, E) and no bias: Cohere. */
  record LayerNormPerHead(Parameter weight, float eps) implements HeadNorm {
    /** Creates the norm with a weight initialised to 1. */
    public static LayerNormPerHead of(
        ParameterSource source, long numHeads, long headDim, float eps) {
      return new LayerNormPerHead(source.get("weight", Init.ONES, numHeads, headDim), eps);
    }

    @Override
    public Heads forward(Heads x) {
      long width = (long) x.numHeads() * x.headDim();
      Tensor heads = x.tensor().reshape(x.batchSize(), x.seqLen(), x.numHeads(), x.headDim());
      Tensor standard = Ops.layerNorm(heads, null, null, eps).reshape(x.tensor().shape().toArray());
      Tensor weighted = Ops.multiply(standard, weight.value().reshape(width));
      return Heads.of(weighted, x.numHeads(), x.headDim());
    }
  }

  /** Normalises all heads of a token together over H E, with a weight (H E): OLMo 2. */
  record AllHeads(Norm norm) implements HeadNorm {
    @Override
    public Heads forward(Heads x) {
      return Heads.of(norm.forward(x.tensor()), x.numHeads(), x.headDim());
    }
  }
}
