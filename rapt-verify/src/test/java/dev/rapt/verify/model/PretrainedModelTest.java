package dev.rapt.verify.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.generate.Generator;
import dev.rapt.generate.Perplexity;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.TokenListener;
import dev.rapt.model.CausalLm;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.FillMask;
import dev.rapt.text.TextEmbedder;
import dev.rapt.text.TextModel;
import dev.rapt.text.TextToText;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.verify.CaseFolders;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Real weights give what the reference computes, where they are present beside the checkout. */
class PretrainedModelTest {
  /** The logits of gpt-nano-sort were recorded by another implementation in f32. */
  private static final double LOGIT_TOLERANCE = 1e-4;

  private static final TokenListener CONTINUE = (_, _, _) -> true;

  private static Path folder(String name) {
    return CaseFolders.sharedOrSkip("pretrained/" + name);
  }

  private static JsonNode expected(Path folder) {
    return JsonFiles.read(folder.resolve("expected.json"));
  }

  private static int[] ints(JsonNode array) {
    return array.values().stream().mapToInt(JsonNode::intValue).toArray();
  }

  private static List<String> strings(JsonNode array) {
    return array.values().stream().map(JsonNode::stringValue).toList();
  }

  @Test
  void sentenceEmbeddingsOfMiniLm() {
    Path folder = folder("all-minilm-l6-v2");
    JsonNode expected = expected(folder);
    double atol = expected.get("atol").doubleValue();
    List<String> texts = strings(expected.get("texts"));
    assertThat(texts).isNotEmpty();
    try (TextEmbedder model = TextEmbedder.load(folder)) {
      List<TextEmbedder.Embedded> embedded = model.embed(texts);
      for (int i = 0; i < texts.size(); i++) {
        float[] got = embedded.get(i).vector();
        JsonNode want = expected.get("embeddings").get(i);
        assertThat(got).hasSize(want.size());
        for (int d = 0; d < got.length; d++) {
          assertThat((double) got[d])
              .as("%s, component %d", texts.get(i), d)
              .isCloseTo(want.get(d).doubleValue(), within(atol));
        }
      }
    }
  }

  @Test
  void storiesByGreedyAndBeamSearch() {
    Path folder = folder("stories260k");
    JsonNode expected = expected(folder);
    assertThat(expected.get("runs").size()).isPositive();
    try (TextModel model = TextModel.load(folder)) {
      Tokenizer tokenizer = model.tokenizer();
      Generator generator = new Generator(new CausalLmDecoding(model.model()));
      for (JsonNode run : expected.get("runs").values()) {
        int[] prompt = ints(run.get("ids"));
        assertThat(tokenizer.encode(run.get("prompt").stringValue())).isEqualTo(prompt);
        int[] greedy = ints(run.get("greedy"));
        assertThat(generate(generator, model, prompt, greedy.length, 1)).isEqualTo(greedy);
        assertThat(tokenizer.decode(greedy, true)).isEqualTo(run.get("greedy_text").stringValue());
        int[] beams = ints(run.get("beams4"));
        assertThat(generate(generator, model, prompt, beams.length, 4)).isEqualTo(beams);
      }
      int[] ids = tokenizer.encode(expected.get("loss_text").stringValue());
      Perplexity loss = Perplexity.of(model.model(), ids, ids.length, 1, _ -> {});
      assertThat(loss.natsPerToken())
          .isCloseTo(
              expected.get("nats_per_token").doubleValue(),
              within(expected.get("atol").doubleValue()));
    }
  }

  private static int[] generate(
      Generator generator, TextModel model, int[] prompt, int length, int numBeams) {
    GenerationOptions options =
        model.defaults().toBuilder()
            .maxNewTokens(length - prompt.length)
            .numBeams(numBeams)
            .build();
    return generator.generate(Prompts.of(prompt), options).first().ids();
  }

