package dev.rapt.train.finetune;

import dev.rapt.model.CausalLm;
import dev.rapt.model.EncoderPreset;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.Seq2SeqPreset;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.StackSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.tensor.DType;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.TrainingProgress;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tiny models with random weights, from which tests fine-tune. */
final class TaskModels {
  private static final String WORDS =
      "good bad fine poor film book one two three red blue what who is the a it was not very say hi"
          + " yes no user assistant ";

  private TaskModels() {}

  /** Writes an encoder of width 32. */
  static Path encoder(Path folder) throws IOException {
    Tokenizer tokenizer = tokenizer(folder, SpecialTokens.ENCODER);
    EncoderSizes sizes = EncoderSizes.of(tokenizer.vocabSize(), 32, 2, 2, 64, 64).withDropout(0, 0);
    try (MaskedLm model = MaskedLm.create(EncoderPreset.BERT_TINY.config(sizes), 3)) {
      ModelWriter.write(folder, model, TokenIds.NONE, DType.F32);
    }
    return folder;
  }

  /** Writes a decoder of width 32. */
  static Path decoder(Path folder) throws IOException {
    Tokenizer tokenizer = tokenizer(folder, SpecialTokens.DECODER);
    DecoderSizes sizes = DecoderSizes.of(tokenizer.vocabSize(), 32, 2, 2, 2, 64, 128, true);
    try (CausalLm model = CausalLm.create(Llama.Config.of(sizes), 3)) {
      ModelWriter.write(
          folder, model, TokenIds.endOfText(tokenizer.eosId().orElseThrow()), DType.F32);
    }
    return folder;
  }

  /** Writes an encoder-decoder of width 32, without dropout. */
  static Path encoderDecoder(Path folder, Seq2SeqPreset preset, SpecialTokens tokens)
      throws IOException {
    Tokenizer tokenizer = tokenizer(folder, tokens);
    int eos = tokenizer.eosId().orElseThrow();
    int pad = tokenizer.padId().orElseThrow();
    StackSizes stack = new StackSizes(2, 2, 64);
    try (Seq2SeqLm model =
        Seq2SeqLm.create(preset.config(tokenizer.vocabSize(), 32, stack, 64, pad, eos, 0), 3)) {
      ModelWriter.write(folder, model, TokenIds.endOfText(eos), DType.F32);
    }
    return folder;
  }

  private static Tokenizer tokenizer(Path folder, SpecialTokens tokens) throws IOException {
    Files.createDirectories(folder);
    Path text = Files.writeString(folder.resolve("words.txt"), WORDS.repeat(3));
    Tokenizer tokenizer = tokens.train(List.of(text), 400, TrainingProgress.none());
    Files.delete(text);
    tokenizer.save(folder);
    return tokenizer;
  }
}
