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

/** Normalisation of queries or keys before they are rotated. arXiv:2010.04245. */
public sealed interface HeadNorm {
  /** Normalises heads that are all columns of their tensor. */
  Heads forward(Heads x);

  /** Each head by itself, with one weight (E) for all: Qwen 3, Gemma 3. */
  record PerHead(Norm norm) implements HeadNorm {
    @Override
    public Heads forward(Heads x) {
      Tensor heads = x.tensor().reshape(x.batchSize(), x.seqLen(), x.numHeads(), x.headDim());
      Tensor normed = norm.forward(heads).reshape(x.tensor().shape().toArray());
      return Heads.of(normed, x.numHeads(), x.headDim());
    }
  }

  /** Each head by itself, with norms of their own: StableLM. */
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

  /** Layer norm of each head, with a weight (H, E) and no bias: Cohere. */
  record LayerNormPerHead(Parameter weight, float eps) implements HeadNorm {
    /** With a weight that begins as 1. */
    public static LayerNormPerHead of(ParameterSource source, long numHeads, long headDim, float eps) {
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

  /** All heads of a token together, with a weight (H E): OLMo 2. */
  record AllHeads(Norm norm) implements HeadNorm {
    @Override
    public Heads forward(Heads x) {
      return Heads.of(norm.forward(x.tensor()), x.numHeads(), x.headDim());
    }
  }
}
