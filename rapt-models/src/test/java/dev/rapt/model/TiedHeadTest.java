package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tied embeddings in checkpoints that store the head, the embedding, or both. */
class TiedHeadTest {
  private static final int[] IDS = {5, 9, 3, 11};
  private static final int V = 20;
  private static final int D = 16;

  /** Families of each kind, with the names of embedding and head in their checkpoints. */
  enum Family {
    LLAMA(
        "model.embed_tokens.weight",
        "lm_head.weight",
        """
        "model_type": "llama", "hidden_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 32,
        "rms_norm_eps": 1e-5\
        """),
    GPT2(
        "transformer.wte.weight",
        "lm_head.weight",
        """
        "model_type": "gpt2", "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 32\
        """),
    RWKV(
        "rwkv.embeddings.weight",
        "head.weight",
        """
        "model_type": "rwkv", "hidden_size": 16, "num_hidden_layers": 1\
        """),
    GPT_NEOX(
        "gpt_neox.embed_in.weight",
        "embed_out.weight",
        """
        "model_type": "gpt_neox", "hidden_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 32\
        """),
    BERT(
        "bert.embeddings.word_embeddings.weight",
        "cls.predictions.decoder.weight",
        """
        "model_type": "bert", "hidden_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 24, "max_position_embeddings": 32\
        """),
    BART(
        "model.shared.weight",
        "lm_head.weight",
        """
        "model_type": "bart", "d_model": 16, "encoder_layers": 1, "decoder_layers": 1,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 24,
        "decoder_ffn_dim": 24, "max_position_embeddings": 32\
        """),
    FSMT(
        "model.decoder.embed_tokens.weight",
        "model.decoder.output_projection.weight",
        """
        "model_type": "fsmt", "d_model": 16, "encoder_layers": 1, "decoder_layers": 1,
        "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 24,
        "decoder_ffn_dim": 24, "max_position_embeddings": 32, "src_vocab_size": 20,
        "tgt_vocab_size": 20\
        """),
    T5(
        "shared.weight",
        "lm_head.weight",
        """
        "model_type": "t5", "d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 1,
        "num_heads": 2, "scale_decoder_outputs": true\
        """);

    private final String embedding;
    private final String head;
    private final String config;

    Family(String embedding, String head, String config) {
      this.embedding = embedding;
      this.head = head;
      this.config = config;
    }
  }

  @TempDir private Path folder;

