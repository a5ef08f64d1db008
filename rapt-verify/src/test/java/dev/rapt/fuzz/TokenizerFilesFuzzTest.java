package dev.rapt.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.IncrementalDecoder;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.types.TokenizerFileException;
import dev.rapt.verify.CaseFolders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated tokenizer files. Loading them works or throws a {@link TokenizerFileException}; a loaded
 * tokenizer encodes and decodes or throws an {@link IllegalArgumentException} with a message.
 */
@Tag("fuzz")
final class TokenizerFilesFuzzTest {
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "Hello world, 123  times\n\n\t!",
          "caf\u00e9 \u4e2d\u6587 \uD83D\uDE00\u200d don't <s>[MASK]</s>",
          "\uD800 x \uDC00\u0000",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");

  @TempDir Path folder;

  @Test
  void tokenizerJson() throws Exception {
    List<String> sources = new ArrayList<>(TokenizerSamples.JSON);
    for (String name : List.of("gpt2_byte_bpe", "llama3_bpe")) {
      sources.add(
          Files.readString(CaseFolders.copy("tokenizers/" + name).resolve("tokenizer.json")));
    }
    Path file = folder.resolve("tokenizer.json");
    fuzz(
        "tokenizer.json",
        0.4,
        random -> {
          Mutations mutations = new Mutations(random);
          String source = mutations.choose(sources);
          write(
              file,
              random.nextInt(5) == 0
                  ? mutations.bytes(source.getBytes(StandardCharsets.UTF_8))
                  : mutations.json(source).getBytes(StandardCharsets.UTF_8));
          return use(Tokenizer.load(file), random);
        });
  }

  @Test
  void configFiles() throws Exception {
    Map<String, List<String>> sources = new LinkedHashMap<>();
    sources.put("tokenizer_config.json", TokenizerSamples.CONFIGS);
    sources.put("special_tokens_map.json", TokenizerSamples.SPECIAL_TOKENS_MAPS);
    sources.put("added_tokens.json", List.of("{\"<x>\": 300, \"<y>\": 301}"));
    fuzz(
        "tokenizer_config.json",
        0.2,
        random -> {
          Mutations mutations = new Mutations(random);
          write(
              folder.resolve("tokenizer.json"),
              mutations.choose(TokenizerSamples.JSON).getBytes(StandardCharsets.UTF_8));
          for (Map.Entry<String, List<String>> entry : sources.entrySet()) {
            String source = mutations.choose(entry.getValue());
            write(
                folder.resolve(entry.getKey()),
                (random.nextInt(3) == 0 ? source : mutations.json(source))
                    .getBytes(StandardCharsets.UTF_8));
          }
          ChatTemplate.find(folder);
          return use(Tokenizer.load(folder), random);
        });
  }

  @Test
  void vocabularyFiles() throws Exception {
    List<Map<String, byte[]>> sources = TokenizerSamples.folders();
    fuzz(
        "vocabulary files",
        0.4,
        random -> {
          Mutations mutations = new Mutations(random);
          Map<String, byte[]> source = mutations.choose(sources);
          Path each = Files.createTempDirectory(folder, "v");
          String mutated = mutations.choose(List.copyOf(source.keySet()));
          try {
            for (Map.Entry<String, byte[]> entry : source.entrySet()) {
              boolean changes = entry.getKey().equals(mutated);
              boolean asJson = changes && mutated.endsWith(".json") && random.nextInt(3) > 0;
              write(
                  each.resolve(entry.getKey()),
                  asJson
                      ? mutations
                          .json(new String(entry.getValue(), StandardCharsets.UTF_8))
                          .getBytes(StandardCharsets.UTF_8)
                      : changes ? mutations.bytes(entry.getValue()) : entry.getValue());
            }
            if (random.nextInt(4) == 0) {
              return use(Tokenizer.load(each.resolve(mutated)), random);
            }
            return use(Tokenizer.load(each), random) && use(Tokenizer.loadTarget(each), random);
          } finally {
            for (String name : source.keySet()) {
              Files.deleteIfExists(each.resolve(name));
            }
            Files.deleteIfExists(each);
          }
        });
  }

  private static void fuzz(String name, double share, Fuzz.Trial trial) throws Exception {
    Fuzz.Result result =
        Fuzz.run(name, share, e -> e.getClass() == TokenizerFileException.class, trial);
    System.out.println(name + ": " + result);
    assertThat(result.accepted() + result.refused()).isPositive();
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Encodes and decodes; refused options are fine, false then. */
  private static boolean use(Tokenizer tokenizer, RandomGenerator random) {
    try {
      for (String text : TEXTS) {
        int[] ids = tokenizer.encode(text);
        assertThat(tokenizer.encodeWithOffsets(text).size()).isEqualTo(ids.length);
        tokenizer.decode(ids);
        IncrementalDecoder decoder = tokenizer.incrementalDecoder(true);
        for (int id : ids) {
          decoder.next(id);
        }
        decoder.finish();
      }
      tokenizer.decode(random.ints(20, -2, tokenizer.vocabSize() + 2).toArray(), true);
      EncodeOptions options =
          EncodeOptions.DEFAULT
              .withTruncation(tokenizer.definition().truncation())
              .withPadding(tokenizer.definition().padding());
      Padding padding = options.padding();
      if (padding == null || Math.max(padding.fixedLength(), padding.multipleOf()) < 1 << 16) {
        tokenizer.encodePair(TEXTS.get(2), TEXTS.get(3), options);
        tokenizer.encodeBatch(TEXTS, options);
      }
      return true;
    } catch (IllegalArgumentException e) {
      if (e.getClass() != IllegalArgumentException.class || e.getMessage() == null) {
        throw e;
      }
      return false;
    }
  }
}
