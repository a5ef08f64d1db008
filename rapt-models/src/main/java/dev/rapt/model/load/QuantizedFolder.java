package dev.rapt.model.load;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.quant.AwqFormat;
import dev.rapt.quant.CompressedFormat;
import dev.rapt.quant.GptqFormat;
import dev.rapt.quant.Quantization;

/** Quantised matrices of a folder, in the format that its config.json states. */
final class QuantizedFolder {
  private QuantizedFolder() {}

  /**
   * Returns the quantised weights of a checkpoint.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if it holds what Rapt does not read
   */
  static PackedWeights of(Quantization quantization, Checkpoint checkpoint) {
    return switch (quantization) {
      case Quantization.None _ -> new UnstatedWeights();
      case Quantization.Float8Blocks blocks -> new Float8Weights.Blocks(blocks);
      case Quantization.Float8Scales scales -> new Float8Weights.Rows(scales.label());
      case Quantization.MxFp4Blocks _ -> new MxFp4Weights();
      case Quantization.FourBitBlocks blocks -> new FourBitWeights(blocks.code());
      case Quantization.Int8Rows rows -> new Int8RowWeights(rows.label());
      case GptqFormat gptq -> new GptqWeights(gptq);
      case AwqFormat awq -> AwqWeights.of(awq, checkpoint);
      case CompressedFormat compressed -> new CompressedWeights(compressed);
    };
  }
}
