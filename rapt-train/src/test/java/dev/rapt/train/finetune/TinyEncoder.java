package dev.rapt.train.finetune;

import dev.rapt.model.Encoder;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.encoder.Bert;
import dev.rapt.tensor.DType;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainOptions.PrecisionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/** A BERT of two layers with random weights and a tokenizer of whole words. */
public final class TinyEncoder {
  static final int MAX_POSITIONS = 32;

  /** Words without a meaning for the tasks of the tests. */
  static final List<String> FILLERS = IntStream.range(0, 20).mapToObj(i -> "w" + i).toList();

  private static final List<String> SPECIAL = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]");
  private static final List<String> WORDS =
      List.of(
          "good", "bad", "fine", "ada", "byron", "kay", "london", "rome", "in", "by", "who",
          "where");

  private TinyEncoder() {}

  /** Writes the folder of a model without a head. */
  public static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    writeTokenizer(folder);
    EncoderSizes sizes = EncoderSizes.of(vocabSize(), 32, 2, 2, 64, MAX_POSITIONS);
    try (Encoder model = Encoder.create(new Bert.Config(sizes, false), 3)) {
      ModelWriter.write(folder, model, ModelWriter.TokenIds.NONE, DType.F32);
    }
    return folder;
  }

  static int vocabSize() {
    return SPECIAL.size() + WORDS.size() + FILLERS.size();
  }

  /** Options that learn the tasks of the tests, in f32. */
  static UnaryOperator<TrainOptions.Builder> options() {
    return options -> options.lr(3e-3).precision(PrecisionMode.F32).saveEveryMinutes(0);
  }

  /** Words without a meaning, with these among them in their order. */
  static List<String> sentence(RandomGenerator random, String... words) {
    List<String> sentence = new ArrayList<>();
    for (String word : words) {
      for (int i = random.nextInt(3); i > 0; i--) {
        sentence.add(FILLERS.get(random.nextInt(FILLERS.size())));
      }
      sentence.add(word);
    }
    sentence.add(FILLERS.get(random.nextInt(FILLERS.size())));
    return sentence;
  }

  private static void writeTokenizer(Path folder) throws IOException {
    List<Map<String, Object>> added = new ArrayList<>();
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (String token : SPECIAL) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("id", vocabulary.size());
      entry.put("content", token);
      List.of("single_word", "lstrip", "rstrip", "normalized").forEach(f -> entry.put(f, false));
      entry.put("special", true);
      added.add(entry);
      vocabulary.put(token, vocabulary.size());
    }
    WORDS.forEach(word -> vocabulary.put(word, vocabulary.size()));
    FILLERS.forEach(word -> vocabulary.put(word, vocabulary.size()));
    JsonMapper json = JsonMapper.shared();
    Files.writeString(
        folder.resolve("tokenizer.json"),
        """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": %s,
         "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"},
         "post_processor": {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                      {"Sequence": {"id": "A", "type_id": 0}},
                      {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
           "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                    {"Sequence": {"id": "B", "type_id": 1}},
                    {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
           "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                              "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
         "decoder": null,
         "model": {"type": "WordLevel", "vocab": %s, "unk_token": "[UNK]"}}
        """
            .formatted(json.writeValueAsString(added), json.writeValueAsString(vocabulary)));
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"tokenizer_class": "BertTokenizer", "pad_token": "[PAD]", "unk_token": "[UNK]",
         "cls_token": "[CLS]", "sep_token": "[SEP]", "model_max_length": 32}
        """);
  }
}
