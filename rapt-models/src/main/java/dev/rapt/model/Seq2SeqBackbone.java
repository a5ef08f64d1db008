package dev.rapt.model;

import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.seq2seq.Bart;
import dev.rapt.model.seq2seq.T5;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.util.List;

/**
 * An encoder-decoder that reads one text with both stacks: the encoder as it is, the decoder
 * shifted right by one token. BART, arXiv:1910.13461, section 3.1.
 */
record Seq2SeqBackbone(Seq2SeqConfig config, EncoderDecoder stacks) implements Backbone {
  /** The families whose encoder-decoders classify texts in Hugging Face transformers. */
  static final FamilyTable<Seq2SeqConfig, Backbone> TABLE =
      new FamilyTable<>(
          "an encoder-decoder that classifies texts (bart, bigbird_pegasus, mbart, mt5, mvp,"
              + " plbart, t5, umt5)",
          List.of(
              family(Bart.BIGBIRD_PEGASUS, "model"),
              family(Bart.FAMILY, "model"),
              family(Bart.MBART, "model"),
              family(T5.MT5, "transformer"),
              family(Bart.MVP, "model"),
              family(Bart.PLBART, "model"),
              family(T5.FAMILY, "transformer"),
              family(T5.UMT5, "transformer")));

  private static <C extends Seq2SeqConfig> Family<C, Backbone> family(
      Family<C, EncoderDecoder> generating, String prefix) {
    return new Family<>(
        generating.modelType(),
        HeadKind.SEQUENCE_CLASSIFICATION.className(generating.className()),
        prefix,
        generating.parse(),
        (config, source) -> new Seq2SeqBackbone(config, generating.build().apply(config, source)));
  }

  /**
   * Maps ids (B, T) to the last hidden state (B, T, D) of the decoder.
   *
   * @param pass a bidirectional pass
   */
  @Override
  public Tensor forward(Tensor ids, Pass pass) {
    EncoderOutput encoded = stacks.encoder().encode(ids, pass);
    int seqLen = pass.seqLen();
    int[] shifted = DecoderInputs.of(config, ids.toInts(), seqLen);
    Tensor inputs = ids.scope().ints(shifted, pass.batchSize(), seqLen);
    return stacks.decoder().forward(inputs, pass.decoding(inputs, encoded));
  }

  @Override
  public Parameter tokenEmbedding() {
    return stacks.decoder().tokenEmbedding();
  }

  @Override
  public List<Parameter> embeddings() {
    return stacks.embeddings();
  }
}
