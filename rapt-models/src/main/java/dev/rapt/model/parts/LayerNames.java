package dev.rapt.model.parts;

/** Where the parts of a post-norm layer lie in the checkpoints of a family. */
public record LayerNames(
    String qProj,
    String kProj,
    String vProj,
    String oProj,
    String attentionNorm,
    String upProj,
    String downProj,
    String mlpNorm) {
  /** As in BERT and most families since. */
  public static final LayerNames BERT =
      new LayerNames(
          "attention.self.query",
          "attention.self.key",
          "attention.self.value",
          "attention.output.dense",
          "attention.output.LayerNorm",
          "intermediate.dense",
          "output.dense",
          "output.LayerNorm");

  /** As in ALBERT. */
  public static final LayerNames ALBERT =
      new LayerNames(
          "attention.query",
          "attention.key",
          "attention.value",
          "attention.dense",
          "attention.LayerNorm",
          "ffn",
          "ffn_output",
          "full_layer_layer_norm");

  /** As in DistilBERT. */
  public static final LayerNames DISTILBERT =
      new LayerNames(
          "attention.q_lin",
          "attention.k_lin",
          "attention.v_lin",
          "attention.out_lin",
          "sa_layer_norm",
          "ffn.lin1",
          "ffn.lin2",
          "output_layer_norm");

  /** As in MPNet. */
  public static final LayerNames MPNET =
      new LayerNames(
          "attention.attn.q",
          "attention.attn.k",
          "attention.attn.v",
          "attention.attn.o",
          "attention.LayerNorm",
          "intermediate.dense",
          "output.dense",
          "output.LayerNorm");
}
