package dev.rapt.cli;

import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the tokens of a text. */
@Command(
    name = "tokenize",
    description = "Shows ids, pieces and counts of a text: what a model would read.")
final class TokenizeCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "A folder with a tokenizer.json, or such a file.")
  private Path model = Path.of("");

  @Parameters(
      index = "1..*",
      paramLabel = "TEXT",
      description = "The text; without it and without --file, the standard input is read.")
  private @Nullable List<String> words;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Read the text from this UTF-8 file.")
  private @Nullable Path file;

  @Option(names = "--ids", description = "Print the ids alone, separated by spaces.")
  private boolean idsOnly;

  @Option(names = "--count", description = "Print the number of tokens alone.")
  private boolean countOnly;

  @Option(
      names = "--no-special",
      description = "Leave out the special tokens that the tokenizer adds around a text.")
  private boolean withoutSpecial;

  @Option(
      names = "--decode",
      description = "The other way: TEXT is ids separated by spaces or commas.")
  private boolean decodes;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Output.of(spec);
    Tokenizer tokenizer = ModelFolder.tokenizer(model);
    String text = TextSource.read(words, file);
    if (decodes) {
      String decoded = tokenizer.decode(parseIds(text, tokenizer.vocabSize()));
      if (json) {
        Json.print(out, Map.of("text", decoded));
      } else {
        out.println(decoded);
      }
      return 0;
    }
    Encoding encoding =
        tokenizer.encodeWithOffsets(
            text, withoutSpecial ? EncodeOptions.PLAIN : EncodeOptions.DEFAULT);
    if (json) {
      Json.print(out, toMap(encoding, text));
    } else if (countOnly) {
      out.println(encoding.size());
    } else if (idsOnly) {
      out.println(
          Arrays.stream(encoding.ids())
              .mapToObj(Integer::toString)
              .collect(Collectors.joining(" ")));
    } else {
      print(out, tokenizer, encoding, text);
    }
    return 0;
  }

  private static Map<String, Object> toMap(Encoding encoding, String text) {
    List<List<Integer>> offsets = new ArrayList<>();
    for (int i = 0; i < encoding.size(); i++) {
      offsets.add(List.of(encoding.start(i), encoding.end(i)));
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("count", encoding.size());
    map.put("bytes", text.getBytes(StandardCharsets.UTF_8).length);
    map.put("ids", encoding.ids());
    map.put("tokens", encoding.tokens());
    map.put("offsets", offsets);
    return map;
  }

  private static void print(PrintWriter out, Tokenizer tokenizer, Encoding encoding, String text) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    for (int i = 0; i < encoding.size(); i++) {
      int id = encoding.id(i);
      boolean isPart = !tokenizer.isSpecial(id) && encoding.end(i) > encoding.start(i);
      String piece = isPart ? covered(text, encoding.start(i), encoding.end(i)) : "";
      out.println(
          Format.format(
              "%7d  %-20s %s", id, encoding.tokens().get(i), isPart ? visible(piece) : ""));
    }
    out.println(
        Format.format(
            "%d tokens, %d bytes, %.2f bytes per token",
            encoding.size(), bytes, encoding.size() == 0 ? 0.0 : (double) bytes / encoding.size()));
  }

  /** The part of the text between two offsets, which count code points. */
  private static String covered(String text, int start, int end) {
    int from = text.offsetByCodePoints(0, start);
    return text.substring(from, text.offsetByCodePoints(from, end - start));
  }

  private static String visible(String piece) {
    return "\""
        + piece.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
        + "\"";
  }

  private static int[] parseIds(String text, int vocabSize) {
    String[] parts = text.strip().split("[\\s,\\[\\]]+");
    return Arrays.stream(parts)
        .filter(part -> !part.isEmpty())
        .mapToInt(part -> parseId(part, vocabSize))
        .toArray();
  }

  private static int parseId(String part, int vocabSize) {
    try {
      int id = Integer.parseInt(part);
      if (id >= 0 && id < vocabSize) {
        return id;
      }
    } catch (NumberFormatException e) {
      // the sentence below says what must hold
    }
    throw new IllegalArgumentException(
        "ids: must be numbers from 0 to " + (vocabSize - 1) + ", got " + part);
  }
}
