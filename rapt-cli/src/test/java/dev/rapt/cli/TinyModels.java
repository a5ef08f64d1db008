package dev.rapt.cli;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Classifier;
import dev.rapt.model.HeadedModel;
import dev.rapt.model.Labels;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.QuestionAnswering;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.model.encoder.Bert;
import dev.rapt.model.seq2seq.Bart;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Folders of models of one layer with random weights and a tokenizer of whole words. */
public final class TinyModels {
  public static final int EOS = 1;
  public static final int EN = 3;
  public static final int FR = 4;
  public static final int MAX_POSITIONS = 24;

  private static final List<String> SPECIAL =
      List.of("<pad>", "</s>", "<unk>", "en_XX", "fr_XX", "<mask>");

  /** The last word reads like a language code but is not one. */
  private static final List<String> WORDS =
      List.of(
          "summarize:", "the", "cat", "dog", "house", "sea", "sat", "saw", "a", "by", "on", "fr");

  private TinyModels() {}

  /** GPT-2 with weights of this deviation. */
  public static Path decoder(Path folder, double initStd) throws IOException {
    writeTokenizer(folder);
    write(
        folder.resolve("config.json"),
        """
        {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 16, "n_layer": 1,
         "n_head": 2, "n_positions": %d, "vocab_size": %d, "initializer_range": %s,
         "eos_token_id": 1, "dtype": "float32"}
        """
            .formatted(MAX_POSITIONS, vocabSize(), initStd));
    Gpt2.Config config = Gpt2.Config.parse(ConfigReader.of(folder.resolve("config.json")));
    try (CausalLm model = CausalLm.create(config, 3)) {
      writeWeights(folder, model.parameters());
    }
    return folder;
  }

  /** BART or mBART; the folder has a prefix for summarization. */
  public static Path encoderDecoder(Path folder, String modelType) throws IOException {
    writeTokenizer(folder);
    write(
        folder.resolve("config.json"),
        """
        {"model_type": "%s", "is_encoder_decoder": true, "d_model": 16, "encoder_layers": 1,
         "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
         "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": %d,
         "vocab_size": %d, "init_std": 0.7, "pad_token_id": 0, "eos_token_id": 1,
         "decoder_start_token_id": 1, "dtype": "float32",
         "task_specific_params": {"summarization": {"prefix": "summarize: "}}}
        """
            .formatted(modelType, MAX_POSITIONS, vocabSize()));
    Bart.Config config = Bart.Config.parse(ConfigReader.of(folder.resolve("config.json")));
    try (Seq2SeqLm model = Seq2SeqLm.create(config, 3)) {
      writeWeights(folder, model.parameters());
    }
    return folder;
  }

  /** BERT that classifies texts or tokens. */
  public static Path classifier(Path folder, Classifier.Unit unit) throws IOException {
    return classifier(folder, unit, Labels.of("O", "B-X", "I-X"));
  }

  /** BERT that classifies texts into these classes. */
  public static Path classifier(Path folder, Labels labels) throws IOException {
    return classifier(folder, Classifier.Unit.SEQUENCE, labels);
  }

  private static Path classifier(Path folder, Classifier.Unit unit, Labels labels)
      throws IOException {
    writeTokenizer(folder);
    try (Classifier model = Classifier.create(bert(), unit, labels, 3)) {
      return write(folder, model);
    }
  }

  /** BERT with a language-modelling head for masked words. */
  public static Path masked(Path folder) throws IOException {
    writeTokenizer(folder);
    try (MaskedLm model = MaskedLm.create(bert(), 3)) {
      return write(folder, model);
    }
  }

  /** BERT that embeds texts by mean pooling, with these settings of sentence-transformers. */
  public static Path embedder(Path folder, String settings) throws IOException {
    masked(folder);
    write(
        folder.resolve("modules.json"),
        """
        [{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
        """);
    Files.createDirectories(folder.resolve("1_Pooling"));
    write(folder.resolve("1_Pooling/config.json"), "{\"pooling_mode_mean_tokens\": true}");
    write(folder.resolve("config_sentence_transformers.json"), settings);
    return folder;
  }

  /** BERT that scores pairs of texts. */
  public static Path reranker(Path folder) throws IOException {
    writeTokenizer(folder);
    try (Classifier model =
        Classifier.create(bert(), Classifier.Unit.SEQUENCE, Labels.of("score"), 3)) {
      return write(folder, model);
    }
  }

  /** BERT that answers questions from a text. */
  public static Path answerer(Path folder) throws IOException {
    writeTokenizer(folder);
    try (QuestionAnswering model = QuestionAnswering.create(bert(), 3)) {
      return write(folder, model);
    }
  }

  private static Bert.Config bert() {
    return new Bert.Config(EncoderSizes.of(vocabSize(), 16, 1, 2, 32, MAX_POSITIONS), false);
  }

  private static Path write(Path folder, HeadedModel model) {
    ModelWriter.write(folder, model, ModelWriter.TokenIds.NONE, DType.F32);
    return folder;
  }

  private static void writeWeights(Path folder, Parameters parameters) {
    Path file = folder.resolve(Checkpoint.SINGLE_FILE);
    ModelWriter.writeWeights(file, parameters, DType.F32, Parameter::value);
  }

  public static int vocabSize() {
    return SPECIAL.size() + WORDS.size();
  }

  /** The id of a word. */
  public static int id(String word) {
    return SPECIAL.size() + WORDS.indexOf(word);
  }

  private static void writeTokenizer(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<Map<String, Object>> added = new ArrayList<>();
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (String token : SPECIAL) {
      vocabulary.put(token, added.size());
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("id", added.size());
      entry.put("content", token);
      List.of("single_word", "lstrip", "rstrip", "normalized").forEach(f -> entry.put(f, false));
      entry.put("special", true);
      added.add(entry);
    }
    WORDS.forEach(word -> vocabulary.put(word, id(word)));
    JsonMapper json = JsonMapper.shared();
    write(
        folder.resolve("tokenizer.json"),
        """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": %s,
         "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"},
         "post_processor": {"type": "TemplateProcessing",
           "single": [{"Sequence": {"id": "A", "type_id": 0}},
                      {"SpecialToken": {"id": "</s>", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                    {"Sequence": {"id": "B", "type_id": 0}},
                    {"SpecialToken": {"id": "</s>", "type_id": 0}}],
           "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
         "decoder": null,
         "model": {"type": "WordLevel", "vocab": %s, "unk_token": "<unk>"}}
        """
            .formatted(json.writeValueAsString(added), json.writeValueAsString(vocabulary)));
    write(
        folder.resolve("tokenizer_config.json"),
        """
        {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "</s>", "pad_token": "<pad>",
         "unk_token": "<unk>", "mask_token": "<mask>"}
        """);
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
  }
}
