package dev.rapt.train.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.CausalLm;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.Model;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.adapter.LoraConfig;
import dev.rapt.model.adapter.QuantizedBase;
import dev.rapt.model.adapter.Targets;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.model.encoder.Bert;
import dev.rapt.model.seq2seq.T5;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.optim.AdamW;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class MemoryEstimateTest {
  private static final int V = 2048;
  private static final int B = 2;
  private static final int T = 256;

  private static Model create(String family) {
    return switch (family) {
      case "decoder" ->
          CausalLm.create(Llama.Config.of(DecoderSizes.of(V, 256, 6, 8, 2, 704, T, true)), 1);
      case "encoder" ->
          MaskedLm.create(new Bert.Config(EncoderSizes.of(V, 256, 6, 8, 1024, T), false), 1);
      default -> Seq2SeqLm.create(t5(), 1);
    };
  }

  private static T5.Config t5() {
    String json =
        """
        {"model_type": "t5", "vocab_size": 2048, "d_model": 256, "d_kv": 32, "num_heads": 8,
         "num_layers": 4, "d_ff": 1024, "dropout_rate": 0.1, "decoder_start_token_id": 0}
        """;
    return T5.Config.parse(
        ConfigReader.of(Path.of("config.json"), JsonMapper.shared().readTree(json)));
  }

  @ParameterizedTest
  @CsvSource({
    "decoder, full, false, true",
    "decoder, full, true, true",
    "decoder, full, true, false",
    "decoder, lora, false, true",
    "decoder, lora, true, true",
    "decoder, qlora, false, true",
    "decoder, qlora, true, true",
    "encoder, full, false, true",
    "encoder, full, true, true",
    "encoder, lora, false, true",
    "encoder, lora, true, true",
    "encoder, qlora, true, true",
    "seq2seq, full, false, true",
    "seq2seq, full, true, true",
    "seq2seq, lora, false, true",
    "seq2seq, lora, true, true",
    "seq2seq, qlora, true, true"
  })
  void theEstimateIsCloseToThePeak(
      String family, String method, boolean checkpointing, boolean bf16) {
    MemoryPool pool = MemoryPool.shared();
    pool.trim();
    long before = pool.usedBytes();
    try (Model model = create(family)) {
      if (method.equals("qlora")) {
        QuantizedBase.quantize(model);
      }
      Parameters trained = model.parameters();
      if (!method.equals("full")) {
        LoraConfig config = LoraConfig.of(8, 16, Targets.allLinear());
        trained = Adapter.create(model, config, 1).parameters();
      }
      AdamW.Options optimizer = AdamW.Options.defaults();
      MemoryEstimate estimate =
          MemoryEstimate.of(
              model, trained.all(), optimizer, new MemoryEstimate.Batch(B, T, bf16, checkpointing));
      pool.trim();
      pool.resetPeak();
      train(model, trained, optimizer, bf16, checkpointing);
      long measured = pool.peakBytes() - before;
      assertThat(estimate.total())
          .as("%s, measured %d", estimate, measured)
          .isCloseTo(measured, withinPercentage(15));
    }
  }

  private static void train(
      Model model, Parameters trained, AdamW.Options options, boolean bf16, boolean checkpointing) {
    trained.track();
    if (bf16) {
      model.parameters().computeInBf16();
      trained.computeInBf16();
    }
    try (Scope scope = Scope.open();
        AdamW optimizer = new AdamW(trained.all(), options)) {
      Gradients gradients = new Gradients(scope);
      for (int step = 0; step < 2; step++) {
        gradients.clear();
        try (Tape tape = Tape.open(model.scope())) {
          tape.backward(loss(model, tape, checkpointing), gradients);
        }
        optimizer.step(gradients, 1e-3, 1);
      }
    }
  }

  private static Tensor loss(Model model, Tape tape, boolean checkpointing) {
    int[] tokens = new SplittableRandom(1).ints(B * T, 1, V).toArray();
    int[] lengths = new int[B];
    Arrays.fill(lengths, T);
    Tensor ids = tape.ints(tokens, B, T);
    Pass.Builder pass = Pass.over(ids).training(1).gradientCheckpointing(checkpointing);
    return switch (model) {
      case CausalLm causal -> causal.loss(ids, ids, pass.build(), 0);
      case MaskedLm masked ->
          masked.loss(masked.hidden(ids, pass.bidirectional(lengths).build()), ids, 0);
      case Seq2SeqLm seq2seq ->
          seq2seq.loss(
              ids,
              ids,
              Pass.over(ids)
                  .training(1)
                  .gradientCheckpointing(checkpointing)
                  .encoderOutput(seq2seq.encode(ids, pass.bidirectional(lengths).build()))
                  .build(),
              0);
      default -> throw new IllegalArgumentException(model.config().modelType());
    };
  }
}
