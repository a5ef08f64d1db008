package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.PageFormat;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.nn.Pass;
import dev.rapt.nn.cache.KvCache;
import dev.rapt.nn.cache.PagePool;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every decoder family gives the same logits for a sequence that shares ragged passes with others,
 * its keys and values in pages, as for the sequence alone.
 */
class RaggedPassTest {
  private static final int PAGE = 4;

  /** New tokens of each of three sequences in each pass. */
  private static final int[][] PASSES = {{5, 0, 1}, {1, 3, 1}, {1, 4, 0}, {2, 1, 7}, {1, 1, 1}};

  static Stream<Path> decoders() throws IOException {
    List<Path> configs = new ArrayList<>();
    for (String folder : List.of("golden", "recorded")) {
      try (Stream<Path> files = Files.walk(Path.of("src/test/resources", folder))) {
        files
            .filter(file -> file.endsWith("config.json"))
            .filter(RaggedPassTest::isDecoder)
            .forEach(configs::add);
      }
    }
    return configs.stream().sorted();
  }

  private static boolean isDecoder(Path config) {
    try {
      String json = Files.readString(config);
      return json.contains("ForCausalLM\"") || json.contains("LMHeadModel\"");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void sequencesOfOnePassDoNotTouchEachOther(Path file) throws IOException {
    ConfigReader json = ConfigReader.of(file);
    try (CausalLm model =
            CausalLm.create(ModelTypes.family(DecoderFamilies.TABLE, json).parse().apply(json), 5);
        Scope scope = model.scope().child()) {
      int numLayers = model.config().numLayers();
      PagePool pool = new PagePool(scope, numLayers, PageFormat.F32, PAGE, Long.MAX_VALUE);
      SplittableRandom random = new SplittableRandom(1);
      List<KvCache> alone = new ArrayList<>(), paged = new ArrayList<>();
      for (int i = 0; i < PASSES[0].length; i++) {
        alone.add(new KvCache(scope, numLayers, 1, 64));
        paged.add(KvCache.paged(scope, numLayers, 64, pool));
      }
      for (int[] lengths : PASSES) {
        List<KvCache> running = new ArrayList<>();
        int[] present = Arrays.stream(lengths).filter(n -> n > 0).toArray();
        int[] ids = random.ints(Arrays.stream(lengths).sum(), 3, 17).toArray();
        float[][] want = new float[lengths.length][];
        int from = 0;
        for (int i = 0; i < lengths.length; i++) {
          if (lengths[i] > 0) {
            Tensor own =
                scope.ints(Arrays.copyOfRange(ids, from, from + lengths[i]), 1, lengths[i]);
            want[i] = model.logits(own, Pass.over(own).cache(alone.get(i)).build()).toFloats();
            alone.get(i).advance(lengths[i]);
            assertThat(paged.get(i).reserve(lengths[i])).isTrue();
            running.add(paged.get(i));
            from += lengths[i];
          }
        }
        Tensor all = scope.ints(ids, 1, ids.length);
        float[] got = model.logits(all, Pass.ragged(all, running, present)).toFloats();
        from = 0;
        for (int i = 0; i < lengths.length; i++) {
          if (lengths[i] > 0) {
            paged.get(i).advance(lengths[i]);
            float[] own = Arrays.copyOfRange(got, from, from + want[i].length);
            from += want[i].length;
            assertClose(own, want[i]);
          }
        }
      }
      paged.forEach(KvCache::releasePages);
      assertThat(pool.usedBytes()).isZero();
    }
  }

  private static void assertClose(float[] got, float[] want) {
    float largest = 0;
    for (float x : want) {
      largest = Math.max(largest, Math.abs(x));
    }
    for (int i = 0; i < want.length; i++) {
      assertThat(got[i])
          .isCloseTo(want[i], org.assertj.core.data.Offset.offset(1e-4f * largest + 1e-6f));
    }
  }
}
