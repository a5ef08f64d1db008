package dev.rapt.nn;

import dev.rapt.autograd.Heads;
import dev.rapt.tensor.Tensor;

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

  /** All heads of a token together, with a weight (H E): OLMo 2. */
  record Whole(Norm norm) implements HeadNorm {
    @Override
    public Heads forward(Heads x) {
      return Heads.of(norm.forward(x.tensor()), x.numHeads(), x.headDim());
    }
  }
}
