package dev.rapt.train.finetune;

import dev.rapt.model.Encoder;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.encoder.Bert;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.RandomSource;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/** Folders of a small random BERT with a tokenizer of whole words: a0 to a31, b0 to b31. */
final class TinyEmbedder {
  static final int TOPICS = 32;
  static final int WIDTH = 32;

  private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]");

  private TinyEmbedder() {}

  /** A plain Hugging Face folder. */
  static Path plain(Path folder, int layers, long seed) throws IOException {
    Files.createDirectories(folder);
    List<String> words =
        IntStream.range(0, TOPICS)
            .boxed()
            .flatMap(i -> List.of("a" + i, "b" + i).stream())
            .toList();
    String vocabulary =
        IntStream.range(0, SPECIAL.size() + words.size())
            .mapToObj(i ->
                "\"%s\": %d"
                    .formatted(
                        i < SPECIAL.size() ? SPECIAL.get(i) : words.get(i - SPECIAL.size()), i))
            .collect(Collectors.joining(", "));
    String added =
        IntStream.range(0, SPECIAL.size())
            .mapToObj(i ->
                """
                {"id": %d, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false,
                 "normalized": false, "special": true}\
                """
                    .formatted(i, SPECIAL.get(i)))
            .collect(Collectors.joining(", "));
    Files.writeString(
        folder.resolve("tokenizer.json"),
        """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [%s],
         "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"},
         "post_processor": {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                      {"Sequence": {"id": "A", "type_id": 0}},
                      {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                    {"Sequence": {"id": "B", "type_id": 1}}],
           "special_tokens": {
             "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
             "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
         "decoder": null,
         "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "[UNK]"}}
        """
            .formatted(added, vocabulary));
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]",
         "model_max_length": 16}
        """);
    int vocabSize = SPECIAL.size() + words.size();
    Bert.Config config =
        new Bert.Config(EncoderSizes.of(vocabSize, WIDTH, layers, 2, 2 * WIDTH, 16), false);
    try (Encoder model = Encoder.create(config, seed)) {
      ModelWriter.write(folder, model, ModelWriter.TokenIds.NONE, DType.F32);
    }
    return folder;
  }

  /** A folder of sentence-transformers whose transformer is in a folder of its own. */
  static Path withModules(Path folder, String transformer) throws IOException {
    plain(folder.resolve(transformer), 1, 3);
    String kinds = "sentence_transformers.models.";
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"idx": 0, "name": "0", "path": "%s", "type": "%sTransformer"},
         {"idx": 1, "name": "1", "path": "1_Pooling", "type": "%sPooling"},
         {"idx": 2, "name": "2", "path": "2_Dense", "type": "%sDense"},
         {"idx": 3, "name": "3", "path": "3_Dropout", "type": "%sDropout"},
         {"idx": 4, "name": "4", "path": "4_Dense", "type": "%sDense"}]
        """
            .formatted(transformer, kinds, kinds, kinds, kinds, kinds));
    write(folder, "1_Pooling", "{\"pooling_mode\": [\"cls\", \"max\"], \"include_prompt\": false}");
    dense(folder, "2_Dense", 2 * WIDTH, 24);
    write(folder, "3_Dropout", "{\"dropout\": 0.1}");
    dense(folder, "4_Dense", 24, 16);
    Files.writeString(
        folder.resolve("config_sentence_transformers.json"),
        "{\"prompts\": {\"query\": \"a0 \", \"other\": \"b0 \"}, \"kept\": 7}");
    return folder;
  }

  private static void dense(Path folder, String name, int in, int out) throws IOException {
    write(folder, name, "{\"in_features\": %d, \"out_features\": %d}".formatted(in, out));
    try (Scope scope = Scope.open()) {
      Parameters parameters = new Parameters(scope);
      RandomSource source = new RandomSource(parameters, 5);
      Linear.of(source.at("linear"), in, out, true, 0.2);
      ModelWriter.writeWeights(
          folder.resolve(name).resolve("model.safetensors"),
          parameters,
          DType.F32,
          Parameter::value);
    }
  }

  private static void write(Path folder, String module, String config) throws IOException {
    Files.createDirectories(folder.resolve(module));
    Files.writeString(folder.resolve(module).resolve("config.json"), config);
  }

  /** Pairs: the words of a topic belong together. */
  static Path pairs(Path file) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int k = 0; k < 4; k++) {
      for (int i = 0; i < TOPICS; i++) {
        int other = (i * 7 + k) % TOPICS;
        lines.append(line("a%d a%d".formatted(i, other), "b%d b%d".formatted(i, other)));
      }
    }
    Files.writeString(file, lines);
    return file;
  }

  private static String line(String anchor, String positive) {
    return JsonMapper.shared()
            .createObjectNode()
            .put("anchor", anchor)
            .put("positive", positive)
            .toString()
        + "\n";
  }
}