  @Test
  void transliterationsAndTheirLogProbabilities() {
    Path folder = folder("aren-transliteration");
    JsonNode expected = expected(folder);
    assertThat(expected.get("runs").size()).isPositive();
    try (TextToText model = TextToText.load(folder)) {
      for (JsonNode run : expected.get("runs").values()) {
        int[] source = model.tokenizer().encode(run.get("text").stringValue());
        assertThat(source).isEqualTo(ints(run.get("ids")));
        var greedy = model.generate(List.of(source), model.defaults(), CONTINUE).first();
        assertThat(greedy.ids()).isEqualTo(ints(run.get("greedy")));
        assertThat(greedy.text()).isEqualTo(run.get("greedy_text").stringValue());
        GenerationOptions beams = model.defaults().toBuilder().numBeams(4).build();
        assertThat(model.generate(List.of(source), beams, CONTINUE).first().ids())
            .isEqualTo(ints(run.get("beams4")));
      }
      double atol = expected.get("atol").doubleValue();
      assertThat(expected.get("scored").size()).isPositive();
      for (JsonNode scored : expected.get("scored").values()) {
        float[] got = logProbabilities(model, scored);
        JsonNode want = scored.get("logprobs");
        assertThat(got).hasSize(want.size());
        for (int t = 0; t < got.length; t++) {
          assertThat((double) got[t]).isCloseTo(want.get(t).doubleValue(), within(atol));
        }
      }
    }
  }

  /** The log-probability of each token of a target, and of the end token. */
  private static float[] logProbabilities(TextToText model, JsonNode scored) {
    Seq2SeqLm lm = model.model();
    int[] source = model.tokenizer().encode(scored.get("text").stringValue());
    int[] letters = model.tokenizer().encode(scored.get("target").stringValue());
    int[] target = Arrays.copyOf(letters, letters.length + 1);
    target[letters.length] = model.defaults().eosTokenIds().getFirst();
    try (Scope scope = lm.scope().child()) {
      Tensor sourceIds = scope.ints(source, 1, source.length);
      EncoderOutput encoded =
          lm.encode(
              sourceIds, Pass.over(sourceIds).bidirectional(new int[] {source.length}).build());
      Tensor inputs = scope.ints(lm.decoderInputs(target, target.length), 1, target.length);
      Pass pass = Pass.over(inputs).encoderOutput(encoded).build();
      Tensor all = Ops.logSoftmax(lm.logits(lm.hidden(inputs, pass)));
      float[] own = new float[target.length];
      for (int t = 0; t < own.length; t++) {
        own[t] = all.getFloat(t * all.lastDim() + target[t]);
      }
      return own;
    }
  }

  @Test
  void masksInChemicalReactions() {
    Path folder = folder("rxnmapper-albert");
    JsonNode expected = expected(folder);
    double atol = expected.get("atol").doubleValue();
    assertThat(expected.get("runs").size()).isPositive();
    try (FillMask model = FillMask.load(folder)) {
      for (JsonNode run : expected.get("runs").values()) {
        String text = run.get("text").stringValue();
        assertThat(model.tokenizer().encode(text)).isEqualTo(ints(run.get("ids")));
        JsonNode top = run.get("top");
        List<FillMask.Candidate> candidates =
            model.fill(text, top.size()).blanks().getFirst().candidates();
        for (int i = 0; i < top.size(); i++) {
          assertThat(candidates.get(i).token()).isEqualTo(top.get(i).get(0).stringValue());
          assertThat(candidates.get(i).score())
              .isCloseTo(top.get(i).get(1).doubleValue(), within(atol));
        }
      }
    }
  }

  @Test
  void logitsOfTheModelThatSorts() {
    Path folder = folder("gpt-nano-sort");
    JsonNode expected = expected(folder);
    assertThat(expected.get("ids").size()).isPositive();
    try (CausalLm model = CausalLm.load(folder)) {
      for (int row = 0; row < expected.get("ids").size(); row++) {
        int[] ids = ints(expected.get("ids").get(row));
        JsonNode want = expected.get("logits").get(row);
        try (Scope scope = model.scope().child()) {
          Tensor tensor = scope.ints(ids, 1, ids.length);
          Tensor logits = model.logits(tensor, Pass.over(tensor).build());
          long V = logits.lastDim();
          assertThat(want.size()).isEqualTo(ids.length);
          for (int t = 0; t < ids.length; t++) {
            for (int v = 0; v < V; v++) {
              assertThat((double) logits.getFloat(t * V + v))
                  .isCloseTo(want.get(t).get(v).doubleValue(), within(LOGIT_TOLERANCE));
            }
          }
        }
      }
    }
  }
}