  private ConfigReader config(Family family, boolean tied) throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(
        file,
        "{\"vocab_size\": %d, \"tie_word_embeddings\": %s, %s}".formatted(V, tied, family.config));
    return ConfigReader.of(file);
  }

  /** The tensors of a new model with tied embeddings. */
  private Map<String, Tensor> fresh(Family family, Scope scope) throws IOException {
    ConfigReader json = config(family, true);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    switch (family) {
      case LLAMA, GPT2, RWKV, GPT_NEOX -> {
        CausalConfig config = ModelTypes.family(DecoderFamilies.TABLE, json).parse().apply(json);
        try (CausalLm model = CausalLm.create(config, 1)) {
          copy(model.parameters(), scope, tensors);
        }
      }
      case BERT -> {
        EncoderConfig config = ModelTypes.family(EncoderFamilies.TABLE, json).parse().apply(json);
        try (MaskedLm model = MaskedLm.create(config, 1)) {
          copy(model.parameters(), scope, tensors);
        }
      }
      case BART, FSMT, T5 -> {
        Seq2SeqConfig config = ModelTypes.family(Seq2SeqFamilies.TABLE, json).parse().apply(json);
        try (Seq2SeqLm model = Seq2SeqLm.create(config, 1)) {
          copy(model.parameters(), scope, tensors);
        }
      }
    }
    return tensors;
  }

  private static void copy(Parameters parameters, Scope scope, Map<String, Tensor> to) {
    for (Parameter parameter : parameters) {
      Tensor value = parameter.value();
      to.put(parameter.name(), scope.floats(value.toFloats(), value.shape().toArray()));
    }
  }

  private void write(Map<String, Tensor> tensors) {
    List<TensorEntry> entries =
        tensors.entrySet().stream()
            .map(entry -> {
              Tensor value = entry.getValue();
              return new TensorEntry(entry.getKey(), DType.F32, value.shape(), value.memory());
            })
            .toList();
    SafetensorsWriter.write(folder.resolve(Checkpoint.SINGLE_FILE), entries);
  }

  /**
   * What a loaded model computes.
   *
   * @param logits of the last token
   * @param numParameters parameters, tied ones once
   */
  private record Loaded(List<Float> logits, int numParameters) {}

  private Loaded load(Family family, boolean tied) throws IOException {
    Path config = config(family, tied).path();
    return switch (family) {
      case LLAMA, GPT2, RWKV, GPT_NEOX -> {
        try (CausalLm model = CausalLm.load(folder, config, false);
            Scope scope = model.scope().child()) {
          Tensor ids = scope.ints(IDS, 1, IDS.length);
          yield loaded(model.logits(ids, Pass.over(ids).build()), model.parameters());
        }
      }
      case BERT -> {
        try (MaskedLm model = MaskedLm.load(folder, config, false);
            Scope scope = model.scope().child()) {
          Tensor ids = scope.ints(IDS, 1, IDS.length);
          Pass pass = model.pass(ids, new int[] {IDS.length}).build();
          yield loaded(model.logits(ids, pass), model.parameters());
        }
      }
      case BART, FSMT, T5 -> {
        try (Seq2SeqLm model = Seq2SeqLm.load(folder, config, false);
            Scope scope = model.scope().child()) {
          Tensor ids = scope.ints(IDS, 1, IDS.length);
          Pass pass = Pass.over(ids).bidirectional(new int[] {IDS.length}).build();
          EncoderOutput source = model.encode(ids, pass);
          Pass target = Pass.over(ids).encoderOutput(source).build();
          yield loaded(model.logits(model.hidden(ids, target)), model.parameters());
        }
      }
    };
  }

  private static Loaded loaded(Tensor logits, Parameters parameters) {
    List<Float> last = new ArrayList<>();
    for (long i = logits.numElements() - V; i < logits.numElements(); i++) {
      last.add(logits.getFloat(i));
    }
    return new Loaded(last, parameters.size());
  }

  private static Tensor other(Scope scope) {
    float[] values = new float[V * D];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i);
    }
    return scope.floats(values, V, D);
  }

  @ParameterizedTest
  @EnumSource(names = "FSMT", mode = EnumSource.Mode.EXCLUDE) // untied, its encoder has its own
  void aStoredHeadThatDiffersIsKept(Family family) throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(family, scope);
      tensors.put(family.head, other(scope));
      write(tensors);
      Loaded kept = load(family, true);
      assertThat(kept).isEqualTo(load(family, false));
      tensors.remove(family.head);
      write(tensors);
      assertThat(kept.logits()).isNotEqualTo(load(family, true).logits());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStoredHeadWithTheSameValuesIsTied(Family family) throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(family, scope);
      write(tensors);
      Loaded tied = load(family, true);
      tensors.put(family.head, tensors.get(family.embedding));
      write(tensors);
      assertThat(load(family, true)).isEqualTo(tied);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStoredHeadWithoutEmbeddingServesAsEmbedding(Family family) throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(family, scope);
      write(tensors);
      Loaded tied = load(family, true);
      tensors.put(family.head, tensors.remove(family.embedding));
      write(tensors);
      assertThat(load(family, true)).isEqualTo(tied);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BART", "T5"})
  void theEmbeddingOfAStackIsKeptIfItDiffers(Family family) throws IOException {
    String stem = family == Family.BART ? "model." : "";
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(family, scope);
      write(tensors);
      Loaded tied = load(family, true);
      for (String stack : List.of("encoder", "decoder")) {
        String name = stem + stack + ".embed_tokens.weight";
        tensors.put(name, tensors.get(family.embedding));
        write(tensors);
        assertThat(load(family, true)).isEqualTo(tied);
        tensors.put(name, other(scope));
        write(tensors);
        assertThat(load(family, true).logits()).isNotEqualTo(tied.logits());
        tensors.remove(name);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BART", "T5"})
  void theEmbeddingOfAStackServesForAMissingSharedOne(Family family) throws IOException {
    String stem = family == Family.BART ? "model." : "";
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(family, scope);
      write(tensors);
      Loaded tied = load(family, true);
      Tensor shared = tensors.remove(family.embedding);
      for (String stack : List.of("encoder", "decoder")) {
        tensors.put(stem + stack + ".embed_tokens.weight", shared);
        write(tensors);
        assertThat(load(family, true)).isEqualTo(tied);
        tensors.remove(stem + stack + ".embed_tokens.weight");
      }
    }
  }

  @Test
  void anyStackAndTheHeadOfFsmtServeForMissingEmbeddings() throws IOException {
    String encoder = "model.encoder.embed_tokens.weight";
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(Family.FSMT, scope);
      write(tensors);
      Loaded tied = load(Family.FSMT, true);
      tensors.put(encoder, tensors.get(Family.FSMT.embedding));
      write(tensors);
      assertThat(load(Family.FSMT, true)).isEqualTo(tied);
      Tensor table = tensors.remove(Family.FSMT.embedding);
      write(tensors);
      assertThat(load(Family.FSMT, true)).isEqualTo(tied);
      tensors.put(Family.FSMT.head, other(scope)); // kept, while the encoder's serves both stacks
      write(tensors);
      Loaded ownHead = load(Family.FSMT, true);
      tensors.put(Family.FSMT.embedding, table);
      tensors.remove(encoder);
      write(tensors);
      assertThat(load(Family.FSMT, true)).isEqualTo(ownHead);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theHeadOfGptNeoXHasEitherOfTwoNames(boolean tied) throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(Family.GPT_NEOX, scope);
      tensors.put("embed_out.weight", other(scope));
      write(tensors);
      Loaded loaded = load(Family.GPT_NEOX, tied);
      tensors.put("lm_head.weight", tensors.remove("embed_out.weight"));
      write(tensors);
      assertThat(load(Family.GPT_NEOX, tied)).isEqualTo(loaded);
    }
  }

  @Test
  void theBiasOfTheLastLayerIsKeptIfItDiffers() throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(Family.BERT, scope);
      float[] bias = new float[V];
      bias[3] = 100;
      tensors.put("cls.predictions.decoder.bias", scope.floats(bias, V));
      write(tensors);
      assertThat(load(Family.BERT, true).logits().get(3)).isGreaterThan(50);
    }
  }

  @Test
  void aHeadOfAnotherShapeIsRefused() throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(Family.LLAMA, scope);
      tensors.put("lm_head.weight", scope.zeros(DType.F32, V + 1, D));
      write(tensors);
      assertThatThrownBy(() -> load(Family.LLAMA, true))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("lm_head.weight must be (20, 16), got (21, 16)");
    }
  }

  @Test
  void withoutEmbeddingAndHeadTheEmbeddingIsMissing() throws IOException {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = fresh(Family.LLAMA, scope);
      tensors.remove("model.embed_tokens.weight");
      write(tensors);
      assertThatThrownBy(() -> load(Family.LLAMA, true))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("model.embed_tokens.weight must be (20, 16), but is missing");
    }
  }
}
