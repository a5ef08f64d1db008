package dev.rapt.cli.machine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.model.seq2seq.Bart;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class BatchMemoryTest {
  private static ConfigReader json(String text) {
    return ConfigReader.of(Path.of("config.json"), JsonMapper.shared().readTree(text));
  }

  @Test
  void batchesThatCannotFitAreRefused() {
    Gpt2.Config gpt2 =
        Gpt2.Config.parse(
            json(
                """
                {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12,
                 "n_positions": 1024, "vocab_size": 50257}
                """));
    Seq2SeqConfig bart =
        Bart.Config.parse(
            json(
                """
                {"model_type": "bart", "d_model": 768, "encoder_layers": 6, "decoder_layers": 6,
                 "encoder_attention_heads": 12, "decoder_attention_heads": 12,
                 "encoder_ffn_dim": 3072, "decoder_ffn_dim": 3072,
                 "max_position_embeddings": 1024, "vocab_size": 50265}
                """));
    assertThatCode(() -> BatchMemory.require("--batch", 8, 1024, gpt2)).doesNotThrowAnyException();
    assertThatCode(() -> BatchMemory.require("--batch", 8, 1024, bart)).doesNotThrowAnyException();
    long many = 1L << 40;
    assertThatThrownBy(() -> BatchMemory.require("--batch", many, 1024, gpt2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            "--batch: must fit into memory, got 1099511627776 sequences of 1024 tokens, which need"
                + " at least 6442450944.0 GiB of .* GiB; use a smaller batch");
    assertThatThrownBy(() -> BatchMemory.require("--batch", many, 1024, bart))
        .hasMessageStartingWith("--batch: must fit into memory");
  }
}
